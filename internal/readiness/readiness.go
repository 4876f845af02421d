// Package readiness says whether the next failover would work, and why not, before the night it matters. From a
// snapshot of the account, the results of the record check and the deployment's settings, [Inspect] makes for
// each interface a [Verdict]: where it would go if its holder went now, and for each group how many losses it
// survives. Everything that stands in the way, or soon would, is a [Finding].
//
// A verdict is made by package plan on the same snapshot that a failover would see, so that what the audit
// promises is what happens. Inspect is a pure function: no AWS, no clock, no state between two runs, and
// nothing is changed. Package auditor observes, runs it, and tells the result.
package readiness

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Settings are what an audit judges by.
type Settings struct {
	// Policy is the one that the failover decides by.
	Policy plan.Policy
	// AlertsUnsubscribed says that nobody gets the deployment's alarms. False where that is not known.
	AlertsUnsubscribed bool
}

// Inspect audits a snapshot. It must show all managed interfaces of the region, all members of groups and
// all holders, as a census and an inspection of package observe make it. Names are the results of the record
// check by the interface's id.
func Inspect(s inventory.Snapshot, names map[string][]Name, set Settings, now time.Time) Result {
	i := &inspection{world: newWorld(s, set.Policy, now), names: names, of: map[string][]subject{}}
	i.inspectDeployment(set)
	i.world.plans(i.inspect)
	i.index()
	i.inspectGroups()
	i.inspectInstances()
	i.inspectGaps()
	return i.result()
}

// inspection is an audit in the making.
type inspection struct {
	world    *world
	names    map[string][]Name
	subjects []subject
	groups   []string             // of the subjects, sorted
	of       map[string][]subject // by group
	findings []Finding
}

// subject is an interface under audit, with what would become of it.
type subject struct {
	e inventory.Interface
	// holder is the zero instance where nobody holds it, and one in the state unasked if nothing is known.
	holder inventory.Instance
	item   plan.Item
	// kind is that of the event for which item is the plan.
	kind trigger.Kind
	// dead is whether nobody that runs holds it now.
	dead bool
	// omitted counts the candidates that are not in the item any more. In a group of thousands the lists of
	// all interfaces together would not fit into memory.
	omitted int
	// only is the one eligible standby, if there is just one.
	only string
}

func (x subject) stranded() bool { return x.item.Settled == plan.OutcomeStranded }

func (x subject) planned() bool { return x.item.Settled == "" }

// inspect looks at one interface and at the plan for it.
func (i *inspection) inspect(item plan.Item, kind trigger.Kind) {
	e := item.Interface
	if e.Group != "" && !i.world.policy.Serves(e.Group) {
		return // another deployment's
	}
	x := subject{e: e, item: item, kind: kind}
	if !e.Unattached() {
		x.holder = i.world.instance(e.Holder())
	}
	x.dead = e.Unattached() || x.holder.State.Leaving()
	i.inspectInterface(x)
	s := i.inspectStandbys(x)
	i.inspectNames(x)
	if len(s.eligible) == 1 {
		x.only = s.eligible[0]
	}
	if n := len(item.Candidates); n > maxCandidates {
		x.item.Candidates, x.omitted = slices.Clone(item.Candidates[:maxCandidates]), n-maxCandidates
	}
	i.subjects = append(i.subjects, x)
}

// index puts the subjects in order, by themselves and by group.
func (i *inspection) index() {
	slices.SortFunc(i.subjects, func(x, y subject) int { return cmp.Compare(x.e.ID, y.e.ID) })
	for _, x := range i.subjects {
		if x.e.Group != "" {
			i.of[x.e.Group] = append(i.of[x.e.Group], x)
		}
	}
	i.groups = slices.Sorted(maps.Keys(i.of))
}

// result puts the parts together, in their orders.
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
	r.Summary.Text = r.Text(textWidth)
	return r
}

func (i *inspection) group(name string) Group {
	g := Group{Group: name, Interfaces: len(i.of[name])}
	for _, x := range i.of[name] {
		g.Ready += count(x.planned())
	}
	for _, id := range i.world.members[name] {
		g.Members += count(!i.world.instance(id).State.Ending())
	}
	g.Losses, g.LossesNote, g.Weakest = i.world.losses(i.of[name])
	return g
}
