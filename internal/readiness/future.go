package readiness

import (
	"maps"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// future is the world after some losses. It keeps only what differs from the snapshot.
type future struct {
	*world
	instances map[string]inventory.Instance  // those that an interface went to, by id
	lost      map[string]bool                // the instances that are lost
	moved     map[string]inventory.Interface // the interfaces that are no longer where the snapshot shows them, by id
	reads     int                            // counts the instances and interfaces read so far
}

func (f *future) instance(id string) inventory.Instance {
	if in, ok := f.instances[id]; ok {
		return in
	}
	return f.world.instance(id)
}

// current returns an interface as it is after the losses.
func (f *future) current(e inventory.Interface) inventory.Interface {
	if m, ok := f.moved[e.ID]; ok {
		return m
	}
	return e
}

// heldBy lists the managed interfaces that an instance holds.
func (f *future) heldBy(id string) []inventory.Interface {
	var list []inventory.Interface
	for _, e := range f.held[id] {
		if _, moved := f.moved[e.ID]; !moved {
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

// lose returns the items of the plan for the departure of an instance, and the kind of its event.
func (f *future) lose(id string) ([]plan.Item, trigger.Kind) {
	p, kind := f.depart(id)
	return p.Items, kind
}

// depart plans for the departure of an instance, and returns the kind of the event that would come first: the warning for a
// Spot instance, while it still runs; for any other the state change, when EC2 says that the instance is stopping.
func (f *future) depart(id string) (plan.Plan, trigger.Kind) {
	in := f.instance(id)
	t := trigger.Trigger{Kind: trigger.KindStopping, Instance: id, Time: f.now}
	switch {
	case in.Spot && in.State == inventory.StateRunning:
		t.Kind = trigger.KindSpotInterruption
	case !in.State.Leaving():
		in.State = inventory.StateStopping
	}
	return plan.Decide(t, f.around(in), f.policy, f.now), t.Kind
}

// around returns the part of the world that the departure of an instance concerns: the interfaces that it holds, the
// released ones of its groups, the members of all these interfaces' groups, what those members hold, and the holders of all
// that. The plan for this part is the plan for the whole world.
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
		include(f.released[group])
	}
	f.addMembers(s, interfaces)
	for id := range s.Instances {
		include(f.heldBy(id))
	}
	for _, e := range interfaces {
		f.addInstance(s, e.Holder())
	}
	f.reads += len(s.Instances) + len(interfaces)
	s.Interfaces = slices.SortedFunc(maps.Values(interfaces), func(e, g inventory.Interface) int { return strings.Compare(e.ID, g.ID) })
	return s
}

// addMembers adds the members of the interfaces' groups to a snapshot.
func (f *future) addMembers(s inventory.Snapshot, interfaces map[string]inventory.Interface) {
	groups := map[string]bool{}
	for _, e := range interfaces {
		groups[e.Group] = true
	}
	for group := range groups {
		for _, in := range f.members[group] {
			f.addInstance(s, in.ID)
		}
	}
}

// addInstance adds an instance to a snapshot, unless it is lost, unknown, or there already.
func (f *future) addInstance(s inventory.Snapshot, id string) {
	_, there := s.Instances[id]
	_, known := f.snapshot.Instances[id]
	if known && !there && !f.lost[id] {
		s.Instances[id] = f.instance(id)
	}
}

// apply makes a departure, and the moves that it caused, part of the world.
func (f *future) apply(leaver string, items []plan.Item) {
	f.lost[leaver] = true
	for _, item := range items {
		if item.Settled != "" {
			continue
		}
		e := item.Interface
		to := f.instance(item.Choice.Instance)
		if item.Chosen().Start { // the move has started it
			to.State, to.Health = inventory.StateRunning, inventory.Health{System: inventory.CheckOK, Instance: inventory.CheckOK}
			f.instances[to.ID] = to
		}
		if e.Holder() != to.ID { // else it was detaching, and goes back to the slot that it still has
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
	for _, e := range f.heldBy(leaver) { // those that did not move: their holder is lost
		e.Attachment = nil
		f.moved[e.ID] = e
	}
}
