package failover_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestStateChange(t *testing.T) {
	stale := map[string]bool{"running": true, "pending": true}
	for _, says := range []string{"stopping", "stopped", "shutting-down", "terminated"} {
		for _, is := range []string{"running", "pending", "stopping", "stopped", "shutting-down"} {
			bubble(t, says+", and is "+is, func(t *testing.T) {
				l := newLab(t, oneStandby(fastMoves, withHolder(onDemand, inState(is))))
				if is == "stopping" || is == "shutting-down" {
					// The transition goes on.
					l.sim.After(10*time.Second, func(w *awssim.World) {
						w.Instances[0].State = map[string]string{"stopping": "stopped", "shutting-down": "terminated"}[is]
					})
				}
				e := stateChange("1", says)
				r := l.mustSend(e)
				if stale[is] {
					l.wantOutcome(r, plan.OutcomeIgnored, plan.ReasonStale)
					if l.wantHolder("a", "1"); l.mutations() != 0 {
						t.Errorf("it changed something\n%s", l.log())
					}
					return
				}
				l.wantOutcome(r, plan.OutcomeMoved, "")
				l.wantHolder("a", "2")
				if i := r.Interfaces[0]; i.From != instanceID("1") || i.To != instanceID("2") {
					t.Errorf("from %s to %s", i.From, i.To)
				}
				l.mustChangeNothing(e)
			})
		}
	}
}

// TestRefusedDetachIsPaced has a holder in transition for half a minute, during which EC2 refuses the detach. Repeating it
// at the pace of the looks takes about a dozen requests for each ten-fold of the time; EC2 allows five changes a second
// in the whole account.
func TestRefusedDetachIsPaced(t *testing.T) {
	for says, becomes := range map[string]string{"stopping": "stopped", "shutting-down": "terminated"} {
		bubble(t, says, func(t *testing.T) {
			l := newLab(t, oneStandby(withHolder(onDemand, inState(says))))
			l.sim.After(30*time.Second, func(w *awssim.World) { w.Instances[0].State = becomes })
			l.wantOutcome(l.mustSend(stateChange("1", says)), plan.OutcomeMoved, "")
			if n := l.countCalls(detachCall); n > 80 {
				t.Errorf("%d detach requests in 30 s", n)
			}
			if n := l.countCalls(lookCall); n > 150 {
				t.Errorf("%d looks in 34 s", n)
			}
			if l.wantHolder("a", "2"); time.Since(l.started) > 36*time.Second {
				t.Errorf("took %s", time.Since(l.started))
			}
		})
	}
}

// TestGoneInstance has an instance that EC2 does not know any more.
func TestGoneInstance(t *testing.T) {
	bubble(t, "terminated, its interface free", func(t *testing.T) {
		l := newLab(t, oneStandby(withHolder(onDemand, inState("terminated")), withInterfaces(eni("b", "")), func(w *awssim.World) {
			w.Interfaces = w.Interfaces[1:]
		}))
		l.wantOutcome(l.mustSend(stateChange("1", "terminated")), plan.OutcomeAttached, "")
		l.wantHolder("b", "2")
	})
	bubble(t, "unknown to EC2, and an interface is unattached", func(t *testing.T) {
		// Its groups can't be known, so it leaves only what is attached to it.
		l := newLab(t, awssim.World{Instances: []awssim.Instance{instance("2")}, Interfaces: []awssim.Interface{eni("a", "")}})
		l.wantOutcome(l.mustSend(stateChange("1", "terminated")), plan.OutcomeIgnored, plan.ReasonNotConcerned)
		l.wantHolder("a", "none")
	})
	bubble(t, "its interface went with it", func(t *testing.T) {
		w := oneStandby(withHolder(onDemand))
		w.Interfaces[0].Attachment.DeleteOnTermination = true
		l := newLab(t, w)
		l.editInstance("1", inState("terminated"))
		e := stateChange("1", "terminated")
		l.wantOutcome(l.mustSend(e), plan.OutcomeIgnored, plan.ReasonNotConcerned)
		l.wantHolder("a", "gone")
	})
	bubble(t, "its interface goes with it meanwhile", func(t *testing.T) {
		w := oneStandby(withHolder(onDemand, inState("shutting-down")))
		w.Interfaces[0].Attachment.DeleteOnTermination = true
		l := newLab(t, w)
		l.sim.After(3*time.Second, func(w *awssim.World) { w.Instances[0].State = "terminated" })
		r, _ := mustFail[*failover.FailedError](l, stateChange("1", "shutting-down"))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonGone)
		if took := time.Since(l.started); took > 15*time.Second {
			t.Errorf("took %s to believe it", took)
		}
	})
}

// TestInterfaceVanishes deletes an interface at each stage of its move.
func TestInterfaceVanishes(t *testing.T) {
	gone := func(w *awssim.World) { w.Interfaces = w.Interfaces[1:] }
	for _, stage := range []struct{ name, call string }{{"before the detach", detachCall}, {"before the attach", attachCall}} {
		bubble(t, stage.name, func(t *testing.T) {
			l := newLab(t, oneStandby())
			l.injectFaults(faultRule{action: stage.call, times: 1, fault: awssim.Fault{Before: func() { l.sim.Edit(gone) }}})
			r, text := mustFail[*failover.FailedError](l, spotWarning("1"))
			l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonGone)
			if n := l.mutations(); n > 3 {
				t.Errorf("%d changes asked for\n%s", n, l.log())
			}
			if took := time.Since(l.started); took > 15*time.Second {
				t.Errorf("took %s: %s", took, text)
			}
		})
	}
}

// TestDetachingHolder joins a detach that was begun by another invocation, and forces it when it hangs.
func TestDetachingHolder(t *testing.T) {
	bubble(t, "ends by itself", func(t *testing.T) {
		l := newLab(t, oneStandby(func(w *awssim.World) { detaching(&w.Interfaces[0]) }))
		l.sim.After(4*time.Second, func(w *awssim.World) { w.Interfaces[0].Attachment = nil })
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if l.countCalls(detachCall) != 0 || r.Interfaces[0].Forced {
			t.Errorf("detached what was detaching\n%s", l.log())
		}
	})
	for says, grace := range map[string]time.Duration{"stopped": 15 * time.Second, "terminated": 0} {
		bubble(t, "hangs, and "+says, func(t *testing.T) {
			l := newLab(t, oneStandby(withHolder(inState("stopped")), func(w *awssim.World) { detaching(&w.Interfaces[0]) }))
			if says == "terminated" {
				l.editInstance("1", inState("shutting-down"))
			}
			r := l.wantOutcome(l.mustSend(stateChange("1", says)), plan.OutcomeMoved, "")
			at := l.callTime(detachCall, 1)
			if !r.Interfaces[0].Forced || at < grace || at > grace+1500*time.Millisecond || l.countCalls(detachCall) != 1 {
				t.Errorf("forced after %s, want %s; %d times\n%s", at, grace, l.countCalls(detachCall), l.log())
			}
		})
	}
}
