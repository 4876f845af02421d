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
			groups[""].Count("Failures", 1)
		case plan.OutcomeStranded, plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomePlanned,
			plan.OutcomeSuperseded, plan.OutcomeNothingToDo:
		}
	}
	if r.Trigger.Kind == trigger.KindSweep {
		if groups[""] == nil {
			groups[""] = emf.Set{}
		}
		// A gauge, so that its alarm ends when a standby is there, and a sign of life.
		groups[""].Count("Sweeps", 1)
		groups[""].Count("StrandedInterfaces", countOutcome(r, plan.OutcomeStranded))
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		m.out.Write(now, group, groups[group])
	}
}

func countOutcome(r Report, o plan.Outcome) int {
	n := 0
	for _, i := range r.Interfaces {
		if i.Outcome == o {
			n++
		}
	}
	return n
}

// measure adds what is to be said of one interface. A dry run moves nothing, so it counts what was refused
// only.
func measure(s emf.Set, kind trigger.Kind, i InterfaceReport, dryRun bool) {
	switch i.Outcome {
	case plan.OutcomeMoved:
		s.Count("Moves", 1)
	case plan.OutcomeAttached:
		s.Count("Attached", 1)
	case plan.OutcomeFailed:
		if !i.refused { // a request that can't be met says nothing of the service
			s.Count("Failures", 1)
		}
	case plan.OutcomeStranded:
		s.Count("Stranded", 1)
	case plan.OutcomeIgnored:
		s.Count("Ignored", 1)
	case plan.OutcomePlanned, plan.OutcomeSuperseded, plan.OutcomeNothingToDo:
	}
	if i.Reason == plan.ReasonDenied {
		s.Count("PermissionDenied", 1)
	}
	if i.Reason == plan.ReasonCooldown && kind == trigger.KindAlarm {
		// The alarm will not speak again: a person has to hear of it.
		s.Count("Failures", 1)
	}
	for _, r := range i.Records {
		s.Count("Record-"+string(r.State), 1)
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
