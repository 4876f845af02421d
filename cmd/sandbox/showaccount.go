package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// showInterfaces compares the managed interfaces before and after, those that changed first.
func (t *trial) showInterfaces(p *page) {
	const most = 5
	pairs := t.pairs()
	if len(pairs) > 0 && pairs[0].changed() {
		p.title("Before and after")
	} else {
		p.title("Before and after: nothing changed")
	}
	for i, pair := range pairs {
		if i == most {
			p.line(plain, 2, fmt.Sprintf("... and %d more interfaces", len(pairs)-most))
			break
		}
		p.line(plain, 2, fmt.Sprintf("%s, group %s", pair.before.ID, pair.before.Tags[inventory.TagGroup]))
		t.showFacts(p, pair)
	}
	if len(pairs) == 0 {
		p.line(plain, 2, "no interface of the account carries the tag "+inventory.TagGroup)
	}
}

// showFacts shows an interface before and after, or only once if nothing about it changed.
func (t *trial) showFacts(p *page, pair pair) {
	var rows [][]string
	var styles []style
	same := true
	for _, f := range t.facts(pair) {
		s, arrow := plain, "  "
		if f.before != f.after {
			s, arrow, same = good, "->", false
		}
		rows, styles = append(rows, []string{f.name, f.before, arrow, f.after}), append(styles, s)
	}
	if same {
		for i := range rows {
			rows[i] = rows[i][:2]
		}
	}
	p.table(4, rows, styles...)
}

// pair is an interface before and after; nil: it was deleted.
type pair struct {
	before awssim.Interface
	after  *awssim.Interface
}

// changed reports whether an interface is attached differently.
func (p pair) changed() bool {
	if p.after == nil || (p.before.Attachment == nil) != (p.after.Attachment == nil) {
		return true
	}
	return p.before.Attachment != nil && p.before.Attachment.ID != p.after.Attachment.ID
}

