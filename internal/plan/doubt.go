package plan

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// A Describe call may show the account as it was some seconds ago ("Eventual consistency in the Amazon EC2 API"): an
// instance that was launched or started a short while ago is not shown, or shown as stopped. So one read never proves
// that an instance does not run. The states shutting-down and terminated prove themselves, since no instance comes back
// from them.

// doubt notes that the plan needs a second read of an instance.
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

// unproven reports whether one read alone says that a holder does not run, or is not there. An event which says that the
// holder goes away agrees with a read that shows it stopped. No event agrees with a read that does not show the holder
// at all: EC2 shows even a terminated instance for about an hour ("Terminate Amazon EC2 instances" in the EC2 User
// Guide).
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

// judgesByState reports whether the state of the holder decides about a move: for a sweep and for an instance that came
// up it is the reason to move, and it confirms an alarm. Other events move the interfaces of a running holder, too.
func (d *decision) judgesByState() bool {
	return slices.Contains([]trigger.Kind{trigger.KindSweep, trigger.KindRunning, trigger.KindAlarm}, d.trigger.Kind)
}

// doubtContradiction asks for a second read where EC2 contradicts the event, if the instance would leave any interface:
// the read may be older than the event.
func (d *decision) doubtContradiction(in inventory.Instance) {
	leavesAny := slices.ContainsFunc(d.snapshot.Interfaces, func(e inventory.Interface) bool {
		reason, _ := d.policy.Untouchable(e)
		return reason == "" && leaves(in, e)
	})
	if leavesAny {
		d.doubt(in)
	}
}
