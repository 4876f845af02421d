package plan

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// decision is a plan in the making: what the plan is made on, and what the parts of deciding share.
type decision struct {
	trigger  trigger.Trigger
	snapshot inventory.Snapshot
	policy   Policy
	// now is the instant at which the plan is made. What a read shows is judged by the time of the read instead.
	now time.Time
	// slots becomes [Plan.Slots].
	slots *SlotLedger
	// groups are the instances of each group, and members what is known of those of a group that was asked for; nil until
	// the first is asked for.
	groups  map[string][]*inventory.Instance
	members map[string][]*member
	// eligible, order and refused are used again for each interface, see [decision.candidates].
	eligible []ranked
	order    []*ranked
	refused  []Candidate
	// doubts becomes [Plan.Doubts].
	doubts []string
	// suspects are the instances that a verdict names, by interface; the id is empty where it names none.
	suspects map[string]string
	// relieved is the one instance that a request takes its interfaces from, if it is one.
	relieved string
}

// Decide makes the plan for a trigger at the instant now. The snapshot must show all managed interfaces of the region,
// and the instances that the [Selection] of the trigger's [Scope] names: the members of its groups, and the holders.
func Decide(t trigger.Trigger, s inventory.Snapshot, p Policy, now time.Time) Plan {
	d := &decision{trigger: t, snapshot: s, policy: p, now: now, slots: newSlotLedger(s, heldIn(s))}
	// First the items, whatever standbys there are: which interfaces should move, and why.
	var plan Plan
	switch t.Kind {
	case trigger.KindSpotInterruption, trigger.KindLifecycle,
		trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated:
		plan = d.departure()
	case trigger.KindAlarm:
		plan = d.alarm()
	case trigger.KindUnreachable:
		plan = d.unreachable()
	case trigger.KindReached:
		plan = d.reached()
	case trigger.KindRebalance:
		plan = d.rebalance()
	case trigger.KindRunning:
		plan = d.running()
	case trigger.KindSweep:
		plan = d.sweep()
	case trigger.KindHealth, trigger.KindRehearsal:
		plan = d.rehearsal()
	case trigger.KindManual:
		plan = d.manual()
	case trigger.KindUnknown:
		plan = Plan{Ignored: ReasonNoAction, Detail: t.Ignored}
	}
	// Then the standbys, for all items together, so that no slot is given twice.
	if t.Kind == trigger.KindRehearsal || t.Kind == trigger.KindHealth {
		d.assignEach(plan.Items)
	} else {
		d.assign(plan.Items, d.others(plan.Items))
	}
	plan.Slots = d.slots
	plan.Doubts = d.doubtful(plan)
	return plan
}
