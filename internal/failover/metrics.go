package failover

import (
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// measure writes the metrics of an invocation that began at start: a line for each group, and one for an event without any.
func (h *Handler) measure(start, now time.Time, r *result) {
	groups := map[string]emf.Set{}
	of := func(group string) emf.Set {
		if groups[group] == nil {
			groups[group] = emf.Set{}
		}
		return groups[group]
	}
	for n := range r.interfaces {
		i := &r.interfaces[n]
		r.measureInterface(start, of(i.item.Interface.Group), i)
	}
	if len(r.interfaces) == 0 {
		if name := r.metric(); name != "" {
			of("").Count(name, 1)
		}
	}
	for _, f := range r.busFaults {
		of("").Count(f.metric, 1)
	}
	// A sweep that could not observe knows nothing of any interface, and must not end an alarm.
	if r.trigger.Kind == trigger.KindSweep && r.reason != plan.ReasonNotObserved {
		// A sign of life, and two gauges, so that their alarms end when a running instance holds the interface again.
		of("").Count("Sweeps", 1)
		of("").Count("StrandedInterfaces", r.count(func(i *interfaceResult) bool { return i.Outcome == plan.OutcomeStranded }))
		of("").Count("UnservedInterfaces", r.count((*interfaceResult).leftUnserved))
		if h.settings.ProbeVPC != "" {
			of("").Count("UnreachedInterfaces", r.unreached)
		}
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		h.metrics.Write(now, group, groups[group])
	}
}

// metric names the metric that counts an event without interfaces; empty if none does. Bad input has a metric of its own:
// it is not a failed failover.
func (r *result) metric() string {
	switch {
	case r.outcome == plan.OutcomeIgnored:
		return "Ignored"
	case r.outcome == plan.OutcomeFailed && r.reason == plan.ReasonBadInput:
		return "BadInput"
	case r.outcome == plan.OutcomeFailed:
		return "Failures"
	}
	return ""
}

// count counts the interfaces that match.
func (r *result) count(matches func(*interfaceResult) bool) int {
	total := 0
	for n := range r.interfaces {
		if matches(&r.interfaces[n]) {
			total++
		}
	}
	return total
}

// measureInterface adds one interface to the metrics of its group. A dry run moves nothing, so it only counts what was
// refused. The rehearsal only counts what is wrong, since CloudWatch charges for each metric in each hour with a value.
func (r *result) measureInterface(start time.Time, s emf.Set, i *interfaceResult) {
	kind := r.trigger.Kind
	if name := i.metric(kind); name != "" {
		s.Count(name, 1)
	}
	if i.Reason == plan.ReasonDenied && !i.deniedCounted { // else it was counted during the move
		s.Count("PermissionDenied", 1)
	}
	r.measureHeldBack(start, s, i)
	for _, found := range i.records {
		if kind != trigger.KindRehearsal || wrong(found.State) {
			s.Count("Record-"+string(found.State), 1)
		}
	}
	if r.dryRun {
		return
	}
	if len(i.Differences) > 0 {
		s.Count("Differences", len(i.Differences))
	}
	if d, ok := r.attachToReached(i); ok {
		s.Time("AttachToReached", d.Milliseconds())
	}
	if i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached {
		r.measureMove(s, i)
	}
}

// measureMove adds how long a move took, and its parts.
func (r *result) measureMove(s emf.Set, i *interfaceResult) {
	if !r.trigger.Time.IsZero() {
		s.Time("EventToAttached", i.sinceEvent(r.trigger).Milliseconds())
	}
	if i.Started { // few moves need a start
		s.Time("StartTime", i.StartTime.Milliseconds())
	}
	s.Time("DetachTime", i.Detached.Milliseconds())
	s.Time("AttachTime", i.Attached.Milliseconds())
	s.Time("VerifyTime", i.Verified.Milliseconds())
}

// metric names the metric that counts the interface's outcome; empty if none does.
func (i *interfaceResult) metric(kind trigger.Kind) string {
	switch {
	case i.Outcome == plan.OutcomeMoved:
		return "Moves"
	case i.Outcome == plan.OutcomeAttached:
		return "Attached"
	case i.Outcome == plan.OutcomeFailed && !i.item.Refused: // a request that can't be met says nothing of the service
		return "Failures"
	case i.Outcome == plan.OutcomeStranded:
		return "Stranded"
	case i.Outcome == plan.OutcomeIgnored && kind != trigger.KindRehearsal:
		return "Ignored"
	}
	return ""
}

// measureHeldBack counts an interface that is left where nothing answers. A person has to hear of it as of a failure: an alarm
// does not go off again, and a monitor may give its verdict only once. The probe repeats its verdict each minute, which
// would set off the alarm on failures again each time. So only its first one counts as a failure.
func (r *result) measureHeldBack(start time.Time, s emf.Set, i *interfaceResult) {
	kind := r.trigger.Kind
	if i.Reason == plan.ReasonUnconfirmed {
		s.Count("Unconfirmed", 1)
	}
	if !i.heldBack(kind) {
		return
	}
	if kind == trigger.KindUnreachable {
		s.Count("HeldBack", 1)
	}
	if kind == trigger.KindAlarm || !r.repeats(start, i) {
		s.Count("Failures", 1)
	}
}

// measureError counts an invocation that ends with an error and has said why. It counts at the start of the invocation, as
// Lambda counts the error ("Types of metrics for Lambda functions"), so that an alarm can subtract one from the other.
func (h *Handler) measureError(start time.Time) {
	s := emf.Set{}
	s.Count("ReportedErrors", 1)
	h.metrics.Write(start, "", s)
}

// measureDenied counts at once that EC2 denied the move of an interface of a group.
func (h *Handler) measureDenied(now time.Time, group string) {
	s := emf.Set{}
	s.Count("PermissionDenied", 1)
	h.metrics.Write(now, group, s)
}
