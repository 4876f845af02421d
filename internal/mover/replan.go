package mover

import (
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// Interfaces that come from one instance tend to be refused together, at the moment when EC2 has least to spare.
// So what they have to ask then, they ask together.

// askOrigins asks whether the instances that interfaces could go back to still run.
func (r *run) askOrigins(ctx context.Context, ids []string) {
	if len(ids) == 0 {
		return
	}
	var origins []string
	for _, id := range ids {
		if origin := r.flights[id].move.Item().Origin; !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	r.call(ids, func() func(time.Time) {
		states := r.sureStates(ctx, origins)
		return func(time.Time) {
			for _, id := range ids {
				// What could not be asked is not taken for running.
				move := r.flights[id].move
				move.Origin(states[move.Item().Origin])
			}
		}
	})
}

// replanTime is the most that the looks for a new plan may take. What could be done without them waits for it: an
// interface that is attached nowhere may go back to its origin.
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
		items[n] = r.flights[id].move.Item()
	}
	reserved := r.reservedBut(ids)
	r.call(ids, func() func(time.Time) {
		ctx, cancel := context.WithTimeout(ctx, replanTime)
		defer cancel()
		next, book := r.again(ctx, items, reserved)
		return func(now time.Time) {
			r.planning = false
			for n, id := range ids {
				r.flights[id].move.Replanned(now, next[n], book)
			}
		}
	})
}

// reservedBut lists the slots that the moves of all interfaces but these have booked.
func (r *run) reservedBut(ids []string) []plan.Slot {
	var slots []plan.Slot
	for _, id := range r.order {
		if slot, ok := r.flights[id].move.Reserved(); ok && !slices.Contains(ids, id) {
			slots = append(slots, slot)
		}
	}
	return slots
}
