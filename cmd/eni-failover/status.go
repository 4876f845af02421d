package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
)

// status is what the command status publishes as JSON.
type status struct {
	Region string `json:"region"`
	// Time is the instant of the look at the interfaces, in RFC 3339.
	Time     string        `json:"time"`
	Groups   []groupStatus `json:"groups"`
	Critical int           `json:"critical"`
	Warning  int           `json:"warning"`
	// Unknown names what could not be asked.
	Unknown []string `json:"unknown,omitempty"`
	// Reports are what the deployed failover said last.
	Reports reports `json:"reports"`
}

// groupStatus is a group with its interfaces and members.
type groupStatus struct {
	Group string `json:"group"`
	// Losses and LossesNote are as in the audit's result.
	Losses     int               `json:"losses"`
	LossesNote string            `json:"lossesNote,omitempty"`
	Interfaces []interfaceStatus `json:"interfaces"`
	Members    []memberStatus    `json:"members"`
}

// interfaceStatus is an interface as it is now, with the verdict on it.
type interfaceStatus struct {
	readiness.Verdict

	Addresses []string `json:"addresses"`
	// Attachment is the status of its attachment; unattached if it has none.
	Attachment string `json:"attachment"`
	// Index is its device index on the holder; 0 if it has none. Since is the time of the attachment, in RFC 3339.
	Index  int    `json:"holderDeviceIndex"`
	Since  string `json:"attachedSince,omitempty"`
	Paused bool   `json:"paused"`
	// Left is the instance that the last move took it from, while the tag eni-failover:left says so.
	Left string `json:"left,omitempty"`
}

// memberStatus is a member of a group as it is now.
type memberStatus struct {
	Instance         string `json:"instance"`
	Name             string `json:"name,omitempty"`
	AvailabilityZone string `json:"availabilityZone"`
	Type             string `json:"type"`
	Spot             bool   `json:"spot"`
	State            string `json:"state"`
	// Holds are the managed interfaces on it.
	Holds []string `json:"holds"`
	// NextFor are the interfaces that would come to it next.
	NextFor []string `json:"nextFor"`
}

// status shows what the account has.
func (c command) status(ctx context.Context) error {
	r, err := c.newReader(ctx)
	if err != nil {
		return err
	}
	o, err := r.observe(ctx)
	if err != nil {
		return err
	}
	s := newStatus(r.region, o)
	s.Reports = c.lastReports(ctx, r)
	if c.json {
		return writeJSON(c.std.out, s)
	}
	p := display.NewPage(c.std.out, c.env)
	s.show(p, o)
	p.Line(display.Plain, 0, "")
	p.Line(display.Dim, 0, "Judged by "+r.source+".")
	return p.Flush()
}

// newStatus sorts an observation by groups.
func newStatus(region string, o observation) status {
	s := status{
		Region: region, Time: o.audit.Summary.Time, Groups: []groupStatus{},
		Critical: o.audit.Summary.Critical, Warning: o.audit.Summary.Warning, Unknown: o.snapshot.Gaps,
	}
	members := o.snapshot.MembersByGroup()
	for _, g := range o.audit.Groups {
		group := groupStatus{Group: g.Group, Losses: g.Losses, LossesNote: g.LossesNote, Interfaces: []interfaceStatus{}, Members: []memberStatus{}}
		for _, v := range o.audit.Interfaces {
			if v.Group == g.Group {
				group.Interfaces = append(group.Interfaces, o.interfaceStatus(v))
			}
		}
		for _, in := range members[g.Group] {
			group.Members = append(group.Members, o.memberStatus(in))
		}
		s.Groups = append(s.Groups, group)
	}
	slices.SortFunc(s.Groups, func(a, b groupStatus) int { return strings.Compare(a.Group, b.Group) })
	return s
}

func (o observation) interfaceStatus(v readiness.Verdict) interfaceStatus {
	e, _ := o.snapshot.Interface(v.Interface)
	i := interfaceStatus{Verdict: v, Addresses: addresses(e), Attachment: "unattached", Paused: e.Paused, Left: e.LeftTag.Instance}
	if a := e.Attachment; a != nil {
		i.Attachment, i.Index, i.Since = string(a.Status), a.DeviceIndex, a.AttachTime.UTC().Format(time.RFC3339)
	}
	return i
}

