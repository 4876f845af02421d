package failover

import (
	"io"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Metrics measures invocations.
type Metrics struct{ out *emf.Writer }

// NewMetrics makes a writer of metrics to out for the function of that name. It is safe for concurrent use.
func NewMetrics(out io.Writer, function string) *Metrics {
	return &Metrics{out: emf.New(out, function)}
}

// write writes an invocation's metrics: a line for each group, and one for an event without any.
func (m *Metrics) write(now time.Time, r Report) {
	groups := map[string]emf.Set{}
	for _, i := range r.Interfaces {
		if groups[i.Group] == nil {
			groups[i.Group] = emf.Set{}
		}
		measure(groups[i.Group], r.Trigger.Kind, i, r.DryRun)
	}
	if len(groups) == 0 {
		groups[""] = emf.Set{}
		switch r.Outcome {
		case plan.OutcomeIgnored:
			groups[""].Count("Ignored", 1)
		case plan.OutcomeFailed:
			groups[""].Count(failure(r), 1)
		case plan.OutcomeStranded, plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomePlanned,
			plan.OutcomeSuperseded, plan.OutcomeNothingToDo:
		}
	}
	// A sweep that could not look knows nothing of any interface, and is no sign that anything is healed.
	if r.Trigger.Kind == trigger.KindSweep && r.Reason != plan.ReasonNotObserved {
		if groups[""] == nil {
			groups[""] = emf.Set{}
		}
		// A sign of life, and two gauges, so that their alarms end when somebody serves again.
		groups[""].Count("Sweeps", 1)
		groups[""].Count("StrandedInterfaces", count(r, func(i *InterfaceReport) bool { return i.Outcome == plan.OutcomeStranded }))
		groups[""].Count("UnservedInterfaces", count(r, (*InterfaceReport).leftDead))
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		m.out.Write(now, group, groups[group])
	}
}

// failure is the metric of an event that failed as a whole. What can't be used says nothing of the service.
func failure(r Report) string {
	if r.Reason == plan.ReasonBadInput {
		return "BadInput"
	}
	return "Failures"
}

// count counts the interfaces of which something is so.
func count(r Report, so func(*InterfaceReport) bool) int {
	n := 0
	for i := range r.Interfaces {
		if so(&r.Interfaces[i]) {
			n++
		}
	}
	return n
}

// measure adds what is to be said of one interface. A dry run moves nothing, so it counts what was refused
// only; the rehearsal counts what is wrong only, since a metric costs for each hour that has a value of it.
func measure(s emf.Set, kind trigger.Kind, i InterfaceReport, dryRun bool) {
	if name := outcomeMetric(kind, i); name != "" {
		s.Count(name, 1)
	}
	if i.Reason == plan.ReasonDenied && !i.deniedTold {
		s.Count("PermissionDenied", 1)
	}
	if i.heldBack(kind) {
		s.Count("Failures", 1)
	}
	for _, r := range i.Records {
		if kind != trigger.KindRehearsal || wrong(r.State) {
			s.Count("Record-"+string(r.State), 1)
		}
	}
	if dryRun {
		return
	}
	if len(i.Differences) > 0 {
		s.Count("Differences", len(i.Differences))
	}
	if i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached {
		s.Time("EventToAttached", i.EventToAttachedMs)
		s.Time("DetachTime", i.Phases.DetachMs)
		s.Time("AttachTime", i.Phases.AttachMs)
		s.Time("VerifyTime", i.Phases.VerifyMs)
	}
}

// outcomeMetric is the metric that counts the outcome of an interface; empty if none does.
func outcomeMetric(kind trigger.Kind, i InterfaceReport) string {
	switch {
	case i.Outcome == plan.OutcomeMoved:
		return "Moves"
	case i.Outcome == plan.OutcomeAttached:
		return "Attached"
	case i.Outcome == plan.OutcomeFailed && !i.refused: // a request that can't be met says nothing of the service
		return "Failures"
	case i.Outcome == plan.OutcomeStranded:
		return "Stranded"
	case i.Outcome == plan.OutcomeIgnored && kind != trigger.KindRehearsal:
		return "Ignored"
	}
	return ""
}

// denied counts at once that EC2 denied the move of an interface of a group.
func (m *Metrics) denied(now time.Time, group string) {
	s := emf.Set{}
	s.Count("PermissionDenied", 1)
	m.out.Write(now, group, s)
}
