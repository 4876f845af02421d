package failover

import (
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// unserved reports whether no running instance holds the interface, so that nothing answers at its address.
func unserved(e inventory.Interface, s inventory.Snapshot) bool {
	return e.Unattached() || e.Detaching() || s.Instances[e.Holder()].State.Leaving()
}

// leftUnserved reports whether the interface had no running holder and is left so although it is not stranded: it is
// paused, its group is not served here, or this is a dry run. An interface that is never moved, like a primary one, does
// not count: moving would not save its address.
func (i *interfaceResult) leftUnserved() bool {
	left := i.Outcome == plan.OutcomeIgnored || i.Outcome == plan.OutcomePlanned
	return i.unserved && left && i.Reason != plan.ReasonUnsupportedInterface
}

// heldBack reports whether a reachability alarm or a verdict came to nothing because of the cool-down. A person has to hear
// of it: an alarm does not go off again, and what a verdict is about stays down until the cool-down is over.
func (i *interfaceResult) heldBack(kind trigger.Kind) bool {
	return i.Reason == plan.ReasonCooldown && (kind == trigger.KindAlarm || kind == trigger.KindUnreachable)
}

// undone returns a line for each thing that a person has to do although the event is a success.
func (r *result) undone() []string {
	var lines []string
	for n := range r.interfaces {
		i := &r.interfaces[n]
		stranded := i.Outcome == plan.OutcomeStranded // not an error here: the plan is lenient
		if stranded || i.heldBack(r.trigger.Kind) || (r.trigger.Kind == trigger.KindSweep && i.leftUnserved()) {
			lines = append(lines, i.line())
		}
		for _, warning := range i.recordWarnings() {
			lines = append(lines, i.subject()+": "+warning)
		}
	}
	return lines
}

// wrong reports whether a name does not lead to the interface.
func wrong(s record.State) bool { return s == record.Mismatch || s == record.Missing }