func (o observation) memberStatus(in *inventory.Instance) memberStatus {
	m := memberStatus{
		Instance: in.ID, Name: in.Name, AvailabilityZone: in.AZ, Type: in.Type, Spot: in.Spot, State: string(in.State),
		Holds: []string{}, NextFor: []string{},
	}
	for _, e := range o.snapshot.Interfaces {
		if e.Holder() == in.ID {
			m.Holds = append(m.Holds, e.ID)
		}
	}
	for _, v := range o.audit.Interfaces {
		if v.To == in.ID {
			m.NextFor = append(m.NextFor, v.Interface)
		}
	}
	return m
}

// show shows the status to a person.
func (s status) show(p *display.Page, o observation) {
	p.Line(display.Bold, 0, fmt.Sprintf("eni-failover status of %s, %s", s.Region, s.Time))
	if len(s.Groups) == 0 {
		p.Line(display.Warn, 2, "No interface with a group is served here: nothing is protected. Tag an interface and its instances eni-failover:group, or check -region and GROUPS.")
	}
	for _, g := range s.Groups {
		p.Title("Group %s, %s", g.Group, g.survives())
		for _, i := range g.Interfaces {
			i.show(p, o)
		}
		var rows []display.Row
		for _, m := range g.Members {
			rows = append(rows, m.row(o))
		}
		p.Table(2, rows)
	}
	s.Reports.show(p, o)
	p.Line(display.Plain, 0, "")
	showGaps(p, o)
	style, text := display.Good, "no finding that needs a person"
	if n := s.Critical + s.Warning; n > 0 {
		style, text = display.Warn, fmt.Sprintf("%d critical, %d warning; `eni-failover audit` explains them", s.Critical, s.Warning)
	}
	if s.Critical > 0 {
		style = display.Bad
	}
	p.Line(style, 0, "Findings: "+text)
}

// survives says how many losses in a row a group survives.
func (g groupStatus) survives() string {
	n := fmt.Sprint(g.Losses)
	switch g.LossesNote {
	case readiness.LossesOrMore:
		n += " or more"
	case readiness.LossesAtMost:
		n = "at most " + n
	}
	word := "losses"
	if n == "1" {
		word = "loss"
	}
	return "which survives " + n + " " + word + " in a row"
}

// show shows where an interface is, where it would go, and its records.
func (i interfaceStatus) show(p *display.Page, o observation) {
	style, where := display.Plain, "unattached, in "+i.AvailabilityZone
	if i.Since != "" && i.Holder == "" {
		where = "used by a service, in " + i.AvailabilityZone
	}
	if i.Holder != "" {
		where = fmt.Sprintf("on %s, index %d, since %s", o.label(i.Holder), i.Index, i.Since)
		if i.Attachment != string(inventory.StatusAttached) {
			where = i.Attachment + " " + where
		}
	}
	if !i.Served {
		style, where = display.Bad, where+"; no running instance serves it"
	}
	p.Line(style, 2, fmt.Sprintf("%s  %s  %s", i.Interface, strings.Join(i.Addresses, ", "), where))
	next, to := display.Good, "next: "+o.label(i.To)+afterStart(i.Verdict)
	switch {
	case i.Outcome == plan.OutcomeIgnored:
		next, to = display.Warn, fmt.Sprintf("left alone (%s): %s", i.Reason, i.Detail)
	case !i.Ready:
		next, to = display.Bad, fmt.Sprintf("nowhere to go (%s): %s", i.Reason, i.Detail)
	}
	p.Line(next, 4, to)
	if i.Left != "" {
		p.Line(display.Dim, 4, "came from "+o.label(i.Left))
	}
	showRecords(p, 4, i.Records)
}

// showRecords shows the check of the names, without the interfaces that have none.
func showRecords(p *display.Page, indent int, records []record.Result) {
	for _, r := range records {
		if r.Name == "" {
			continue
		}
		style := display.Plain
		if r.State != record.OK {
			style = display.Warn
		}
		p.Line(style, indent, fmt.Sprintf("record %s: %s", r.Name, display.Join("; ", string(r.State), r.Detail)))
	}
}

// row shows a member: what it does in the group, and what it is.
func (m memberStatus) row(o observation) display.Row {
	role, style := "member", display.Dim
	switch {
	case len(m.Holds) > 0:
		role, style = "holder", display.Plain
	case len(m.NextFor) > 0:
		role, style = "standby", display.Plain
	}
	return display.NewRow(style, role, o.label(m.Instance), instanceText(o.snapshot.Instances[m.Instance]))
}
