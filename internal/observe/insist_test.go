package observe_test

import (
	"context"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// essential are the questions that must be answered, each with a scope that asks it.
func essential() map[string]struct {
	action string
	scope  plan.Scope
} {
	return map[string]struct {
		action string
		scope  plan.Scope
	}{
		"the interfaces":     {"DescribeNetworkInterfaces", scopeOf(trigger.KindStopping, "i-1")},
		"the members":        {"DescribeInstances", scopeOf(trigger.KindStopping, "i-1")},
		"the first instance": {"DescribeInstances", scopeOf(trigger.KindRunning, "i-2")},
		"all members":        {"DescribeInstances", scopeOf(trigger.KindSweep, "")},
	}
}

// TestInsist: what must be answered is asked for until EC2 answers, at most some seconds apart.
func TestInsist(t *testing.T) {
	for name, test := range essential() {
		inBubble(t, name, func(t *testing.T) {
			const outage = 15 * time.Second
			a := simulate(t, []awssim.Instance{instance("i-1"), instance("i-2")}, eni("eni-a", "i-1"))
			a.refuse(test.action, "RequestLimitExceeded", func(int) bool { return time.Since(a.started) < outage })
			s, err := a.observer.Read(a.ctx(), test.scope)
			if err != nil || len(s.Interfaces) != 1 || len(s.Instances) != 2 || len(s.Gaps) != 0 {
				t.Errorf("%v: %d interfaces, %d instances, gaps %q", err, len(s.Interfaces), len(s.Instances), s.Gaps)
			}
			if took := time.Since(a.started); took > 2*outage {
				t.Errorf("answered after %s of an outage of %s", took, outage)
			}
		})
	}
}

// TestInsistEnds: a schedule insists for 20 s, since the next one comes soon; an event until the invocation ends.
func TestInsistEnds(t *testing.T) {
	const invocation = 3 * time.Minute
	for name, test := range map[string]struct {
		scope plan.Scope
		after time.Duration
	}{
		"sweep":     {scopeOf(trigger.KindSweep, ""), 20 * time.Second},
		"rehearsal": {scopeOf(trigger.KindRehearsal, ""), 20 * time.Second},
		"stopping":  {scopeOf(trigger.KindStopping, "i-1"), invocation},
		"running":   {scopeOf(trigger.KindRunning, "i-1"), invocation},
		"replan":    {plan.ScopeOfReplan([]string{fullID("eni-a")}, nil), invocation},
		"audit":     {plan.ScopeOfAll(), invocation},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{instance("i-1")}, eni("eni-a", "i-1"))
			a.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Code: "RequestLimitExceeded"} })
			ctx, cancel := context.WithTimeout(t.Context(), invocation)
			defer cancel()
			_, err := a.observer.Read(ctx, test.scope)
			if fault.ClassOf(err) != fault.Throttled {
				t.Errorf("the last answer of EC2 is lost: %v", err)
			}
			if took := time.Since(a.started); took > test.after || took < test.after-6*time.Second {
				t.Errorf("gave up after %s, want %s", took, test.after)
			}
		})
	}
}

// TestRefusalEndsInsisting: a refusal that time does not change is not asked about a second time.
func TestRefusalEndsInsisting(t *testing.T) {
	for name, test := range essential() {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{instance("i-1"), instance("i-2")}, eni("eni-a", "i-1"))
			a.refuse(test.action, "UnauthorizedOperation", always)
			if _, err := a.observer.Read(a.ctx(), test.scope); fault.ClassOf(err) != fault.Denied {
				t.Errorf("error: %v", err)
			}
			if n := a.count(test.action); n != 1 {
				t.Errorf("asked %d times\n%s", n, a.rounds())
			}
		})
	}
}

// TestUnattachedSinceTheAnswer: the time for which an interface is seen unattached begins with the answer, not with the
// question, however many attempts the answer took.
func TestUnattachedSinceTheAnswer(t *testing.T) {
	for name, scope := range map[string]plan.Scope{
		"the interfaces first": scopeOf(trigger.KindSweep, ""), "the instance first": scopeOf(trigger.KindRunning, "i-1"),
	} {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{instance("i-1")}, eni("eni-a", ""))
			a.refuse("DescribeNetworkInterfaces", "RequestLimitExceeded", func(int) bool { return time.Since(a.started) < 5*time.Second })
			s, err := a.observer.Read(a.ctx(), scope)
			if err != nil {
				t.Fatal(err)
			}
			var answered time.Time
			for _, c := range a.sim.Calls() {
				if c.Action == "DescribeNetworkInterfaces" && c.Code == "" && answered.IsZero() {
					answered = c.Time
				}
			}
			if since := s.Interfaces[0].UnattachedSince; since.Before(answered) || since.Sub(answered) > latency || !since.Equal(s.At) {
				t.Errorf("unattached since %s, read at %s; answered at %s", since, s.At, answered)
			}
		})
	}
}

// TestLastAnswer: the error is the last answer of EC2, which says more than that the time was up.
func TestLastAnswer(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-1")}, eni("eni-a", "i-1"))
		a.sim.Intercept(func(awssim.Call) awssim.Fault {
			if time.Since(a.started) < 15*time.Second {
				return awssim.Fault{Code: "RequestLimitExceeded"}
			}
			return awssim.Fault{Delay: time.Hour}
		})
		if _, err := a.observer.Read(a.ctx(), scopeOf(trigger.KindSweep, "")); fault.ClassOf(err) != fault.Throttled {
			t.Errorf("error: %v", err)
		}
	})
}
