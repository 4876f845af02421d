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

// leftDead reports whether a sweep found the interface without a running holder, and leaves it so although it is
// not stranded: the interface is paused, its group is not served here, or this is a dry run. An interface that is
// never moved, like a primary one, has no address that anybody could save.
func (r *InterfaceReport) leftDead() bool {
	left := r.Outcome == plan.OutcomeIgnored || r.Outcome == plan.OutcomePlanned
	return r.unserved && left && r.Reason != plan.ReasonUnsupportedInterface
}

// heldBack reports whether a reachability alarm came to nothing because of the cool-down. The alarm does not speak
// again, so a person has to hear of it.
func (r *InterfaceReport) heldBack(kind trigger.Kind) bool {
	return r.Reason == plan.ReasonCooldown && kind == trigger.KindAlarm
}

// undone describes what needs a person although the event is a success: the function returns no error that could say
// so.
func (r *Report) undone() []string {
	var lines []string
	for n := range r.Interfaces {
		i := &r.Interfaces[n]
		stranded := i.Outcome == plan.OutcomeStranded
		if stranded || i.heldBack(r.Trigger.Kind) || (r.Trigger.Kind == trigger.KindSweep && i.leftDead()) {
			lines = append(lines, describe(*i))
		}
		for _, warning := range i.recordWarnings {
			lines = append(lines, subject(*i)+": "+warning)
		}
	}
	return lines
}

// explain makes the detail of a successful event say what is left undone, where it is, and the next step.
func (r *Report) explain() {
	lines := r.undone()
	if len(lines) == 0 {
		return
	}
	r.needsPerson = true
	r.Detail = joinFew(lines)
}

// wrong reports whether a record was found that does not lead to the interface.
func wrong(s record.State) bool { return s == record.Mismatch || s == record.Missing }
