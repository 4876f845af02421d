package mover

import (
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
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
		r.logBegin(ctx, id, step.Action{Do: step.Replan})
	}
	reserved := r.reservedBut(ids)
	r.call(ids, func() message { return r.mover.replan(ctx, ids, items, reserved) })
}

// replan reads as much of the account as a new plan for interfaces needs, and plans for them alone. Reserved are the
// slots of the other moves under way.
func (m *Mover) replan(ctx context.Context, ids []string, items []plan.Item, reserved []plan.Slot) planMade {
	ctx, cancel := context.WithTimeout(ctx, replanTime)
	defer cancel()
	ctx, cancelRead := pace.WithReserve(ctx) // near the deadline, a plan leaves time to attach by it
	defer cancelRead()
	made := planMade{ids: ids, items: items}
	doomed := make([]string, len(items))
	for n := range items {
		doomed[n] = items[n].Doomed
	}
	snapshot, err := m.observer.ReadForReplan(ctx, ids, doomed)
	if err != nil {
		made.result = string(fault.ClassOf(err)) // nothing can be planned on; the next attempt may read more
		return made
	}
	for _, id := range snapshot.InstanceIDs() {
		if in := snapshot.Instances[id]; len(in.TagFaults) > 0 {
			made.malformed = append(made.malformed, in)
		}
	}
	made.items, made.slots = plan.Replan(items, reserved, snapshot, m.policy, time.Now())
	return made
}

// deliverPlan gives the moves their parts of a new plan.
func (r *run) deliverPlan(ctx context.Context, now time.Time, msg planMade) {
	r.malformed = append(r.malformed, msg.malformed...)
	for n, id := range msg.ids {
		r.jobs[id].move.Replanned(now, msg.items[n], msg.slots)
		r.logEnd(ctx, id, step.Action{Do: step.Replan}, msg.result, msg.items[n].Choice.Instance)
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
