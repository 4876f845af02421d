package readiness

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// world is the snapshot with its indexes. A departure concerns one instance, what it holds and leaves, and
// the members of those groups; an audit of thousands of departures must not look at everything for each.
type world struct {
	snapshot inventory.Snapshot
	policy   plan.Policy
	now      time.Time
	members  map[string][]string              // ids by group, sorted
	held     map[string][]inventory.Interface // by holder, in the order of ids
	loose    map[string][]inventory.Interface // unattached and detaching, by group
}

func newWorld(s inventory.Snapshot, p plan.Policy, now time.Time) *world {
	s.Interfaces = slices.SortedFunc(slices.Values(s.Interfaces), func(e, f inventory.Interface) int { return strings.Compare(e.ID, f.ID) })
	w := &world{
		snapshot: s, policy: p, now: now,
		members: map[string][]string{}, held: map[string][]inventory.Interface{}, loose: map[string][]inventory.Interface{},
	}
	for _, id := range s.InstanceIDs() {
		for _, group := range s.Instances[id].Groups {
			if list := w.members[group]; len(list) == 0 || list[len(list)-1] != id {
				w.members[group] = append(list, id)
			}
		}
	}
	for _, e := range s.Interfaces {
		if id := e.Holder(); id != "" {
			w.held[id] = append(w.held[id], e)
		}
		if e.Unattached() || e.Detaching() {
			w.loose[e.Group] = append(w.loose[e.Group], e)
		}
	}
	return w
}

// instance looks an instance up. Of one that is not in the snapshot nothing is known, not even its state.
func (w *world) instance(id string) inventory.Instance {
	if in, ok := w.snapshot.Instances[id]; ok {
		return in
	}
	return inventory.Instance{ID: id, State: inventory.StateUnasked}
}

// serves reports whether an instance is a member of a group that this deployment serves.
func (w *world) serves(in inventory.Instance) bool {
	return slices.ContainsFunc(in.Groups, w.policy.Serves)
}

// plans makes the plan for each interface and gives it to visit, in no particular order. What needs healing
// now is planned as the next sweep will do it; every other interface as its holder's departure would.
func (w *world) plans(visit func(plan.Item, trigger.Kind)) {
	healed := map[string]bool{}
	for _, item := range plan.Decide(trigger.Trigger{Kind: trigger.KindSweep, Time: w.now}, w.snapshot, w.policy, w.now).Items {
		if item.Settled == "" || item.Settled == plan.OutcomeStranded || item.Interface.Unattached() {
			healed[item.Interface.ID] = true
			visit(item, trigger.KindSweep)
		}
	}
	now := &future{world: w}
	for _, id := range slices.Sorted(maps.Keys(w.held)) {
		items, kind := now.lose(id)
		for _, item := range items {
			if item.Interface.Holder() == id && !healed[item.Interface.ID] {
				visit(item, kind)
			}
		}
	}
}

// future is the world after some losses. Only what differs is kept.
type future struct {
	*world
	instances map[string]inventory.Instance  // that got an interface
	gone      map[string]bool                // instances that are lost
	moved     map[string]inventory.Interface // by id
	cost      int                            // instances and interfaces looked at so far
}

func (f *future) instance(id string) inventory.Instance {
	if in, ok := f.instances[id]; ok {
		return in
	}
	return f.world.instance(id)
}

// current is an interface as it is by now.
func (f *future) current(e inventory.Interface) inventory.Interface {
	if m, ok := f.moved[e.ID]; ok {
		return m
	}
	return e
}

// heldBy lists the managed interfaces on an instance.
func (f *future) heldBy(id string) []inventory.Interface {
	var list []inventory.Interface
	for _, e := range f.held[id] {
		if _, left := f.moved[e.ID]; !left {
			list = append(list, e)
		}
	}
	for _, e := range f.moved {
		if e.Holder() == id {
			list = append(list, e)
		}
	}
	return list
}

// lose plans for the departure of an instance: as for the event that comes first, the warning for a Spot
// instance, while it still runs, and for any other the state change, when EC2 says that it is stopping. It
// returns the kind of that event, too.
func (f *future) lose(id string) ([]plan.Item, trigger.Kind) {
	in := f.instance(id)
	t := trigger.Trigger{Kind: trigger.KindStopping, Instance: id, Time: f.now}
	switch {
	case in.Spot && in.State == inventory.StateRunning:
		t.Kind = trigger.KindSpotInterruption
	case !in.State.Leaving():
		in.State = inventory.StateStopping
	}
	return plan.Decide(t, f.around(in), f.policy, f.now).Items, t.Kind
}

// around is the part of the world that the departure of an instance concerns: what it holds, what hangs loose
// in its groups, the members of those groups, what they hold, and who holds what hangs loose. A plan made on it
// is the one made on all.
func (f *future) around(leaver inventory.Instance) inventory.Snapshot {
	s := inventory.Snapshot{At: f.snapshot.At, Instances: map[string]inventory.Instance{leaver.ID: leaver}, Limits: f.snapshot.Limits}
	interfaces := map[string]inventory.Interface{}
	include := func(list []inventory.Interface) {
		for _, e := range list {
			interfaces[e.ID] = f.current(e)
		}
	}
	include(f.heldBy(leaver.ID))
	for _, group := range leaver.Groups {
		include(f.loose[group])
	}
	f.addMembers(s, interfaces)
	for id := range s.Instances {
		include(f.heldBy(id))
	}
	for _, e := range interfaces {
		f.add(s, e.Holder())
	}
	f.cost += len(s.Instances) + len(interfaces)
	s.Interfaces = slices.SortedFunc(maps.Values(interfaces), func(e, g inventory.Interface) int { return strings.Compare(e.ID, g.ID) })
	return s
}

// addMembers puts the members of the interfaces' groups into a snapshot.
func (f *future) addMembers(s inventory.Snapshot, interfaces map[string]inventory.Interface) {
	groups := map[string]bool{}
	for _, e := range interfaces {
		groups[e.Group] = true
	}
	for group := range groups {
		for _, id := range f.members[group] {
			f.add(s, id)
		}
	}
}

// add puts an instance into a snapshot, if it exists and is not there yet.
func (f *future) add(s inventory.Snapshot, id string) {
	_, there := s.Instances[id]
	_, known := f.snapshot.Instances[id]
	if known && !there && !f.gone[id] {
		s.Instances[id] = f.instance(id)
	}
}
