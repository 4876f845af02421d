package plan

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// departure plans for an instance that is going away: all that it leaves moves.
func (d *decision) departure() Plan {
	doomed := d.instance(d.trigger.Instance)
	if reason, detail := d.ignoreDeparture(doomed); reason != "" {
		return Plan{Ignored: reason, Detail: detail}
	}
	u := urgencyOf(d.announced(), doomed.State)
	return d.leftBy(doomed, func(e inventory.Interface) Item { return d.item(e, doomed, u) })
}

// leftBy plans for all that an instance leaves: item makes each interface's item.
func (d *decision) leftBy(doomed inventory.Instance, item func(inventory.Interface) Item) Plan {
	var plan Plan
	for _, e := range d.snapshot.Interfaces {
		if leaves(doomed, e) {
			plan.Items = append(plan.Items, item(e))
		}
	}
	if len(plan.Items) == 0 {
		return Plan{Ignored: ReasonNotConcerned, Detail: doomed.ID + " holds and leaves no managed interface"}
	}
	return plan
}

// leaves reports whether an instance that goes away leaves the interface: it is attached to it, or it is
// one of its groups' in its Availability Zone that hangs loose, as after a move that broke off.
func leaves(doomed inventory.Instance, e inventory.Interface) bool {
	if e.Holder() == doomed.ID {
		return true
	}
	return e.Released() && e.AZ == doomed.AZ && doomed.MemberOf(e.Group)
}

// announced is how far gone the event says that its instance is.
func (d *decision) announced() urgency {
	if d.ends() {
		return ending
	}
	return leaving
}

// ends reports whether the event says that its instance ends for good: no instance comes back from that.
func (d *decision) ends() bool {
	return d.trigger.Kind == trigger.KindShuttingDown || d.trigger.Kind == trigger.KindTerminated
}

// ignoreDeparture says why what EC2 shows now does not bear the event out; empty if it does.
func (d *decision) ignoreDeparture(in inventory.Instance) (Reason, string) {
	if reason, detail := d.formerRun(in); reason != "" {
		return reason, detail
	}
	if d.trigger.Kind == trigger.KindLifecycle {
		if detail := staleLifecycle(in.ID, in.Scaling); detail != "" {
			return ReasonStale, detail
		}
		return "", ""
	}
	unknown := in.State == inventory.StateUnasked || in.State == inventory.StateUnseen
	if in.State.Leaving() {
		return "", "" // as gone as the event says, or further
	}
	if d.trigger.Kind != trigger.KindSpotInterruption {
		if unknown {
			return "", "" // what can't be found out does not speak against the event
		}
		d.doubtContradiction(in)
		return ReasonStale, fmt.Sprintf("EC2 says that %s is %s now", in.ID, in.State)
	}
	if !in.Spot && !unknown {
		return ReasonNotSpot, in.ID + " is no Spot instance"
	}
	age := d.now.Sub(d.trigger.Time)
	if age > SpotWarningLife && in.Interruption != inventory.InterruptionPending {
		says := "announces no interruption"
		if in.Interruption == inventory.InterruptionUnknown {
			says = "is not known"
		}
		return ReasonStale, fmt.Sprintf("the warning is %s old, and the Spot request of %s %s", age.Truncate(time.Second), in.ID, says)
	}
	return "", ""
}
