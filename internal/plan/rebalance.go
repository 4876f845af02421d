package plan

import "github.com/eni-failover/eni-failover/internal/inventory"

// rebalance plans for an instance that may be interrupted, or may not. Only a better place is worth a break in service:
// On-Demand, or another Spot pool.
func (d *decision) rebalance() Plan {
	doomed := d.instance(d.trigger.Instance)
	if reason, detail := d.formerRun(doomed); reason != "" {
		return Plan{Ignored: reason, Detail: detail}
	}
	plan := d.leftBy(doomed, func(e inventory.Interface) Item { return d.rebalanced(e, doomed) })
	plan.Lenient = true // the instance serves, and a stranded interface stays on it
	if !d.policy.ActOnRebalance {
		plan.Mode = ModeReport
	}
	return plan
}

// rebalanced makes the item for one interface that the instance leaves.
func (d *decision) rebalanced(e inventory.Interface, doomed inventory.Instance) Item {
	item := d.move(e, doomed, urgencyOf(unforced, doomed.State))
	if d.policy.ActOnRebalance {
		if item.Settled == "" && !e.Released() && !d.returnedSince(e, d.trigger.Time) {
			if reason, detail := d.coolingDown(e, d.now); reason != "" {
				return d.settled(e, OutcomeIgnored, reason, detail)
			}
		}
		item.need.pool = doomed.Type // without it, the report says what the interruption itself would find
	}
	item.WriteLeftTag = !e.Released() && doomed.State == inventory.StateRunning
	return item
}
