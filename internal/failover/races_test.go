package failover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestByHand has a person change the interface right before a call takes effect.
func TestByHand(t *testing.T) {
	tests := []struct {
		name    string
		call    string
		edit    func(l *lab)
		outcome plan.Outcome
		reason  plan.Reason
		on      string
	}{
		{"moved before the detach", detachCall, func(l *lab) { l.editInterface("a", attachedByHand("4", 1)) }, plan.OutcomeSuperseded, plan.ReasonMovedByOther, "4"},
		{"detached before the detach", detachCall, func(l *lab) { l.editInterface("a", unattached) }, plan.OutcomeMoved, "", "2"},
		{"detaching before the detach", detachCall, func(l *lab) {
			l.editInterface("a", detaching)
			l.sim.After(3*time.Second, func(w *awssim.World) { w.Interfaces[0].Attachment = nil })
		}, plan.OutcomeMoved, "", "2"},
		{"attached anew to the doomed before the detach", detachCall, func(l *lab) { l.editInterface("a", attachedByHand("1", 2)) }, plan.OutcomeMoved, "", "2"},
		{"moved before the attach", attachCall, func(l *lab) { l.editInterface("a", attachedByHand("4", 1)) }, plan.OutcomeSuperseded, plan.ReasonMovedByOther, "4"},
		{"attached to the doomed before the attach", attachCall, func(l *lab) { l.editInterface("a", attachedByHand("1", 2)) }, plan.OutcomeMoved, "", "2"},
		{"attached to the target before the attach", attachCall, func(l *lab) { l.editInterface("a", attachedByHand("2", 1)) }, plan.OutcomeSuperseded, plan.ReasonMovedByOther, "2"},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			l := newLab(t, twoStandbys(fastMoves))
			l.injectFaults(faultRule{action: test.call, times: 1, fault: awssim.Fault{Before: func() { test.edit(l) }}})
			e := spotWarning("1")
			l.wantOutcome(l.mustSend(e), test.outcome, test.reason)
			if l.wantHolder("a", test.on); l.mutations() > 4 {
				t.Errorf("%d changes asked for\n%s", l.mutations(), l.log())
			}
			for _, c := range l.sim.Calls() {
				if c.Action == detachCall && c.Status == 200 && c.Params.Get("AttachmentId") == id("eni-attach", "ff4") {
					t.Errorf("detached a foreign attachment\n%s", l.log())
				}
			}
			l.mustChangeNothing(e)
		})
	}
}

// TestTakenOffAgain has another tool detach the interface from the standby while it attaches.
func TestTakenOffAgain(t *testing.T) {
	bubble(t, "detached", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{After: func() { l.editInterface("a", unattached) }}})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if h := l.holderShort("a"); h != "2" && h != "4" {
			t.Errorf("on %s", h)
		}
	})
	bubble(t, "moved", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{After: func() { l.editInterface("a", attachedByHand("4", 1)) }}})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeSuperseded, plan.ReasonMovedByOther)
		if l.wantHolder("a", "4"); l.mutations() != 2 {
			t.Errorf("%d changes\n%s", l.mutations(), l.log())
		}
	})
	bubble(t, "over and over", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		n := 0
		l.injectFaults(faultRule{action: attachCall, fault: awssim.Fault{Before: func() {
			n++
			l.editInterface("a", func(e *awssim.Interface) {
				e.Attachment = &awssim.Attachment{ID: id("eni-attach", fmt.Sprint(n)), Instance: instanceID("1"), DeviceIndex: 1}
			})
		}}})
		r, _ := mustFail[*failover.FailedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonContested)
		l.wantHolder("a", "1")
	})
}

// TestPausedInTheLook changes tags between the plan and the look before the detach, and after the detach.
func TestPausedInTheLook(t *testing.T) {
	tests := map[string]struct {
		change func(*awssim.Interface)
		reason plan.Reason
	}{
		"paused":          {interfaceTag("eni-failover:paused", ""), plan.ReasonPaused},
		"regrouped":       {inGroup("web"), plan.ReasonRegrouped},
		"no group at all": {func(e *awssim.Interface) { delete(e.Tags, "eni-failover:group") }, plan.ReasonRegrouped},
		"bad group":       {inGroup("a b"), plan.ReasonRegrouped},
	}
	for name, test := range tests {
		bubble(t, name+" before", func(t *testing.T) {
			l := newLab(t, twoStandbys())
			l.injectFaults(faultRule{action: lookCall, when: isPoll, times: 1, fault: awssim.Fault{Before: func() { l.editInterface("a", test.change) }}})
			l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeIgnored, test.reason)
			if l.wantHolder("a", "1"); l.mutations() != 0 {
				t.Errorf("it changed something\n%s", l.log())
			}
		})
		bubble(t, name+" after", func(t *testing.T) {
			l := newLab(t, twoStandbys())
			l.injectFaults(faultRule{action: detachCall, times: 1, fault: awssim.Fault{After: func() { l.editInterface("a", test.change) }}})
			l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
		})
	}
	bubble(t, "paused while the detach is refused", func(t *testing.T) {
		l := newLab(t, twoStandbys(withHolder(inState("stopping"))))
		l.sim.After(10*time.Second, func(w *awssim.World) { interfaceTag("eni-failover:paused", "")(&w.Interfaces[0]) })
		l.sim.After(20*time.Second, func(w *awssim.World) { w.Instances[0].State = "stopped" })
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeIgnored, plan.ReasonPaused)
		if l.wantHolder("a", "1"); l.countAccepted(detachCall) != 0 {
			t.Errorf("detached\n%s", l.log())
		}
	})
	bubble(t, "paused after a detach that never arrived", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(
			faultRule{action: detachCall, times: 1, fault: awssim.Fault{Drop: true}},
			faultRule{action: lookCall, when: isPoll, skip: 1, times: 1, fault: awssim.Fault{Before: func() { l.editInterface("a", interfaceTag("eni-failover:paused", "")) }}},
		)
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeIgnored, plan.ReasonPaused)
		l.wantHolder("a", "1")
	})
}

