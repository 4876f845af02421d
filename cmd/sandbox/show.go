package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// showHead says what is simulated and what will be sent.
func (t *trial) showHead(p *page, address string) {
	timing := t.before.Timing
	p.line(bold, 0, "eni-failover sandbox")
	p.line(plain, 2, fmt.Sprintf("The function's own code, and a simulated EC2 and Route 53 at %s. Nothing reaches AWS.", address))
	p.text.WriteByte('\n')
	rows := [][]string{
		{"account", fmt.Sprintf("%s in %s; a call takes %s, a detach %s, an attach %s", t.before.Account, t.before.Region,
			time.Duration(timing.Call), time.Duration(timing.Detach), time.Duration(timing.Attach))},
		{"event", t.eventHead()},
	}
	if len(t.settings) > 0 {
		rows = append(rows, []string{"settings", strings.Join(t.settings, " ")})
	}
	p.table(2, rows)
}

// eventHead says which event is sent, and as of when.
func (t *trial) eventHead() string {
	switch _, movable := t.event.happeningAt(time.Now()); {
	case t.options.keepTime:
		return t.event.name + ", with the time that is in it"
	case movable:
		return t.event.name + ", its time moved to now (-keep-time leaves it)"
	}
	return t.event.name
}

// showRest shows what happened, the report aside.
func (t *trial) showRest(p *page) {
	t.showInterfaces(p)
	t.showConsidered(p)
	t.showTimeline(p)
	t.showChains(p)
	t.showOutcome(p)
	p.title("Report, as the function returns it")
}

func (t *trial) showTimeline(p *page) {
	p.title("Timeline, in seconds since the event was sent (+ is at the same time)")
	var rows [][]string
	var styles []style
	for _, r := range t.timeline() {
		s := plain
		if r.dim {
			s = dim
		}
		rows = append(rows, []string{fmt.Sprintf("%7.3f", r.at.Sub(t.start).Seconds()), r.who, r.text})
		styles = append(styles, s)
	}
	p.table(1, rows, styles...)
}

// showChains shows what the time from event to attached consists of, for the first few interfaces.
func (t *trial) showChains(p *page) {
	const most = 5
	chains := t.chains()
	for i, c := range chains {
		if i == most {
			p.line(plain, 2, fmt.Sprintf("... and %d more interfaces", len(chains)-most))
			return
		}
		p.title("Event to attached: %s for %s", seconds(c.total), c.id)
		p.table(2, [][]string{
			{seconds(c.least()), "at the least: " + c.leastText()},
			{seconds(c.added()), fmt.Sprintf("difference (goal %s): %s", seconds(goal), c.addedText())},
		})
	}
}

// showOutcome says what became of the event, and the function's error if there is one.
func (t *trial) showOutcome(p *page) {
	p.title("Outcome: %s%s", t.report.Outcome, reasonText(t.report.Reason))
	for _, r := range t.report.Interfaces {
		p.line(plain, 2, r.Interface+" "+t.fate(r))
		for _, rec := range r.Records {
			if rec.Name != "" {
				p.line(plain, 2, fmt.Sprintf("record %s: %s", rec.Name, joinNonEmpty("; ", string(rec.State), rec.Detail)))
			}
		}
		for _, difference := range r.Differences {
			p.line(plain, 2, "changed on the way: "+difference)
		}
		for _, warning := range r.Warnings {
			p.line(plain, 2, "warning: "+warning)
		}
	}
	if len(t.report.Interfaces) == 0 && t.err == nil {
		p.line(plain, 2, t.report.Detail)
	}
	if hook := t.report.Hook; hook != nil {
		p.line(plain, 2, fmt.Sprintf("lifecycle hook %s of %s: %s", hook.Name, hook.Group, hookText(*hook)))
	}
	for _, unknown := range t.report.Unknown {
		p.line(plain, 2, "could not be asked: "+unknown)
	}
	if t.err != nil {
		p.line(bold, 2, "The function returned an error, "+errorType(t.err)+":")
		p.line(bold, 4, t.err.Error())
	}
}

// errorType is what Lambda reports as errorType: the name of the error's type.
func errorType(err error) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
	return name[strings.LastIndex(name, ".")+1:]
}

// fate says what became of an interface.
func (t *trial) fate(r failover.InterfaceReport) string {
	forced := ""
	if r.Forced {
		forced = ", by force"
	}
	switch r.Outcome {
	case plan.OutcomeMoved:
		return fmt.Sprintf("moved from %s to %s%s", t.label(r.From), t.label(r.To), forced)
	case plan.OutcomeAttached:
		return fmt.Sprintf("was attached to nothing, and is on %s", t.label(r.To))
	case plan.OutcomePlanned:
		return fmt.Sprintf("would move from %s to %s", cmp.Or(t.label(r.From), "nowhere"), t.label(r.To)) + permitted(r)
	case plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomeSuperseded, plan.OutcomeNothingToDo, plan.OutcomeIgnored:
		return string(r.Outcome) + reasonText(r.Reason) + ": " + r.Detail
	}
	return string(r.Outcome)
}

// permitted says what is known of whether a planned move would be allowed.
func permitted(r failover.InterfaceReport) string {
	if r.Reason == "" {
		return "; EC2 would allow it"
	}
	return reasonText(r.Reason) + ": " + r.Detail
}

func hookText(hook failover.HookReport) string {
	if hook.Completed {
		return joinNonEmpty("; ", "completed, the instance may go", hook.Detail)
	}
	return hook.Detail
}

func reasonText(reason plan.Reason) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", reason)
}

// eventName says what the event is about.
func (t *trial) eventName() string {
	about := cmp.Or(t.trigger.Instance, t.trigger.Interface, strings.Join(t.trigger.Instances, " "))
	if t.trigger.Group != "" {
		about = "group " + t.trigger.Group
	}
	kind := string(t.trigger.Kind)
	if kind == "" {
		return "one that can't be read"
	}
	return joinNonEmpty(": ", kind, about)
}

// label is an instance's id with its name.
func (t *trial) label(id string) string {
	if in := find(&t.before, id); in != nil && in.Tags["Name"] != "" {
		return fmt.Sprintf("%s (%s)", id, in.Tags["Name"])
	}
	return id
}

func joinNonEmpty(between string, parts ...string) string {
	var list []string
	for _, s := range parts {
		if s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, between)
}
