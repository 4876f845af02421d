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

// replanTime limits the time of the reads for a new plan. What can be done without a plan waits for it: an unattached
// interface may go back to its origin.
const replanTime = 10 * time.Second

// planAnew makes one new plan for interfaces that every candidate has refused. With a plan for each, two of them could be
// promised the same slot. Those that need a plan while one is made wait for the next: a hundred interfaces take two or
// three reads of the account, not a hundred.
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
	// The malformed tags of candidates are a warning in the report.
	for _, id := range snapshot.InstanceIDs() {
		if in := snapshot.Instances[id]; len(in.TagFaults) > 0 {
			made.malformed = append(made.malformed, in)
		}
	}
	for _, id := range ids {
		if e, ok := snapshot.Interface(id); ok && !e.Unattached() {
			made.attached = append(made.attached, id)
		}
	}
	made.items, made.slots = plan.Replan(items, reserved, snapshot, m.policy, time.Now())
	return made
}

// deliverPlan gives the moves their parts of a new plan. From here on they share its ledger; the other moves keep theirs.
func (r *run) deliverPlan(ctx context.Context, now time.Time, msg planMade) {
	r.malformed = append(r.malformed, msg.malformed...)
	for n, id := range msg.ids {
		if slices.Contains(msg.attached, id) {
			r.jobs[id].move.ReadAttached()
		}
		r.jobs[id].move.Replanned(now, msg.items[n], msg.slots)
		r.logEnd(ctx, id, step.Action{Do: step.Replan}, msg.result, msg.items[n].Choice.Instance)
	}
}

// reservedBut lists the slots that the moves of all interfaces but these have reserved. A new plan must leave them alone:
// the ledger that it makes does not know what is on its way.
func (r *run) reservedBut(ids []string) []plan.Slot {
	var slots []plan.Slot
	for _, id := range r.order {
		if slot, ok := r.jobs[id].move.Reserved(); ok && !slices.Contains(ids, id) {
			slots = append(slots, slot)
		}
	}
	return slots
}
