package failover

import (
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// unserved reports whether no running instance holds an interface, so that its address is dead.
func unserved(e inventory.Interface, s inventory.Snapshot) bool {
	return e.Unattached() || e.Detaching() || s.Instances[e.Holder()].State.Leaving()
}

// leftDead reports whether the interface had no running holder and is left so although it is not stranded: it is
// paused, its group is not served here, or this is a dry run. An interface that is never moved, like a primary one, does
// not count: moving would not save its address.
func (i *interfaceResult) leftDead() bool {
	left := i.Outcome == plan.OutcomeIgnored || i.Outcome == plan.OutcomePlanned
	return i.unserved && left && i.Reason != plan.ReasonUnsupportedInterface
}

// heldBack reports whether a reachability alarm came to nothing because of the cool-down. The alarm does not go off
// again, so a person has to hear of it.
func (i *interfaceResult) heldBack(kind trigger.Kind) bool {
	return i.Reason == plan.ReasonCooldown && kind == trigger.KindAlarm
}

// undone says what needs a person although the event is a success: the function returns no error that could say so.
func (r *result) undone() []string {
	var lines []string
	for n := range r.interfaces {
		i := &r.interfaces[n]
		stranded := i.Outcome == plan.OutcomeStranded
		if stranded || i.heldBack(r.trigger.Kind) || (r.trigger.Kind == trigger.KindSweep && i.leftDead()) {
			lines = append(lines, i.line())
		}
		for _, warning := range i.recordWarnings() {
			lines = append(lines, i.subject()+": "+warning)
		}
	}
	return lines
}

// wrong reports whether a record was found that does not lead to the interface.
func wrong(s record.State) bool { return s == record.Mismatch || s == record.Missing }
