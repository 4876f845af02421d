package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// handling is an event's way through the handler: what the session.Event, the account and the calls were, and the result.
type handling struct {
	before, found, after awssim.World // before the session.Event, as it found the account, after the handler
	start, end           time.Time
	event                session.Event
	calls                []session.CallLine
	report               failover.Report
	err                  error
}

// sendEvent sends the event and shows what happens. The head of the page is printed before the event is sent, since
// a move takes some seconds.
func (c command) sendEvent(ctx context.Context, settings failover.Settings) error {
	events, err := c.readEvents(c.std.in, c.world)
	if err != nil {
		return err
	}
	e := events[0]
	s, at, err := c.simulate(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = at.close() }() // the event is over
	out := c.std.out
	if c.json {
		out = io.Discard
	}
	page := display.NewPage(out, c.env)
	w := s.Sim().World()
	c.showHead(page, w, e)
	if err := page.Flush(); err != nil {
		return err
	}
	h := handle(ctx, s, session.NewHandler(settings, at.config(w.Region), c.log()), e, !c.keepTime)
	if c.json {
		if err := writeJSON(c.std.out, h.report); err != nil {
			return err
		}
		if h.err != nil {
			c.std.complain("%v\n", h.err)
		}
	}
	h.show(page)
	if err := page.Flush(); err != nil {
		return err
	}
	if h.err != nil {
		return errShown
	}
	return nil
}

// handle sends an event through the handler. It happens now, or is sent unchanged.
func handle(ctx context.Context, s *session.Session, handler *failover.Handler, e session.Event, happens bool) handling {
	ctx, cancel := context.WithTimeout(ctx, session.Timeout)
	defer cancel()
	h := handling{before: s.Sim().World(), event: e, start: time.Now()}
	if happens {
		h.event = s.Happen(e)
	}
	h.found = s.Sim().World()
	h.report, h.err = handler.Handle(ctx, h.event.Data, h.before.Account)
	h.end, h.calls, h.after = time.Now(), s.Calls(), s.Sim().World()
	return h
}

// log returns the output for the function's log.
func (c command) log() io.Writer {
	if c.verbose {
		return c.std.err
	}
	return io.Discard
}

// showHead shows what is simulated and what is sent.
func (c command) showHead(p *display.Page, w awssim.World, e session.Event) {
	p.Line(display.Bold, 0, "eni-failover sandbox")
	p.Line(display.Plain, 2, "The function's own code against a simulated EC2 and Route 53. Nothing reaches AWS.")
	p.Line(display.Plain, 0, "")
	text := e.Name + ", as of now (-keep-time leaves its time)"
	switch {
	case c.keepTime:
		text = e.Name + ", with the time that is in it"
	case c.change.flag != "":
		text = e.Name
	}
	rows := []display.Row{
		display.NewRow(display.Plain, "account", fmt.Sprintf("%s in %s; a call takes %s, a detach %s, an attach %s, a start %s", w.Account, w.Region,
			time.Duration(w.Timing.Call), time.Duration(w.Timing.Detach), time.Duration(w.Timing.Attach), time.Duration(w.Timing.Start))),
		display.NewRow(display.Plain, "event", text),
	}
	if settings := c.settings(); len(settings) > 0 {
		rows = append(rows, display.NewRow(display.Plain, "settings", strings.Join(settings, " ")))
	}
	p.Table(2, rows)
}

// settings lists the function's variables that are set, as NAME=value.
func (c command) settings() []string {
	var list []string
	for _, name := range settingNames() {
		if value, ok := c.env(name); ok && value != "" {
			list = append(list, name+"="+value)
		}
	}
	return list
}

// show shows what happened, the outcome last.
func (h handling) show(p *display.Page) {
	const maxInterfaces = 3
	for i, r := range h.report.Interfaces {
		if i == maxInterfaces {
			p.Title("... and for %d more interfaces, see the report", len(h.report.Interfaces)-maxInterfaces)
			break
		}
		h.showCandidates(p, r)
	}
	h.showCalls(p)
	showChanges(p, h.before, h.after)
	p.Line(display.Plain, 0, "")
	p.ShowReport(h.report, display.ErrorOf(h.err), session.Labels(h.before))
	if len(h.report.Interfaces) == 0 {
		p.Line(display.Plain, 2, "To send an event about an instance of this account: -interrupt, -stop or -terminate with one of "+holders(h.before)+".")
	}
}

// showCandidates shows each candidate for an interface: the verdict on it, and how the event found it.
func (h handling) showCandidates(p *display.Page, r failover.InterfaceReport) {
	if len(r.Candidates) == 0 {
		return
	}
	p.Title("Considered for %s", r.Interface)
	var rows []display.Row
	for _, c := range r.Candidates {
		verdict, s := string(c.Reason), display.Dim
		switch {
		case c.Instance == r.To && display.Goes(r):
			verdict, s = "chosen", display.Good
		case c.Eligible && c.Start:
			verdict, s = "startable", display.Plain
		case c.Eligible:
			verdict, s = "eligible", display.Plain
		}
		facts := []string{c.Detail}
		if in := session.FindInstance(&h.found, c.Instance); in != nil {
			facts = append(facts, instanceText(*in))
		}
		if c.Reason == plan.ReasonNoSlot {
			facts = append(facts, fmt.Sprintf("%d interfaces", held(h.found, c.Instance)))
		}
		if len(c.Unknown) > 0 {
			facts = append(facts, "not known: "+strings.Join(c.Unknown, ", "))
		}
		rows = append(rows, display.NewRow(s, verdict, session.Label(h.before, c.Instance), display.Join(", ", facts...)))
	}
	p.Table(1, rows)
}

// showCalls shows the calls, with those that are alike in one row.
func (h handling) showCalls(p *display.Page) {
	p.Title("Calls, in seconds since the event was sent")
	since := func(at time.Time) string { return fmt.Sprintf("%7.3f", at.Sub(h.start).Seconds()) }
	rows := []display.Row{display.NewRow(display.Plain, since(h.start), "event", h.eventText())}
	for _, c := range session.Fold(h.calls) {
		if c.Times > 1 {
			c.Text += fmt.Sprintf(" (%d times until %s)", c.Times, strings.TrimSpace(since(c.Last)))
		}
		s := display.Plain
		if c.Look {
			s = display.Dim
		}
		rows = append(rows, display.NewRow(s, since(c.At), c.Service, c.Text))
	}
	p.Table(1, append(rows, display.NewRow(display.Plain, since(h.end), "function", "returns "+string(h.report.Outcome))))
}

// eventText returns the kind of the session.Event, and its subject.
func (h handling) eventText() string {
	t, err := trigger.Parse(h.event.Data)
	if err != nil {
		return "one that can't be read"
	}
	group := ""
	if t.Group != "" {
		group = "group " + t.Group
	}
	return display.Join(": ", string(t.Kind), cmp.Or(group, t.Instance, t.Interface, strings.Join(t.Instances, " ")))
}
