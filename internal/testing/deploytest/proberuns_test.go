package deploytest_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/probe"
	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// night is what happens to the two services that the probe asks.
type night struct {
	// armed reports whether the probe has been answered on the attachments before.
	armed bool
	// dead are the addresses that die five seconds after the probe's run has begun, and evidence is what they say then.
	dead     []string
	evidence verdict.Evidence
}

// network connects the prober to the services of a night. No witness answers.
func (n night) network() probe.Network {
	begin := time.Now()
	return probe.Network{
		Ask: func(ctx context.Context, q ask.Question) verdict.Evidence {
			if !slices.Contains(n.dead, q.Address.String()) || time.Since(begin) < 5*time.Second {
				return verdict.Answered
			}
			if n.evidence.Silent() {
				select {
				case <-ctx.Done():
				case <-time.After(q.Timeout):
				}
			}
			return n.evidence
		},
		Witness: func(context.Context, netip.AddrPort, time.Duration) bool { return false },
	}
}

// outcomeOfNight has the events of a night on their way, and what came of them.
type outcomeOfNight struct {
	request, record map[string]any // the sweep's request to the probe, and Lambda's record of the run
	result          verdict.Event
	measured        map[metric][]float64 // by the probe
	report          failover.Report      // on what the rule hands over of the record
}

// handed returns what a rule hands to its target of an event.
func handed(t *testing.T, s stack, rule string, event map[string]any) []byte {
	t.Helper()
	var steps []any
	for step := range strings.SplitSeq(strings.TrimPrefix(s.text(t, rule, "Targets", 0, "InputPath"), "$."), ".") {
		steps = append(steps, step)
	}
	return []byte(toJSON(at(event, steps...)))
}

// playNight takes a sweep's request by its rule to the prober, and the prober's result, in Lambda's record, by its rule to
// the failover. TestResultsOfTheProbeReachTheFailover says which of the events match their rules.
func playNight(t *testing.T, s stack, n night) (o outcomeOfNight) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, s, world(probedServices(n.armed)), policyDocuments(s.policies(t, "FailoverRole"), dropNothing))
		l.send(sweep())
		told := l.told()
		if len(told) != 1 {
			t.Fatalf("the sweep tells %s", toJSON(told))
		}
		o.request = told[0]

		var lines bytes.Buffer
		prober := probe.New(n.network(), emf.New(&lines, physical("ProbeFunction")), slog.New(slog.DiscardHandler))
		timeout, ok := s.prop("ProbeFunction", "Timeout").(float64)
		if !ok {
			t.Fatal("no time-out")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(timeout)*time.Second)
		defer cancel()
		var err error
		if o.result, err = prober.Run(ctx, handed(t, s, "ProbeFunctionRequested", o.request)); err != nil {
			t.Fatal(err)
		}
		o.measured = readMetrics(t, lines.Bytes())
		o.record = wrapped(t, decodedEvent(t, []byte(toJSON(o.result))))
		o.report, _ = l.send(handed(t, s, "ProbeVerdict", o.record))
	})
	return o
}

// The probe is asked by a rule, and what it returns comes to the failover by another one, if there is something to do.
func TestResultsOfTheProbeReachTheFailover(t *testing.T) {
	s := withProbe(t)
	events, want := map[string]any{}, map[string][]string{}
	for name, test := range map[string]struct {
		night
		kind    string
		rules   []string
		outcome plan.Outcome
	}{
		"unreachable": {
			night{armed: true, dead: []string{"10.0.0.5"}, evidence: verdict.Refused}, verdict.TypeUnreachable, []string{"ProbeVerdict"}, plan.OutcomeMoved,
		},
		"reached":     {night{}, verdict.TypeReached, []string{"ProbeVerdict"}, plan.OutcomeNothingToDo},
		"all is well": {night{armed: true}, verdict.TypeProbed, []string{}, plan.OutcomeIgnored},
		"isolated": {
			night{armed: true, dead: []string{"10.0.0.5", "10.0.0.6"}, evidence: verdict.Timeout}, verdict.TypeProbed, []string{}, plan.OutcomeIgnored,
		},
	} {
		o := playNight(t, s, test.night)
		if o.result.Type != test.kind || o.report.Outcome != test.outcome {
			t.Errorf("%s: the probe says %q, and the failover %q (%s); want %q and %q", name, o.result.Type, o.report.Outcome, o.report.Detail, test.kind, test.outcome)
		}
		events[name], want[name] = o.record, test.rules
		events["before "+name], want["before "+name] = o.request, []string{"ProbeFunctionRequested"}
	}
	if diff := cmp.Diff(want, matchingPatterns(t, rulePatterns(s), events)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
	elsewhere := deploy(t, "ProbeVpc=vpc-0a1b2c3d4e5f60002", "ProbeSubnets="+probeSubnets)
	for name, rules := range matchingPatterns(t, rulePatterns(elsewhere), events) {
		if slices.Contains(rules, "ProbeFunctionRequested") {
			t.Errorf("%s: the probe in another VPC is asked, too", name)
		}
	}
}

// measuredProbes are runs of the probe that together measure everything that it measures.
func measuredProbes(t *testing.T) map[string]map[metric][]float64 {
	t.Helper()
	s := withProbe(t)
	return map[string]map[metric][]float64{
		"services answer": playNight(t, s, night{armed: true}).measured,
		"isolated":        playNight(t, s, night{armed: true, dead: []string{"10.0.0.5", "10.0.0.6"}, evidence: verdict.Timeout}).measured,
	}
}
