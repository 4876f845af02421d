package plan

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// departure plans for an instance that is going away: everything that it leaves moves.
func (d *decision) departure() Plan {
	doomed := d.instance(d.trigger.Instance)
	if reason, detail := d.ignoreDeparture(doomed); reason != "" {
		return Plan{Ignored: reason, Detail: detail}
	}
	// The event announces the end, or EC2 shows it by now: whichever is further gone decides about force.
	u := urgencyOf(d.announced(), doomed.State)
	return d.leftBy(doomed, func(e inventory.Interface) Item { return d.move(e, doomed, u) })
}

// leftBy plans for everything that an instance leaves; item makes the item of one interface.
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

// leaves reports whether an instance that goes away leaves the interface. It leaves the interfaces that are attached to
// it, and the released ones of its groups in its Availability Zone: a move that was cut off leaves them so.
func leaves(doomed inventory.Instance, e inventory.Interface) bool {
	if e.Holder() == doomed.ID {
		return true
	}
	return e.Released() && e.AZ == doomed.AZ && doomed.MemberOf(e.Group)
}

// announced returns how far gone the instance is by the event.
func (d *decision) announced() urgency {
	if d.ends() {
		return ending
	}
	return leaving
}

// ends reports whether the event says that its instance never comes back.
func (d *decision) ends() bool {
	return d.trigger.Kind == trigger.KindShuttingDown || d.trigger.Kind == trigger.KindTerminated
}

// ignoreDeparture says how EC2 and Auto Scaling contradict the event by now; empty if they do not.
func (d *decision) ignoreDeparture(in inventory.Instance) (Reason, string) {
	if reason, detail := d.formerRun(in); reason != "" {
		return reason, detail
	}
	switch {
	case d.trigger.Kind == trigger.KindLifecycle:
		// EC2 shows the instance running until the action is completed: only Auto Scaling can contradict it.
		return staleLifecycle(in.ID, in.Scaling)
	case in.State.Leaving():
		return "", "" // as gone as the event says, or further
	case d.trigger.Kind == trigger.KindSpotInterruption:
		return d.ignoreSpotWarning(in)
	case in.State.Shown():
		// The event is out of order, or from before the instance was started again.
		d.doubtContradiction(in)
		return ReasonStale, fmt.Sprintf("EC2 says that %s is %s now", in.ID, in.State)
	}
	return "", "" // an instance that is not shown does not speak against the event
}

// ignoreSpotWarning says why a Spot interruption warning does not count for an instance that does not go away yet;
// empty if it does. A young warning counts by itself: the Spot request may show the interruption later.
func (d *decision) ignoreSpotWarning(in inventory.Instance) (Reason, string) {
	if in.State.Shown() && !in.Spot {
		return ReasonNotSpot, in.ID + " is not a Spot instance"
	}
	age := d.now.Sub(d.trigger.Time)
	if age <= SpotWarningLife || in.Interruption == inventory.InterruptionPending {
		return "", ""
	}
	says := "announces no interruption"
	if in.Interruption == inventory.InterruptionUnknown {
		says = "is not known"
	}
	return ReasonStale, fmt.Sprintf("the warning is %s old, and the Spot request of %s %s", age.Truncate(time.Second), in.ID, says)
}
