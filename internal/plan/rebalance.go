package plan

import (
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// rebalance plans for an instance that may be interrupted, or may not: only a better place is worth a
// break in service.
func (d *decision) rebalance() Plan {
	doomed := d.instance(d.trigger.Instance)
	if reason, detail := d.formerRun(doomed); reason != "" {
		return Plan{Ignored: reason, Detail: detail}
	}
	plan := d.leftBy(doomed, func(e inventory.Interface) Item {
		item := d.item(e, doomed, urgencyOf(asked, doomed.State))
		if item.Settled == "" && !e.Released() && !d.returnedSince(e, d.trigger.Time) && d.policy.ActOnRebalance {
			if reason, detail := d.young(e, d.now); reason != "" {
				return d.settled(e, OutcomeIgnored, reason, detail)
			}
		}
		if d.policy.ActOnRebalance {
			item.need.pool = doomed.Type // else the report says what the interruption itself would find
		}
		item.WriteLeftTag = !e.Released() && doomed.State == inventory.StateRunning
		return item
	})
	plan.Lenient = true
	if !d.policy.ActOnRebalance {
		plan.Mode = ModeReport
	}
	return plan
}