func (t *trial) pairs() []pair {
	after := map[string]*awssim.Interface{}
	for i := range t.after.Interfaces {
		after[t.after.Interfaces[i].ID] = &t.after.Interfaces[i]
	}
	var list []pair
	for _, e := range t.before.Interfaces {
		if _, managed := e.Tags[inventory.TagGroup]; managed {
			list = append(list, pair{before: e, after: after[e.ID]})
		}
	}
	rank := func(p pair) int {
		if p.changed() {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(list, func(a, b pair) int { return cmp.Compare(rank(a), rank(b)) })
	return list
}

// fact is something about an interface that matters to who uses it.
type fact struct{ name, before, after string }

func (t *trial) facts(p pair) []fact {
	if p.after == nil {
		return []fact{{"held by", t.holder(p.before), "deleted"}}
	}
	list := []fact{
		{"held by", t.holder(p.before), t.holder(*p.after)},
		{"device index", deviceIndex(p.before), deviceIndex(*p.after)},
		{"private address", addresses(p.before), addresses(*p.after)},
	}
	for name := range strings.FieldsSeq(p.before.Tags[inventory.TagRecord]) {
		list = append(list, fact{name, values(t.before, name), values(t.after, name)})
	}
	return list
}

// holder says where an interface is attached.
func (t *trial) holder(e awssim.Interface) string {
	a := e.Attachment
	if a == nil {
		return "no instance"
	}
	if a.Status != "attached" {
		return label(t.before, a.Instance) + ", " + a.Status
	}
	return label(t.before, a.Instance)
}

func deviceIndex(e awssim.Interface) string {
	if e.Attachment == nil {
		return "-"
	}
	return strconv.Itoa(e.Attachment.DeviceIndex)
}

func addresses(e awssim.Interface) string {
	var list []string
	for _, ip := range e.PrivateIPs {
		list = append(list, ip.Address)
	}
	return strings.Join(append(list, e.IPv6...), " ")
}

// values are those of the address records of a name, in whatever zones have it.
func values(w awssim.World, name string) string {
	name = strings.ToLower(strings.TrimSuffix(name, ".")) + "."
	var list []string
	for _, z := range w.Zones {
		for _, r := range z.Records {
			if r.Name == name && (r.Type == "A" || r.Type == "AAAA") {
				list = append(list, r.Values...)
			}
		}
	}
	if len(list) == 0 {
		return "no record"
	}
	return strings.Join(list, " ")
}

// showConsidered says for the first few interfaces who was considered.
func (t *trial) showConsidered(p *page) {
	const most = 3
	for i, r := range t.report.Interfaces {
		if i == most {
			p.title("... and for %d more interfaces, see the report", len(t.report.Interfaces)-most)
			return
		}
		t.showCandidates(p, r)
	}
}

// showCandidates says who was considered for an interface, and why not.
func (t *trial) showCandidates(p *page, r failover.InterfaceReport) {
	const most = 20
	if len(r.Candidates) == 0 {
		return
	}
	p.title("Considered for %s", r.Interface)
	var rows [][]string
	var styles []style
	for i, c := range r.Candidates {
		if i == most {
			rows = append(rows, []string{"...", fmt.Sprintf("and %d more, see the report", len(r.Candidates)-most)})
			break
		}
		verdict, s := string(c.Reason), dim
		switch {
		case c.Instance == r.To && (r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached || r.Outcome == plan.OutcomePlanned):
			verdict, s = "chosen", good
		case c.Eligible:
			verdict, s = "eligible", plain
		}
		in := find(&t.sent, c.Instance)
		if in == nil {
			in = &awssim.Instance{}
		}
		rows = append(rows, []string{
			c.Instance, in.Tags["Name"], in.Type, market(*in), verdict,
			joinNonEmpty("; ", cmp.Or(c.Detail, t.because(c.Reason, *in)), unasked(c)),
		})
		styles = append(styles, s)
	}
	p.table(2, rows, styles...)
}

// checks shows what the status checks of an instance say.
func checks(in awssim.Instance) string {
	var list []string
	if in.InstanceStatus != "ok" {
		list = append(list, "instance status "+in.InstanceStatus)
	}
	if in.SystemStatus != "ok" {
		list = append(list, "system status "+in.SystemStatus)
	}
	if in.ApplicationStatus != "" && in.ApplicationStatus != "ok" {
		list = append(list, "application status "+in.ApplicationStatus)
	}
	return cmp.Or(strings.Join(list, ", "), "status checks ok")
}

func market(in awssim.Instance) string { return cmp.Or(in.Lifecycle, "on-demand") }

func unasked(c plan.Candidate) string {
	if len(c.Unknown) == 0 {
		return ""
	}
	return "not known: " + strings.Join(c.Unknown, ", ")
}

// because says what about an instance in the account is behind a reason; nothing where the reason says it
// all.
func (t *trial) because(reason plan.Reason, in awssim.Instance) string {
	switch reason { //nolint:exhaustive // the reasons that the account has more to say to
	case plan.ReasonOtherAZ:
		return "in " + in.AZ
	case plan.ReasonOtherVPC:
		return "in " + in.VPC
	case plan.ReasonNotRunning:
		return in.State
	case plan.ReasonInterrupted:
		return in.SpotStatus
	case plan.ReasonImpaired:
		return checks(in)
	case plan.ReasonASGLeaving:
		return in.LifecycleState
	case plan.ReasonNoSlot:
		return plural(t.held(in.ID), "interface")
	}
	if priority, ok := in.Tags[inventory.TagPriority]; ok && reason == "" {
		return "priority " + priority
	}
	return ""
}

// held counts the interfaces of an instance.
func (t *trial) held(instance string) int {
	n := 0
	for _, e := range t.sent.Interfaces {
		if e.Attachment != nil && e.Attachment.Instance == instance {
			n++
		}
	}
	return n
}
