package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// stopsInstance makes a fault that stops an instance when the call takes effect.
func (l *lab) stopsInstance(short string) awssim.Fault {
	return awssim.Fault{After: func() { l.editInstance(short, inState("stopped")) }}
}

// EC2 attaches an interface to a stopped instance without an error. So the target must run at the attach and at the proof,
// or the move fails.
func TestTargetStopsDuringTheMove(t *testing.T) {
	bubble(t, "while the detach runs: the interface ends on one that runs", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(faultRule{action: detachCall, times: 1, fault: l.stopsInstance("2")})
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "4")
		if c := candidateOf(t, r, "a", "2"); c.Eligible || c.Reason != plan.ReasonNotRunning {
			t.Errorf("candidate %+v, want %s", c, plan.ReasonNotRunning)
		}
		if took := time.Since(l.started); took > 15*time.Second {
			t.Errorf("took %s\n%s", took, l.log())
		}
	})
	bubble(t, "while a long detach runs: no attach to it at all", func(t *testing.T) {
		l := newLab(t, twoStandbys(func(w *awssim.World) { w.Timing = timing(); w.Timing.Detach = awssim.Duration(8 * time.Second) }))
		l.injectFaults(faultRule{action: detachCall, times: 1, fault: l.stopsInstance("2")})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "4")
		for _, c := range l.sim.Calls() {
			if c.Action == attachCall && c.Params.Get("InstanceId") == instanceID("2") {
				t.Errorf("an attach to the stopped instance\n%s", l.log())
			}
		}
	})
	bubble(t, "and no other standby is there: the move fails", func(t *testing.T) {
		l := newLab(t, oneStandby(func(w *awssim.World) { w.Instances = w.Instances[:2] }))
		l.injectFaults(faultRule{action: detachCall, times: 1, fault: awssim.Fault{After: func() {
			l.editInstance("2", inState("stopped"))
			l.editInstance("1", inState("terminated"))
		}}})
		r, err := l.send(spotWarning("1"))
		if err == nil || r.Outcome != plan.OutcomeFailed {
			t.Errorf("%s %s: %v, want a failure\n%s", r.Outcome, r.Reason, err, l.log())
		}
	})
	bubble(t, "its state can't be asked: the move ends, and the report says so", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(faultRule{action: "DescribeInstances", skip: 1, fault: awssim.Fault{Code: "UnauthorizedOperation", Status: 403}})
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if w := strings.Join(r.Interfaces[0].Warnings, "\n"); !strings.Contains(w, "whether "+instanceID("2")+" runs could not be asked") {
			t.Errorf("warnings %q", w)
		}
		if took := time.Since(l.started); took > 8*time.Second {
			t.Errorf("took %s\n%s", took, l.log())
		}
	})
}

// After several server errors for one candidate the next one is asked.
func TestCandidateFailsAgainAndAgain(t *testing.T) {
	for _, code := range []string{"InternalError", "ServiceUnavailable", "Unavailable"} {
		bubble(t, code, func(t *testing.T) {
			l := newLab(t, twoStandbys(fastMoves))
			l.injectFaults(faultRule{action: attachCall, when: toInstance("2"), fault: awssim.Fault{Code: code, Status: 500}})
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "4")
			if c := candidateOf(t, r, "a", "2"); c.Eligible || c.Reason != plan.ReasonRefused || c.Detail != code {
				t.Errorf("candidate %+v, want %s with %s", c, plan.ReasonRefused, code)
			}
			if took := time.Since(l.started); took > 10*time.Second {
				t.Errorf("took %s\n%s", took, l.log())
			}
		})
	}
}

// InvalidNetworkInterface.InUse for some seconds after a detach is not a reason to go back to the doomed host.
func TestInUseForSomeSecondsAfterTheDetach(t *testing.T) {
	for _, standbys := range []int{1, 2} {
		for _, lasts := range []time.Duration{3 * time.Second, 12 * time.Second, 25 * time.Second} {
			bubble(t, lasts.String(), func(t *testing.T) {
				l := newLab(t, twoStandbys(fastMoves))
				if standbys == 1 {
					l.editInstance("4", inState("stopped"))
				}
				end := time.Now().Add(lasts)
				l.injectFaults(faultRule{
					action: attachCall, when: func(awssim.Call) bool { return time.Now().Before(end) },
					fault: awssim.Fault{Code: "InvalidNetworkInterface.InUse", Status: 400},
				})
				l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
				if h := l.holderShort("a"); h != "2" && h != "4" {
					t.Errorf("on %s\n%s", h, l.log())
				}
				if took := time.Since(l.started); took > lasts+3*time.Second {
					t.Errorf("took %s\n%s", took, l.log())
				}
			})
		}
	}
}

// A finished attach is never undone because of an old look: one look shows it attaching, and then the looks are throttled
// for minutes.
func TestLooksFailOnceAttaching(t *testing.T) {
	bubble(t, "throttled", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		attached, looks := time.Time{}, 0
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			switch {
			case c.Action == attachCall && attached.IsZero():
				attached = time.Now()
			case c.Action == lookCall && !attached.IsZero() && time.Since(attached) < 150*time.Second:
				if looks++; looks > 2 {
					return awssim.Fault{Status: 503, Code: "RequestLimitExceeded"}
				}
			}
			return awssim.Fault{}
		})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
		if n := l.countAccepted(detachCall); n != 1 {
			t.Errorf("%d detaches\n%s", n, l.log())
		}
	})
}
