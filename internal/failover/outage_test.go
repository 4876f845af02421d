package failover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestThrottledForLong throttles looks and changes: a refused call is repeated more slowly, never faster.
func TestThrottledForLong(t *testing.T) {
	for _, action := range []string{detachCall, attachCall} {
		bubble(t, action, func(t *testing.T) {
			l := newLab(t, twoStandbys())
			l.injectFaults(faultRule{action: action, when: func(awssim.Call) bool { return time.Since(l.started) < time.Minute }, fault: awssim.Fault{Code: "RequestLimitExceeded"}})
			l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			if n := l.countCalls(action); n > 40 {
				t.Errorf("%d times %s in a minute", n, action)
			}
			if n := l.countInFirstMinute(lookCall); n > 120 {
				t.Errorf("%d looks in a minute, while EC2 throttles", n)
			}
			if took := time.Since(l.started); took > 75*time.Second {
				t.Errorf("took %s", took)
			}
		})
	}
	bubble(t, "looks", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(faultRule{action: lookCall, when: func(c awssim.Call) bool { return isPoll(c) && time.Since(l.started) < time.Minute }, fault: awssim.Fault{Code: "RequestLimitExceeded"}})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if n := l.countInFirstMinute(lookCall); n > 90 { // clients wait: about one a second
			t.Errorf("%d looks in a minute, while EC2 throttles", n)
		}
	})
}

// countInFirstMinute counts the calls of an action in the first minute.
func (l *lab) countInFirstMinute(action string) int {
	n := 0
	for _, c := range l.sim.Calls() {
		if c.Action == action && c.Time.Sub(l.started) < time.Minute {
			n++
		}
	}
	return n
}

// TestOutage has EC2 refuse everything for a while. Lambda's own retries come after one and three minutes,
// too late for a Spot warning: what can be retried is retried inside the invocation.
func TestOutage(t *testing.T) {
	for name, f := range map[string]awssim.Fault{"throttled": {Code: "RequestLimitExceeded"}, "503": {Status: 503}, "silent": {Drop: true}} {
		for _, d := range []time.Duration{10 * time.Second, 30 * time.Second} {
			bubble(t, fmt.Sprint(name, " for ", d), func(t *testing.T) {
				l := newLab(t, twoStandbys())
				l.injectFaults(faultRule{when: func(awssim.Call) bool { return time.Since(l.started) < d }, fault: f})
				r, err := l.send(spotWarning("1"))
				if err != nil {
					t.Fatalf("after %s: %v", time.Since(l.started), err)
				}
				l.wantOutcome(r, plan.OutcomeMoved, "")
				if n := len(l.sim.Calls()); n > 120 {
					t.Errorf("%d calls", n)
				}
			})
		}
	}
}

// TestOneCallHangs lets the first call of each kind hang for good. Lambda gives five minutes, and a Spot
// interruption two: one connection that went silent must not use them up.
func TestOneCallHangs(t *testing.T) {
	for _, action := range []string{
		lookCall, hostsCall, "DescribeInstanceStatus", "DescribeSpotInstanceRequests", "DescribeInstanceTypes", detachCall, attachCall,
	} {
		bubble(t, action, func(t *testing.T) {
			l := newLab(t, twoStandbys())
			l.injectFaults(faultRule{action: action, times: 1, fault: awssim.Fault{Delay: time.Hour}})
			r, err := l.send(spotWarning("1"))
			if err != nil {
				t.Fatalf("after %s: %v\n%s", time.Since(l.started), err, l.log())
			}
			l.wantOutcome(r, plan.OutcomeMoved, "")
			if took := time.Since(l.started); took > time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
	bubble(t, "the question whether the target lives", func(t *testing.T) {
		w := twoStandbys()
		w.Timing = timing()
		w.Timing.Attach = awssim.Duration(6 * time.Second)
		l := newLab(t, w)
		l.injectFaults(faultRule{action: hostsCall, skip: 1, times: 1, fault: awssim.Fault{Delay: time.Hour}})
		r, err := l.send(spotWarning("1"))
		if err != nil {
			t.Fatalf("after %s: %v\n%s", time.Since(l.started), err, l.log())
		}
		l.wantOutcome(r, plan.OutcomeMoved, "")
		if took := time.Since(l.started); took > 30*time.Second {
			t.Errorf("took %s", took)
		}
	})
}
