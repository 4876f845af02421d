package plan

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Replan plans anew for items whose interfaces were detached and whose candidates have all refused. Any member will do
// now, also one that the request did not ask for, and no interface may be left alone any more. But an interface that may
// yet go back to an instance that runs has something to lose: it gets no candidate that it would not have been taken off for.
// The slots that are
// reserved for the other moves under way stay reserved: a standby is not taken from an interface that is still on its
// way there. It returns the items with new candidates, and the ledger that their slots are reserved in.
func Replan(items []Item, reserved []Slot, s inventory.Snapshot, p Policy, now time.Time) ([]Item, *SlotLedger) {
	d := &decision{snapshot: s, policy: p, now: now, slots: newSlotLedger(s, heldIn(s))}
	d.slots.reserveAll(reserved)
	items = slices.Clone(items)
	for i := range items {
		item := &items[i]
		item.Settled, item.Choice = "", Slot{}
		item.need.e, item.need.target = item.Interface, ""
		if item.LastResort || d.instance(item.Origin).State != inventory.StateRunning {
			item.need.serving, item.need.pool = false, ""
		}
	}
	d.assign(items, d.others(items))
	return items, d.slots
}
