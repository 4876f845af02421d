package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/lambdatest"
)

// invoked runs built functions/NAME.
func invoked(t *testing.T, function string, env []string, args ...string) result {
	t.Helper()
	binary := lambdatest.Build(t, "../../functions/"+function)
	return sandbox(t, "", env, append([]string{"-invoke", function, "-binary", binary}, args...)...)
}

func TestInvokeOnAServedAccount(t *testing.T) {
	t.Parallel()
	s := startServing(t, "-q")
	again := []string{"-endpoint", s.url, "events/spot-interruption.json", "events/spot-interruption.json"}
	r := invoked(t, "failover", nil, again...)
	if r.status != exitOK || strings.Count(r.out, "Outcome: moved\n") != 1 || strings.Count(r.out, "Outcome: ") != 2 {
		t.Errorf("status %d: the second event should find the interface moved\n%s%s", r.status, r.out, r.err)
	}
	if !strings.Contains(r.err, `"message":"failover"`) {
		t.Errorf("the function's log is missing: %s", r.err)
	}
	if holder := s.holder(t); holder != standbyID {
		t.Errorf("the served account has it on %s", holder)
	}
	r = invoked(t, "failover", nil, append([]string{"-fresh", "-q"}, again...)...)
	if r.status != exitOK || strings.Count(r.out, "Outcome: moved\n") != 2 || r.err != "" {
		t.Errorf("status %d: each event should find the account anew\n%s%s", r.status, r.out, r.err)
	}
	s.end(t)
}

func TestInvokeOnAnAccountOfItsOwn(t *testing.T) {
	r := invoked(t, "failover", []string{"DRY_RUN=true"}, "-q", "-json", "-world", worldFile(t, fastWorld(t)))
	if r.status != exitOK || r.report(t).Outcome != plan.OutcomePlanned || strings.Count(r.out, "\n") != 1 {
		t.Errorf("status %d, want one line of a plan, %s\n%s", r.status, r.err, r.out)
	}

	alone := fastWorld(t)
	alone.Instances, alone.Interfaces = alone.Instances[:1], alone.Interfaces[:1]
	file := worldFile(t, alone)
	r = invoked(t, "failover", nil, "-world", file)
	if r.status != exitFailed || !strings.Contains(r.out, "The function returned an error, StrandedError:\n    stranded: ") {
		t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
	}
	r = invoked(t, "failover", nil, "-world", file, "-json", "-q")
	var failure lambdatest.Error
	if err := json.Unmarshal([]byte(r.out), &failure); err != nil || r.status != exitFailed || failure.Type != "StrandedError" {
		t.Errorf("status %d, %v\n%s%s", r.status, err, r.out, r.err)
	}
	// Late, the event is of a time at which the instance did not run yet.
	r = invoked(t, "failover", nil, "-world", worldFile(t, fastWorld(t)), "-keep-time", "events/instance-stopping.json")
	if got := r.report(t); r.status != exitOK || got.Reason != plan.ReasonStale {
		t.Errorf("status %d, %v\n%s%s", r.status, got, r.out, r.err)
	}
}

func TestInvokeTheAudit(t *testing.T) {
	t.Parallel()
	r := invoked(t, "audit", nil, "-q", "-world", "not-ready.json", "events/sweep-scheduler.json")
	if r.status != exitOK || !strings.Contains(r.out, "CRITICAL  NO_STANDBY_IN_AZ") {
		t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
	}
}

func TestInvokeOfAFunctionThatDoesNotStart(t *testing.T) {
	r := sandbox(t, "", nil, "-invoke", "failover", "-binary", "/bin/false")
	if r.status != exitFailed || !strings.Contains(r.err, "the function did not start: Runtime.ExitError") {
		t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
	}
	if r := sandbox(t, "", []string{"COOLDOWN=soon"}, "-invoke", "failover"); r.status != exitUsage || !strings.Contains(r.err, "COOLDOWN") {
		t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
	}
}
