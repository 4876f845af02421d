package plan

import "github.com/eni-failover/eni-failover/internal/trigger"

// rehearsal plans for the departure of every holder, or of the holders that a Health event names: what would happen if
// it went now?
func (d *decision) rehearsal() Plan {
	plan := Plan{Mode: ModeRehearse, Lenient: true}
	if d.trigger.Kind == trigger.KindHealth {
		plan.Mode = ModeReport
	}
	for _, e := range d.snapshot.Interfaces {
		switch {
		case !concerns(d.trigger, e, nil):
		case e.Unattached():
			plan.Items = append(plan.Items, d.attach(e, leaving))
		default:
			plan.Items = append(plan.Items, d.move(e, d.instance(e.Holder()), leaving))
		}
	}
	if len(plan.Items) == 0 {
		return Plan{Ignored: ReasonNotConcerned, Detail: "no managed interface is concerned", Lenient: true}
	}
	return plan
}
