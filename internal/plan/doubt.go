package plan

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// What a Describe call shows may be some seconds older than what is ("Eventual consistency in the Amazon EC2
// API"): an instance that was launched or started a short while ago is not shown, or still as stopped. So one
// look never proves that an instance does not run. Only shutting-down and terminated prove themselves, since
// there is no way back from them.

// doubt notes that the plan needs a second look at an instance.
func (d *decision) doubt(in inventory.Instance) {
	if !in.Confirmed && !slices.Contains(d.doubts, in.ID) {
		d.doubts = append(d.doubts, in.ID)
	}
}

// doubtful lists the instances that a plan doubts. A plan that changes nothing doubts nothing.
func (d *decision) doubtful(p Plan) []string {
	if p.Mode != ModeAct {
		return nil
	}
	for _, item := range p.Items {
		if item.Settled != "" || item.Interface.Released() {
			continue
		}
		if holder := d.instance(item.Interface.Holder()); d.unproven(holder) {
			d.doubt(holder)
		}
	}
	slices.Sort(d.doubts)
	return d.doubts
}

// unproven reports whether one look alone says that a holder does not run, or is not there. An event that says
// itself that the holder goes away agrees with a look that shows it stopped. Not even one that says that it is
// terminated agrees with a look that does not show it: EC2 shows a terminated instance for about an hour ("Terminate
// Amazon EC2 instances" in the EC2 User Guide).
func (d *decision) unproven(holder inventory.Instance) bool {
	switch holder.State {
	case inventory.StateUnseen:
		return true
	case inventory.StateStopping, inventory.StateStopped:
		return d.judgesByState()
	case inventory.StateUnasked, inventory.StateMissing, inventory.StatePending, inventory.StateRunning,
		inventory.StateShuttingDown, inventory.StateTerminated:
	}
	return false
}

// judgesByState reports whether the state of the holder is a reason to move: it is the only one of a sweep and
// of an instance that came up, and it bears an alarm out. What else moves interfaces does so from a holder that
// runs, too.
func (d *decision) judgesByState() bool {
	return slices.Contains([]trigger.Kind{trigger.KindSweep, trigger.KindRunning, trigger.KindAlarm}, d.trigger.Kind)
}

// doubtContradiction asks for a second look where EC2 contradicts the event, if there is anything that the
// instance would leave: the look may be older than the event.
func (d *decision) doubtContradiction(in inventory.Instance) {
	leavesAny := slices.ContainsFunc(d.snapshot.Interfaces, func(e inventory.Interface) bool {
		reason, _ := d.policy.Untouchable(e)
		return reason == "" && leaves(in, e)
	})
	if leavesAny {
		d.doubt(in)
	}
}
