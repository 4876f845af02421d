package mover

import (
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// replanTime limits the looks for a new plan. What could be done without them waits for it: an interface that is
// unattached may go back to its origin.
const replanTime = 10 * time.Second

// planAnew makes one new plan for interfaces, so that none is promised the slot of another. Those that need one while
// it is made wait for the next: that is two or three looks at the account for a hundred interfaces, not a hundred.
func (r *run) planAnew(ctx context.Context, ids []string) {
	if len(ids) == 0 || r.planning {
		return
	}
	r.planning = true
	items := make([]plan.Item, len(ids))
	for n, id := range ids {
		items[n] = r.jobs[id].move.Item()
	}
	reserved := r.reservedBut(ids)
	r.call(ids, func() message {
		ctx, cancel := context.WithTimeout(ctx, replanTime)
		defer cancel()
		next, slots := r.again(ctx, items, reserved)
		return planMade{ids: ids, items: next, slots: slots}
	})
}

// deliverPlan gives the moves their parts of a new plan.
func (r *run) deliverPlan(now time.Time, msg planMade) {
	for n, id := range msg.ids {
		r.jobs[id].move.Replanned(now, msg.items[n], msg.slots)
	}
}

// reservedBut lists the slots that the moves of all interfaces but these have reserved.
func (r *run) reservedBut(ids []string) []plan.Slot {
	var slots []plan.Slot
	for _, id := range r.order {
		if slot, ok := r.jobs[id].move.Reserved(); ok && !slices.Contains(ids, id) {
			slots = append(slots, slot)
		}
	}
	return slots
}
