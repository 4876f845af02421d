// Package readiness judges whether the next failover would work, before the night in which it matters. From a snapshot of
// the account, the results of the record check and the deployment's settings, [Inspect] makes a [Verdict] for each
// interface: where it would go if its holder went now. It also counts how many losses in a row each group survives.
// What prevents a failover, or soon would, is a [Finding].
//
// Package plan makes each verdict, on the same snapshot that a failover would see. That is why a failover does what the
// audit promises. Inspect is a pure function: it calls nothing of AWS, reads no clock, keeps no state and changes nothing.
// Package audit observes the account, runs Inspect and publishes the result.
package readiness

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Settings are what the deployment says about itself.
type Settings struct {
	// Policy is the one by which the failover decides.
	Policy plan.Policy
	// AlertsUnsubscribed reports that the deployment's alarms have no subscriber; false if that is not known.
	AlertsUnsubscribed bool
	// ProbeVPC is the VPC that the deployment's probe is in; empty if it has no probe.
	ProbeVPC string
	// StartKeys are the ARNs of the customer-managed keys with which the failover's role may start cold standbys.
	StartKeys []string
}

// Inspect audits a snapshot. The snapshot must show all managed interfaces of the region, all members of groups and all
// holders, as a census and an inspection of package observe do. Names are the results of the record check by interface id.
func Inspect(s inventory.Snapshot, names map[string][]record.Result, set Settings, now time.Time) Result {
	i := &inspection{
		world: newWorld(s, set.Policy, now), names: names, probeVPC: set.ProbeVPC, startKeys: set.StartKeys, of: map[string][]subject{},
	}
	i.inspectDeployment(set)
	i.world.plans(i.inspect)
	i.index()
	i.inspectGroups()
	i.inspectInstances()
	i.inspectGaps()
	return i.result()
}

// inspection is an audit in the making. The interfaces come first, one after the other; what is said about groups and
// instances rests on all of them.
type inspection struct {
	world     *world
	names     map[string][]record.Result
	probeVPC  string
	startKeys []string
	subjects  []subject
	groups    []string             // the groups of the subjects, sorted
	of        map[string][]subject // by group
	findings  []Finding
}

// subject is an interface under audit, with the plan for it.
type subject struct {
	e inventory.Interface
	// holder is the zero instance if no instance holds the interface. Its state is unasked if nothing is known of it.
	holder inventory.Instance
	// unserved reports that no instance holds the interface, or one that is on its way out or gone. An interface that a service
	// uses is served, although no instance holds it.
	unserved bool
	// item is the plan, and kind is the kind of the event that it is for.
	item plan.Item
	kind trigger.Kind
	// omitted counts the candidates that were dropped from the item. In a group of thousands, the lists of all
	// interfaces together would not fit into memory.
	omitted int
	// onlyStandby is the eligible standby, if there is exactly one.
	onlyStandby string
}

// subject makes the subject of a plan for an interface.
func (w *world) subject(item plan.Item, kind trigger.Kind) subject {
	x := subject{e: item.Interface, item: item, kind: kind, unserved: true}
	if !item.Interface.Unattached() {
		x.holder = w.instance(item.Interface.Holder())
		x.unserved = x.holder.State.Leaving()
	}
	return x
}

// shortened returns the subject without the candidates that are too many for a result.
func (x subject) shortened() subject {
	if n := len(x.item.Candidates); n > maxCandidates {
		x.item.Candidates, x.omitted = slices.Clone(x.item.Candidates[:maxCandidates]), n-maxCandidates
	}
	return x
}

func (x subject) stranded() bool { return x.item.Settled == plan.OutcomeStranded }

func (x subject) planned() bool { return x.item.Settled == "" }

// inspect audits one interface by the plan for it.
func (i *inspection) inspect(item plan.Item, kind trigger.Kind) {
	e := item.Interface
	if e.Group != "" && !i.world.policy.Serves(e.Group) {
		return // another deployment serves it
	}
	x := i.world.subject(item, kind)
	i.inspectInterface(x)
	s := i.inspectStandbys(x)
	i.inspectNames(x)
	if len(s.eligible) == 1 {
		x.onlyStandby = s.eligible[0]
	}
	i.subjects = append(i.subjects, x.shortened())
}

// index sorts the subjects by id, and puts them into their groups.
func (i *inspection) index() {
	slices.SortFunc(i.subjects, func(x, y subject) int { return cmp.Compare(x.e.ID, y.e.ID) })
	for _, x := range i.subjects {
		if x.e.Group != "" {
			i.of[x.e.Group] = append(i.of[x.e.Group], x)
		}
	}
	i.groups = slices.Sorted(maps.Keys(i.of))
}
