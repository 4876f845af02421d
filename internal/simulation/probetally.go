package simulation

import (
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// What the tally counts of the probe, apart from the results of runs and the events for others.
const (
	metPrefix     = "met:" // and the evidence; nothing for an answer
	verdictPrefix = "verdict:"
	probeIsolated = "isolated"
)

func confirmation(confirmed bool) string {
	if confirmed {
		return "confirmed"
	}
	return "unconfirmed"
}

// probeKinds returns what a simulation should have in it of the probe.
func probeKinds() []string {
	kinds := []string{
		verdict.TypeUnreachable, verdict.TypeReached, verdict.TypeProbed, typeMoved, typeFailed,
		probeIsolated, confirmation(true), confirmation(false),
	}
	for _, e := range []verdict.Evidence{verdict.Answered, verdict.Refused, verdict.Reset, verdict.TLS, verdict.HTTP5xx, verdict.Timeout} {
		kinds = append(kinds, metPrefix+string(e))
	}
	kinds = append(kinds, verdictPrefix+string(plan.OutcomeMoved))
	for _, reason := range []plan.Reason{plan.ReasonNoStandby, plan.ReasonAttachmentNewer, plan.ReasonCooldown, plan.ReasonUnconfirmed, plan.ReasonStale} {
		kinds = append(kinds, verdictPrefix+string(reason))
	}
	return kinds
}

// tallyVerdict counts what became of the verdicts of an event: the reason, or the outcome if there is none.
func (r *run) tallyVerdict(inv *invocation, report failover.Report) {
	if inv.event.Kind != "unreachable" {
		return
	}
	if len(report.Interfaces) == 0 {
		r.tally.Probe[verdictPrefix+string(report.Reason)]++
	}
	for _, i := range report.Interfaces {
		if i.Reason != "" {
			r.tally.Probe[verdictPrefix+string(i.Reason)]++
		} else {
			r.tally.Probe[verdictPrefix+string(i.Outcome)]++
		}
	}
}