// TestLost loses requests and replies.
func TestLost(t *testing.T) {
	tests := []struct {
		name       string
		rules      []faultRule
		maxChanges int           // limits the changes that are asked for
		by         time.Duration // when it must be over
	}{
		{"detach's reply", []faultRule{{action: detachCall, times: 1, fault: awssim.Fault{LoseReply: true}}}, 2, 4 * time.Second},
		{"detach", []faultRule{{action: detachCall, times: 1, fault: awssim.Fault{Drop: true}}}, 3, 6 * time.Second},
		{"attach's reply", []faultRule{{action: attachCall, times: 1, fault: awssim.Fault{LoseReply: true}}}, 2, 4 * time.Second},
		{"attach", []faultRule{{action: attachCall, times: 1, fault: awssim.Fault{Drop: true}}}, 3, 6 * time.Second},
		{"both replies", []faultRule{{action: detachCall, times: 1, fault: awssim.Fault{LoseReply: true}}, {action: attachCall, times: 1, fault: awssim.Fault{LoseReply: true}}}, 2, 4 * time.Second},
		{"detach hangs, and took effect", []faultRule{{action: detachCall, times: 1, fault: awssim.Fault{After: func() { time.Sleep(10 * time.Second) }}}}, 2, 13 * time.Second},
		{"detach hangs, and did not", []faultRule{{action: detachCall, times: 1, fault: awssim.Fault{Delay: time.Minute}}}, 3, 17 * time.Second},
		{"attach hangs, and did not", []faultRule{{action: attachCall, times: 1, fault: awssim.Fault{Delay: time.Minute}}}, 3, 17 * time.Second},
		{"every other look", []faultRule{
			{action: lookCall, when: isPoll, times: 1, fault: awssim.Fault{Drop: true}},
			{action: lookCall, when: isPoll, skip: 1, times: 3, fault: awssim.Fault{Drop: true}},
		}, 2, 6 * time.Second},
		{"500 after the detach", []faultRule{{action: detachCall, times: 2, fault: awssim.Fault{Status: 500, Code: "InternalError"}}}, 4, 10 * time.Second},
		{"503 of the attach", []faultRule{{action: attachCall, times: 2, fault: awssim.Fault{Code: "ServiceUnavailable"}}}, 4, 10 * time.Second},
		{"throttled detach", []faultRule{{action: detachCall, times: 5, fault: awssim.Fault{Code: "RequestLimitExceeded"}}}, 7, 10 * time.Second},
		{"throttled attach", []faultRule{{action: attachCall, times: 5, fault: awssim.Fault{Code: "RequestLimitExceeded"}}}, 7, 10 * time.Second},
		{"throttled looks", []faultRule{{action: lookCall, when: isPoll, times: 5, fault: awssim.Fault{Code: "RequestLimitExceeded"}}}, 2, 15 * time.Second},
		{"throttled reads", []faultRule{{times: 5, when: func(c awssim.Call) bool { return !c.Mutating && !isPoll(c) }, fault: awssim.Fault{Code: "RequestLimitExceeded"}}}, 2, 12 * time.Second},
		{"503 of all", []faultRule{{times: 4, fault: awssim.Fault{Status: 503}}}, 6, 10 * time.Second},
	}
	for n, test := range tests {
		for _, stale := range []time.Duration{0, time.Duration(1+n%2*2) * time.Second} {
			bubble(t, fmt.Sprint(test.name, ", reads stale by ", stale), func(t *testing.T) {
				w := twoStandbys(fastMoves)
				w.Timing.StaleReads = awssim.Duration(stale)
				l := newLab(t, w)
				time.Sleep(stale)
				l.injectFaults(test.rules...)
				e := spotWarning("1")
				r := l.mustSend(e)
				maxChanges := test.maxChanges
				if stale > 0 {
					maxChanges += 2 // a stale look may lead to a change that EC2 refuses, never to one that counts
				}
				took := time.Since(l.started)
				l.wantOutcome(r, plan.OutcomeMoved, "")
				l.wantHolder("a", "2")
				if l.countAccepted(attachCall) != 1 || l.countAccepted(detachCall) != 1 {
					t.Errorf("%d detaches, %d attaches took effect\n%s", l.countAccepted(detachCall), l.countAccepted(attachCall), l.log())
				}
				if n := l.mutations(); n > maxChanges {
					t.Errorf("%d changes asked for, want %d at most\n%s", n, maxChanges, l.log())
				}
				if took > test.by+3*stale {
					t.Errorf("took %s, want %s at most\n%s", took, test.by+3*stale, l.log())
				}
				time.Sleep(stale)
				l.mustChangeNothing(e)
			})
		}
	}
}
