package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// When many instances are interrupted at once, each interruption has an invocation of its own, and all of them look for
// standbys in the same groups. Each invocation assigns slots to all interfaces of its groups that are about to move, first
// to those whose holder runs no longer, then in the order of their ids, and carries out its own part. So all come to the same assignment, and no two choose one slot. It lasts
// while the interfaces move: one that has arrived has taken the slot that the others' assignments leave to it. Standbys with
// several slots may be chosen in another order then; if two interfaces choose one index, EC2 refuses one of them, which goes
// on to the next.

// others makes items for the interfaces that other invocations are about to move, in the groups of the items that are to be
// carried out: their holders are going away. Holders that are doomed for another reason are left to the next sweep, and
// holders outside the group are not looked for, so that a part of the account is enough for a plan.
func (d *decision) others(items []Item) []Item {
	type place struct{ group, availabilityZone string }
	mine, leaves, places := map[string]bool{}, map[string]bool{}, map[place]bool{}
	for _, item := range items {
		mine[item.Interface.ID] = true
		if item.Settled == "" {
			leaves[item.Doomed] = true // what is left on it moves with the items
			places[place{item.Interface.Group, item.Interface.AZ}] = true
		}
	}
	var list []Item
	for _, e := range d.snapshot.Interfaces {
		holder := d.instance(e.Holder())
		goes := holder.Interruption == inventory.InterruptionPending || holder.State.Leaving() || holder.Scaling.Terminating()
		if !goes || !holder.MemberOf(e.Group) || e.Released() || !places[place{e.Group, e.AZ}] || mine[e.ID] || leaves[holder.ID] {
			continue
		}
		if reason, _ := d.policy.Untouchable(e); reason == "" {
			item := Item{Interface: e, need: need{e: e, doomed: holder.ID, mayStart: d.policy.StartStandbys}}
			if !holder.State.Leaving() {
				item.need.serves(holder)
			}
			list = append(list, item)
		}
	}
	return list
}

// placeTogether gives slots to items together with those of [decision.others]. The slots of the others are free again
// afterwards: an item that would go without gets one of them.
func (d *decision) placeTogether(items, others []Item) {
	// The instances were read after the interfaces. What has arrived meanwhile has its slot, and must not get a second one.
	all := slices.DeleteFunc(slices.Concat(items, others), func(i Item) bool {
		to := d.arrivedOn(i.Interface)
		if to != "" {
			d.slots.hold(to)
		}
		return to != ""
	})
	slices.SortStableFunc(all, func(a, b Item) int {
		return cmp.Or(count(d.departing(a))-count(d.departing(b)), strings.Compare(a.Interface.ID, b.Interface.ID))
	})
	d.placeEach(all)
	placed := map[string]Item{}
	for _, item := range all {
		placed[item.Interface.ID] = item
	}
	for _, item := range others {
		if slot := placed[item.Interface.ID].Choice; slot.Instance != "" {
			d.slots.Release(slot)
		}
	}
	for i := range items {
		if item, ok := placed[items[i].Interface.ID]; ok {
			items[i] = item
		}
	}
	d.placeEach(items)
}

// departing reports whether the instance that an interface has to leave still runs. The interface can wait for a cold
// standby; one that is down already gets the standby that runs. How far its move has come does not count, or two
// invocations would see different orders.
func (d *decision) departing(item Item) bool {
	doomed := d.instance(item.need.doomed)
	return doomed.State.Shown() && !doomed.State.Leaving()
}

// arrivedOn returns the member that holds an interface which was read on no instance, or on another one; empty if none does.
func (d *decision) arrivedOn(e inventory.Interface) string {
	for _, in := range d.membersOf(e.Group) {
		if in.ID != e.Holder() && slices.Contains(in.Secondary, e.ID) {
			return in.ID
		}
	}
	return ""
}
