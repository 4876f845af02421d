package plan

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// sweep plans for all that no event has told of, or whose event came to nothing.
func (d *decision) sweep() Plan {
	plan := d.healAll(func(inventory.Interface) bool { return true })
	plan.Lenient = true
	return plan
}

// healAll heals the interfaces in scope. Those that need nothing are left out of the plan: there may be thousands.
func (d *decision) healAll(inScope func(inventory.Interface) bool) Plan {
	var plan Plan
	served := 0
	for _, e := range d.snapshot.Interfaces {
		if !inScope(e) {
			continue
		}
		if item := d.heal(e); item.Reason == ReasonHolderServes {
			served++
		} else {
			plan.Items = append(plan.Items, item)
		}
	}
	if len(plan.Items) == 0 {
		plan.Detail = fmt.Sprintf("of %d interfaces none has a holder that gives a reason to move it", served)
	}
	return plan
}

// heal makes the item for an interface that may need help, by what EC2 shows of it and of its holder alone.
func (d *decision) heal(e inventory.Interface) Item {
	if e.Unattached() {
		return d.attach(e, unforced)
	}
	holder := d.instance(e.Holder())
	u, doomed := d.dooms(holder)
	// Counted to the read that shows it: what was attaching then may be attached by now.
	stuck := e.Attachment.Status == inventory.StatusAttaching && d.snapshot.At.Sub(e.Attachment.AttachTime) > StuckAfter
	switch {
	case doomed, stuck:
	case e.Detaching():
		// The holder gives no reason to move it: a person detaches it, or the move that it belongs to was cut off. The old
		// holder may have it back.
		return d.attach(e, unforced)
	default:
		// A holder that one read does not show may be gone: the plan does nothing, and asks for a second read.
		if reason, _ := d.policy.Untouchable(e); reason == "" && holder.State == inventory.StateUnseen {
			d.doubt(holder)
		}
		return d.settled(e, OutcomeNothingToDo, ReasonHolderServes, holder.ID+" holds it and gives no reason to move it")
	}
	// A stuck interface is taken off a holder that may be well, by force if need be: it was never attached there.
	item := d.move(e, holder, max(u, leaving))
	// An impaired holder still runs and may recover, so a young attachment is given time.
	if item.Settled == "" && u == unreachable && !e.Detaching() && !stuck {
		if reason, detail := d.coolingDown(e, d.now); reason != "" {
			return d.settled(e, OutcomeIgnored, reason, detail)
		}
	}
	item.Stuck = stuck
	item.WriteLeftTag = u == unreachable && !e.Detaching()
	if stuck {
		item.Serving, item.need.serving = false, false // the interface has never arrived there
	}
	return item
}

// dooms reports whether what EC2 says of a holder is by itself a reason to relieve it, and how urgent it is.
func (d *decision) dooms(holder inventory.Instance) (urgency, bool) {
	switch {
	case holder.State.Leaving():
		return urgencyOf(leaving, holder.State), true
	case holder.Interruption == inventory.InterruptionPending, holder.Scaling.Terminating():
		return leaving, true
	case d.longImpaired(holder):
		return unreachable, true
	}
	return unforced, false
}

// longImpaired reports whether a holder has been impaired for so long that it is relieved for that.
func (d *decision) longImpaired(in inventory.Instance) bool {
	since := in.Health.ImpairedSince
	// Without the time since which a check fails, the holder is not relieved: the failure may be a moment old.
	return d.policy.ImpairedAfter > 0 && in.State == inventory.StateRunning && in.Health.Impaired() &&
		!since.IsZero() && d.snapshot.At.Sub(since) >= d.policy.ImpairedAfter
}
