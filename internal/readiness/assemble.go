package readiness

import (
	"cmp"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
)

// maxCandidates limits how many candidates of an interface the result lists.
const maxCandidates = 20

// result assembles the result, each list in its published order.
func (i *inspection) result() Result {
	r := Result{Interfaces: []Verdict{}, Groups: []Group{}, Findings: i.sortedFindings()}
	for _, x := range i.subjects {
		r.Interfaces = append(r.Interfaces, x.verdict(i.names[x.e.ID]))
	}
	slices.SortFunc(r.Interfaces, func(v, w Verdict) int {
		return cmp.Or(count(v.Ready)-count(w.Ready), cmp.Compare(v.Interface, w.Interface))
	})
	for _, group := range i.groups {
		r.Groups = append(r.Groups, i.group(group))
	}
	slices.SortFunc(r.Groups, func(g, h Group) int { return cmp.Or(g.Losses-h.Losses, cmp.Compare(g.Group, h.Group)) })
	r.Summary = i.summary(r)
	return r.Render()
}

func (x subject) verdict(names []record.Result) Verdict {
	v := Verdict{
		Interface: x.e.ID, Group: x.e.Group, AvailabilityZone: x.e.AZ, Holder: x.holder.ID,
		Served: !x.unserved, Ready: x.planned(), Trigger: x.kind, Outcome: cmp.Or(x.item.Settled, plan.OutcomePlanned),
		Reason: x.item.Reason, Detail: x.item.Detail,
		To: x.item.Choice.Instance, DeviceIndex: x.item.Choice.Index,
		Candidates: append([]plan.Candidate{}, x.item.Candidates...), OmittedCandidates: x.omitted, Records: published(names),
	}
	return v
}

func (i *inspection) group(name string) Group {
	g := Group{Group: name, Interfaces: len(i.of[name])}
	for _, x := range i.of[name] {
		g.Ready += count(x.planned())
	}
	for _, in := range i.world.members[name] {
		g.Members += count(!in.State.Ending())
	}
	g.Losses, g.LossesNote, g.Weakest = i.world.losses(i.of[name])
	return g
}

func (i *inspection) summary(r Result) Summary {
	s := Summary{
		Time: i.world.snapshot.At.UTC().Format(time.RFC3339), Interfaces: len(r.Interfaces), Groups: len(r.Groups),
	}
	for _, v := range r.Interfaces {
		s.Ready += count(v.Ready)
		s.Unserved += count(!v.Served)
	}
	s.Unready = s.Interfaces - s.Ready
	for _, in := range i.world.snapshot.Instances {
		s.Members += count(i.world.serves(in) && !in.State.Ending())
	}
	for _, f := range r.Findings {
		switch f.Severity {
		case Critical:
			s.Critical++
		case Warning:
			s.Warning++
		case Info:
			s.Info++
		}
	}
	return s
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}
