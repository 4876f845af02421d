package observe_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// census takes a census and inspects it, as an audit does.
func (a *account) census() inventory.Snapshot {
	a.t.Helper()
	s, err := a.observer.Census(a.ctx())
	if err != nil {
		a.t.Fatal(err)
	}
	a.observer.Inspect(a.ctx(), &s)
	return s
}

// TestCensus: a census knows all members, also without any interface, and the holders that are not members. Its two
// first questions are asked at the same time.
func TestCensus(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-1", nonMember), instance("i-2", spot), instance("i-9", nonMember)}, eni("eni-a", "i-1"))
		s := a.census()
		if len(s.Instances) != 2 || s.Instances[fullID("i-1")].State != inventory.StateRunning || s.Instances[fullID("i-2")].Health.System != inventory.CheckOK {
			t.Errorf("%+v", s.Instances)
		}
		const want = `Instances(tag-key group) NetworkInterfaces(tag-key group)
Instances(instance-id i-1)
InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) SpotInstanceRequests(instance-id i-2)
`
		if got := a.rounds(); got != want {
			t.Errorf("calls\n%swant\n%s", got, want)
		}
	})
	inBubble(t, "without interfaces", func(t *testing.T) {
		a := simulate(t, []awssim.Instance{instance("i-2")})
		if s := a.census(); len(s.Instances) != 1 {
			t.Errorf("%+v", s.Instances)
		}
	})
}

// TestCensusConfirms: a holder that is not a member is missing only if two answers, some seconds apart, do not show it.
func TestCensusConfirms(t *testing.T) {
	for name, test := range map[string]struct {
		answers []awssim.Fault // to the questions about the holder; the last one holds for the rest
		state   inventory.State
		gaps    int
	}{
		"shown":                     {[]awssim.Fault{{}}, inventory.StateRunning, 0},
		"never shown":               {[]awssim.Fault{{Hide: []string{fullID("i-1")}}}, inventory.StateMissing, 0},
		"shown the second time":     {[]awssim.Fault{{Hide: []string{fullID("i-1")}}, {}}, inventory.StateRunning, 0},
		"no answer the second time": {[]awssim.Fault{{Hide: []string{fullID("i-1")}}, {Code: "InternalError"}}, inventory.StateUnseen, 0},
		"never an answer":           {[]awssim.Fault{{Code: "InternalError"}}, inventory.StateUnasked, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			a := simulate(t, []awssim.Instance{instance("i-1", nonMember), instance("i-2")}, eni("eni-a", "i-1"))
			start := time.Now()
			a.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if c.Action != "DescribeInstances" || !strings.Contains(c.Params.Encode(), fullID("i-1")) {
					return awssim.Fault{}
				}
				if time.Since(start) < plan.ConfirmAfter {
					return test.answers[0]
				}
				return test.answers[len(test.answers)-1]
			})
			s := a.census()
			if in := s.Instances[fullID("i-1")]; in.State != test.state || len(s.Gaps) != test.gaps {
				t.Errorf("%q, gaps %q\n%s", in.State, s.Gaps, a.rounds())
			}
		})
	}
}

// TestCensusInsists: a census has all the time of its context for the interfaces and members. Both errors are told.
func TestCensusInsists(t *testing.T) {
	inBubble(t, "", func(t *testing.T) {
		const limit = time.Minute
		a := simulate(t, []awssim.Instance{instance("i-1")}, eni("eni-a", "i-1"))
		a.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Code: "RequestLimitExceeded"} })
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		_, err := a.observer.Census(ctx)
		if err == nil || !strings.Contains(err.Error(), "DescribeNetworkInterfaces") || !strings.Contains(err.Error(), "DescribeInstances") {
			t.Errorf("error: %v", err)
		}
		if took := time.Since(a.started); took < limit-6*time.Second || took > limit {
			t.Errorf("gave up after %s of %s", took, limit)
		}
	})
}
