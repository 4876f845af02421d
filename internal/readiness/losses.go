package readiness

import (
	"maps"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// maxLosses is how many losses in a row are tried.
	maxLosses = 9
	// maxLooks is how many instances and interfaces are looked at to count the losses of a group. In one with hundreds of
	// members and interfaces, not every interface is followed.
	maxLooks = 20_000
)

// losses counts the losses that a group's interfaces survive, as [Group] defines it.
func (w *world) losses(group []subject) (least int, note, weakest string) {
	looks, followed := 0, false
	least, note = maxLosses, LossesOrMore
	for _, x := range group {
		if reason, _ := w.policy.Untouchable(x.e); reason != "" {
			continue
		}
		if looks > maxLooks {
			return least, LossesAtMost, weakest
		}
		n, cost := w.follow(x)
		looks, followed = looks+cost, true
		if n < least {
			least, note, weakest = n, "", x.e.ID
		}
	}
	if !followed {
		return 0, "", ""
	}
	return least, note, weakest
}

// follow loses the holder of an interface, then the one that the interface went to, and so on, and returns how
// many of them were survived by every interface of its group, at the cost of how many instances looked at.
func (w *world) follow(x subject) (survived, cost int) {
	if x.dead {
		return 0, 0
	}
	f := &future{world: w, instances: map[string]inventory.Instance{}, gone: map[string]bool{}, moved: map[string]inventory.Interface{}}
	for n := range maxLosses {
		id := f.current(x.e).Holder()
		items, _ := f.lose(id)
		if slices.ContainsFunc(items, func(i plan.Item) bool {
			return i.Interface.Group == x.e.Group && i.Settled == plan.OutcomeStranded
		}) {
			return n, f.cost
		}
		f.apply(id, items)
	}
	return maxLosses, f.cost
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

// groupsOf lists the groups that members of the snapshot are in and this deployment serves, sorted.
func (w *world) groupsOf() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.members)), func(group string) bool { return !w.policy.Serves(group) })
}
