package readiness

import (
	"maps"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

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

// apply makes a departure and the moves that it caused part of the world.
func (f *future) apply(leaver string, items []plan.Item) {
	f.gone[leaver] = true
	for _, item := range items {
		if item.Settled != "" {
			continue
		}
		e := item.Interface
		to := f.instance(item.Choice.Instance)
		if e.Holder() != to.ID { // else it was detaching, and stays
			to.Card0 = slices.Sorted(slices.Values(append(slices.Clip(to.Card0), item.Choice.Index)))
			to.Attached++
			f.instances[to.ID] = to
		}
		e.Attachment = &inventory.Attachment{
			Instance: to.ID, Status: inventory.StatusAttached, DeviceIndex: item.Choice.Index, AttachTime: f.now,
		}
		e.Status = inventory.StatusInUse
		f.moved[e.ID] = e
	}
	for _, e := range f.heldBy(leaver) { // what could not go is on an instance that is no more
		e.Attachment = nil
		f.moved[e.ID] = e
	}
}
