package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// departure is what the command plan publishes as JSON.
type departure struct {
	Region string `json:"region"`
	readiness.Departure

	// StandbyFor are the interfaces that would come to the instance, were it another one that went.
	StandbyFor []string `json:"standbyFor"`
	// Findings are the audit's about the instance and its interfaces.
	Findings []readiness.Finding `json:"findings"`
	// Unknown names what could not be asked.
	Unknown []string `json:"unknown,omitempty"`
}

// plan says what would happen if an instance went now.
func (c command) plan(ctx context.Context) error {
	r, err := c.newReader(ctx)
	if err != nil {
		return err
	}
	o, err := r.observe(ctx)
	if err != nil {
		return err
	}
	d, err := r.depart(o, c.args[0])
	if err != nil {
		return err
	}
	if c.json {
		return writeJSON(c.std.out, d)
	}
	p := display.NewPage(c.std.out, c.env)
	d.show(p, o)
	showGaps(p, o)
	p.Line(display.Plain, 0, "")
	p.Line(display.Dim, 0, fmt.Sprintf("In %s, judged by %s. Nothing was changed.", r.region, r.source))
	return p.Flush()
}

// depart plans for the departure of an instance.
func (r reader) depart(o observation, id string) (departure, error) {
	d := departure{
		Region: r.region, Departure: readiness.Depart(o.snapshot, o.names, r.settings.Policy, id, time.Now()),
		StandbyFor: []string{}, Findings: []readiness.Finding{}, Unknown: o.snapshot.Gaps,
	}
	if _, known := o.snapshot.Instances[id]; !known && len(d.Interfaces) == 0 {
		return d, usage("plan of %q: it holds no managed interface and is in no group; accepted: one of %s; check -region, too", id, o.instances())
	}
	for _, v := range o.audit.Interfaces {
		if v.To == id {
			d.StandbyFor = append(d.StandbyFor, v.Interface)
		}
	}
	for _, f := range o.audit.Findings {
		about := func(e readiness.Departing) bool { return e.Interface == f.Resource }
		if f.Resource == id || slices.Contains(f.Instances, id) || slices.ContainsFunc(d.Interfaces, about) {
			d.Findings = append(d.Findings, f)
		}
	}
	return d, nil
}

// instances lists a few instances that a plan can be made for, the holders first.
func (o observation) instances() string {
	const most = 5
	var list []string
	for _, e := range o.snapshot.Interfaces {
		if id := e.Holder(); id != "" && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	for _, id := range o.snapshot.InstanceIDs() {
		if !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	switch {
	case len(list) == 0:
		return "the members of a group; nothing carries the tag eni-failover:group"
	case len(list) > most:
		return strings.Join(list[:most], ", ") + " …"
	}
	return strings.Join(list, ", ")
}

// show shows the departure to a person.
func (d departure) show(p *display.Page, o observation) {
	how := "stopped or was terminated"
	if d.Trigger == trigger.KindSpotInterruption {
		how = "was interrupted"
	}
	p.Line(display.Bold, 0, fmt.Sprintf("If %s %s now", o.label(d.Instance), how))
	if in, ok := o.snapshot.Instances[d.Instance]; ok {
		p.Line(display.Plain, 2, instanceText(in))
	}
	if len(d.Interfaces) == 0 {
		p.Line(display.Plain, 2, "nothing would move: "+d.Detail)
	}
	for _, e := range d.Interfaces {
		p.Line(display.Plain, 0, "")
		d.showInterface(p, o, e)
	}
	if len(d.StandbyFor) > 0 {
		p.Line(display.Plain, 0, "")
		p.Line(display.Plain, 2, "It is the standby that would get "+strings.Join(d.StandbyFor, ", ")+" next. `eni-failover status` shows the others.")
	}
	for _, f := range d.Findings {
		if f.Severity == readiness.Info {
			continue
		}
		style := display.Warn
		if f.Severity == readiness.Critical {
			style = display.Bad
		}
		p.Line(display.Plain, 0, "")
		p.Line(style, 0, fmt.Sprintf("%s  %s  %s", strings.ToUpper(string(f.Severity)), f.ID, f.Resource))
		p.Line(display.Plain, 2, f.Problem)
		// A command is one line, whatever its length, so that people can copy it.
		advice, command, ok := strings.Cut(f.Action, ": aws ")
		if ok {
			advice += ":"
		}
		p.Line(display.Plain, 2, advice)
		if ok {
			p.Copied(display.Plain, "    aws "+command)
		}
	}
}

// showInterface shows where an interface would go, and which instances were considered for it.
func (d departure) showInterface(p *display.Page, o observation, e readiness.Departing) {
	i, _ := o.snapshot.Interface(e.Interface)
	head := display.Join(" ", e.Interface, "of group", e.Group+",", strings.Join(addresses(i), ", "))
	switch {
	case e.Ready:
		p.Line(display.Good, 0, fmt.Sprintf("%s -> %s, device index %d", head, o.label(e.To)+afterStart(e.Verdict), e.DeviceIndex))
	case e.Outcome == plan.OutcomeIgnored:
		p.Line(display.Warn, 0, fmt.Sprintf("%s: left alone (%s), %s", head, e.Reason, e.Detail))
	default:
		p.Line(display.Bad, 0, fmt.Sprintf("%s: nowhere (%s), %s", head, e.Reason, e.Detail))
	}
	if e.Next != "" {
		p.Line(display.Bold, 2, "next: "+e.Next)
	}
	p.Table(2, candidateRows(o, e.Verdict))
	if e.OmittedCandidates > 0 {
		p.Line(display.Dim, 2, fmt.Sprintf("... and %d more", e.OmittedCandidates))
	}
	showRecords(p, 2, e.Records)
}

// afterStart says that an interface goes to a cold standby.
func afterStart(v readiness.Verdict) string {
	if slices.ContainsFunc(v.Candidates, func(c plan.Candidate) bool { return c.Instance == v.To && c.Start }) {
		return " after its start"
	}
	return ""
}

// candidateRows has a row for each instance that was considered: the verdict on it, and what it is.
func candidateRows(o observation, v readiness.Verdict) []display.Row {
	var rows []display.Row
	for _, c := range v.Candidates {
		verdict, style := string(c.Reason), display.Dim
		switch {
		case c.Instance == v.To && v.Ready:
			verdict, style = "chosen", display.Good
		case c.Eligible && c.Start:
			verdict, style = "startable", display.Plain
		case c.Eligible:
			verdict, style = "eligible", display.Plain
		}
		facts := []string{c.Detail, instanceText(o.snapshot.Instances[c.Instance])}
		if len(c.Unknown) > 0 {
			facts = append(facts, "not known: "+strings.Join(c.Unknown, ", "))
		}
		rows = append(rows, display.NewRow(style, verdict, o.label(c.Instance), display.Join(", ", facts...)))
	}
	return rows
}
