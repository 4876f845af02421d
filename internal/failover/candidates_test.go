package failover_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// roomy gives all instances a type with many slots.
func roomy(w *awssim.World) {
	w.InstanceTypes = []awssim.InstanceType{{Name: "big.1", MaximumInterfaces: 50, IPv4PerInterface: 10}}
	for n := range w.Instances {
		w.Instances[n].Type = "big.1"
	}
}

// TestCandidateRefuses has the best candidate refuse with each code that concerns a candidate: the next one gets the
// interface.
func TestCandidateRefuses(t *testing.T) {
	tests := []struct {
		code, message string
		reason        plan.Reason
		asked         int // at most so often
		world         func(*awssim.World)
	}{
		{"AttachmentLimitExceeded", "", plan.ReasonNoSlot, 1, nil},
		{"PrivateIpAddressLimitExceeded", "", plan.ReasonRefused, 1, nil},
		{"IncorrectInstanceState", "", plan.ReasonRefused, 1, nil},
		{"InvalidInstanceID.NotFound", "", plan.ReasonRefused, 1, nil},
		{"InvalidParameterCombination", "", plan.ReasonRefused, 1, nil},
		{"InvalidParameterValue", "Value (x) is invalid", plan.ReasonRefused, 1, nil},
		{"InvalidParameterValue", "Instance 'i-1' already has an interface attached at device index '1'.", plan.ReasonNoSlot, 2, nil},
		{"InvalidParameterValue", "Instance 'i-2' already has an interface attached at device index '1'.", plan.ReasonNoIndex, 8, roomy},
		{"UnsupportedOperation", "", plan.ReasonRefused, 1, nil},
		{"Unsupported", "", plan.ReasonRefused, 1, nil},
		{"OperationNotPermitted", "", plan.ReasonNotPermitted, 1, nil},
		{"UnauthorizedOperation", "", plan.ReasonDenied, 1, nil},
		{"ResourceLimitExceeded", "", plan.ReasonRefused, 1, nil},
		{"SomethingNew", "", plan.ReasonRefused, 1, nil},
		{"IncorrectState", "", plan.ReasonRefused, 45, nil},
		{"InvalidNetworkInterface.InUse", "", plan.ReasonRefused, 45, nil},
		{"InvalidParameterValue", "Interface: [eni-1] in use.", plan.ReasonRefused, 45, nil},
	}
	for _, test := range tests {
		bubble(t, test.code+" "+test.message, func(t *testing.T) {
			l := newLab(t, twoStandbys(fastMoves, func(w *awssim.World) {
				if test.world != nil {
					test.world(w)
				}
			}))
			l.injectFaults(faultRule{action: attachCall, when: toInstance("2"), fault: awssim.Fault{Code: test.code, Message: test.message}})
			e := spotWarning("1")
			r := l.wantOutcome(l.mustSend(e), plan.OutcomeMoved, "")
			l.wantHolder("a", "4")
			if c := candidateOf(t, r, "a", "2"); c.Eligible || c.Reason != test.reason || (c.Detail == "" && test.reason == plan.ReasonRefused) {
				t.Errorf("candidate %+v, want %s", c, test.reason)
			}
			if n := l.countCalls(attachCall) - 1; n > test.asked {
				t.Errorf("asked %d times, want %d at most\n%s", n, test.asked, l.log())
			}
			if took := time.Since(l.started); took > 12*time.Second {
				t.Errorf("took %s", took)
			}
			l.mustChangeNothing(e)
		})
	}
}

// TestCandidateHangs has the best candidate accept the interface and never finish.
func TestCandidateHangs(t *testing.T) {
	hangs := func(w *awssim.World) { w.Instances[1].HungAttach = true }
	bubble(t, "next candidate", func(t *testing.T) {
		l := newLab(t, twoStandbys(hangs))
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "4")
		// Given up after the larger of 30 s and a third of the time that was left, five minutes.
		if at := l.callTime(detachCall, 2); at < 95*time.Second || at > 105*time.Second {
			t.Errorf("given up after %s\n%s", at, l.log())
		}
		if c := candidateOf(t, r, "a", "2"); c.Eligible || c.Detail == "" {
			t.Errorf("candidate %+v", c)
		}
	})
	bubble(t, "at least 30 s", func(t *testing.T) {
		l := newLab(t, twoStandbys(hangs))
		r, err := l.sendFor(65*time.Second, spotWarning("1"))
		if err != nil {
			t.Fatal(err)
		}
		l.wantOutcome(r, plan.OutcomeMoved, "")
		if at := l.callTime(detachCall, 2); at < 30*time.Second || at > 36*time.Second {
			t.Errorf("given up after %s\n%s", at, l.log())
		}
	})
	bubble(t, "no other candidate", func(t *testing.T) {
		// The holder is gone and can't have it back, so the move waits for the only target.
		l := newLab(t, oneStandby(hangs, withHolder(inState("stopped"))))
		l.sim.After(150*time.Second, func(w *awssim.World) {
			w.Instances[1].HungAttach = false
			if a := w.Interfaces[0].Attachment; a != nil && a.Instance == instanceID("2") {
				a.Status = "attached"
			}
		})
		r, err := l.send(stateChange("1", "stopped"))
		if err != nil {
			t.Fatalf("%v\n%s", err, l.log())
		}
		l.wantOutcome(r, plan.OutcomeMoved, "")
		if l.wantHolder("a", "2"); l.countAccepted(detachCall) > 2 {
			t.Errorf("%d detaches\n%s", l.countAccepted(detachCall), l.log())
		}
	})
	bubble(t, "paused meanwhile", func(t *testing.T) {
		// After the detach this invocation finishes the move.
		l := newLab(t, twoStandbys(hangs))
		l.sim.After(20*time.Second, func(w *awssim.World) { interfaceTag("eni-failover:paused", "")(&w.Interfaces[0]) })
		r, err := l.send(spotWarning("1"))
		if err != nil {
			t.Errorf("error %v", err)
		}
		l.wantOutcome(r, plan.OutcomeMoved, "")
		l.wantHolder("a", "4")
	})
}

// TestMemberVanishesFromTheStatusChecks terminates a member just before its status checks are read. EC2 then answers for
// none of the members in the call; the impaired standby must not get the interface because of that.
func TestMemberVanishesFromTheStatusChecks(t *testing.T) {
	bubble(t, "impaired standby", func(t *testing.T) {
		l := newLab(t, oneStandby(withInstances(instance("4", instanceTag("eni-failover:priority", "200")), instance("5")), func(w *awssim.World) { impaired(&w.Instances[1]) }))
		l.injectFaults(faultRule{action: "DescribeInstanceStatus", times: 1, fault: awssim.Fault{Before: func() {
			l.sim.Edit(func(w *awssim.World) {
				w.Instances = slices.DeleteFunc(w.Instances, func(in awssim.Instance) bool { return in.ID == instanceID("5") })
			})
		}}})
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "4")
		if c := candidateOf(t, r, "a", "2"); c.Eligible || c.Reason != plan.ReasonImpaired {
			t.Errorf("candidate %+v\n%s", c, l.log())
		}
	})
}

// TestCandidateDies has the best candidate stop or vanish while the interface attaches to it.
func TestCandidateDies(t *testing.T) {
	for _, dies := range []string{"stopped", "shutting-down", "terminated"} {
		bubble(t, dies, func(t *testing.T) {
			l := newLab(t, twoStandbys(func(w *awssim.World) { w.Instances[1].HungAttach = true }))
			l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{After: func() { l.editInstance("2", inState(dies)) }}})
			if dies == "shutting-down" {
				l.sim.After(15*time.Second, func(w *awssim.World) { w.Instances[1].State = "terminated" })
			}
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "4")
			if took := time.Since(l.started); took > 25*time.Second {
				t.Errorf("took %s\n%s", took, l.log())
			}
			if c := candidateOf(t, r, "a", "2"); c.Eligible {
				t.Errorf("candidate %+v", c)
			}
		})
	}
	bubble(t, "before the attach", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(faultRule{action: detachCall, times: 1, fault: awssim.Fault{After: func() { l.editInstance("2", inState("shutting-down")) }}})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if l.wantHolder("a", "4"); l.countCalls(attachCall) != 2 {
			t.Errorf("%d attaches", l.countCalls(attachCall))
		}
	})
}

func TestIndexTaken(t *testing.T) {
	bubble(t, "in the plan", func(t *testing.T) {
		l := newLab(t, oneStandby(withInterfaces(eni("x", "2", inGroup("x")))))
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if l.wantHolder("a", "2"); r.Interfaces[0].DeviceIndex != 2 || l.countCalls(attachCall) != 1 {
			t.Errorf("index %d\n%s", r.Interfaces[0].DeviceIndex, l.log())
		}
	})
	bubble(t, "meanwhile", func(t *testing.T) {
		l := newLab(t, oneStandby(withInterfaces(eni("x", "", inGroup("x")))))
		l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{Before: func() { l.editInterface("x", attachedByHand("2", 1)) }}})
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if l.wantHolder("a", "2"); r.Interfaces[0].DeviceIndex != 2 || l.countCalls(attachCall) != 2 || len(r.Interfaces[0].Differences) != 0 {
			t.Errorf("index %d, differences %q\n%s", r.Interfaces[0].DeviceIndex, r.Interfaces[0].Differences, l.log())
		}
	})
	bubble(t, "kept", func(t *testing.T) {
		w := oneStandby()
		w.Interfaces[0].Attachment.DeviceIndex = 7
		l := newLab(t, w)
		if r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, ""); r.Interfaces[0].DeviceIndex != 7 {
			t.Errorf("index %d", r.Interfaces[0].DeviceIndex)
		}
	})
}

func TestSlotsTakenMeanwhile(t *testing.T) {
	bubble(t, "next candidate", func(t *testing.T) {
		l := newLab(t, twoStandbys(withInterfaces(eni("x", "", inGroup("x")), eni("y", "", inGroup("x")))))
		l.injectFaults(faultRule{action: attachCall, times: 1, fault: awssim.Fault{Before: func() {
			l.editInterface("x", attachedByHand("2", 2))
			l.editInterface("y", func(e *awssim.Interface) {
				e.Attachment = &awssim.Attachment{ID: id("eni-attach", "fffe"), Instance: instanceID("2"), DeviceIndex: 3}
			})
		}}})
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if c := candidateOf(t, r, "a", "2"); c.Reason != plan.ReasonNoSlot {
			t.Errorf("candidate %+v", c)
		}
		l.wantHolder("a", "4")
	})
}

// TestReturned gives the interface back to the origin where every candidate refuses.
func TestReturned(t *testing.T) {
	for _, code := range []string{"UnsupportedOperation", "UnauthorizedOperation", "AttachmentLimitExceeded"} {
		bubble(t, code, func(t *testing.T) {
			l := newLab(t, twoStandbys())
			l.injectFaults(faultRule{action: attachCall, when: func(c awssim.Call) bool { return !toInstance("1")(c) }, fault: awssim.Fault{Code: code}})
			r, text := mustFail[*failover.FailedError](l, spotWarning("1"))
			l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonReturned)
			l.wantHolder("a", "1")
			e, _ := l.sim.Interface(interfaceID("a"))
			i := r.Interfaces[0]
			if i.To != instanceID("1") || i.Attachment != e.Attachment.ID || e.Attachment.Status != "attached" || i.DeviceIndex != 1 || !strings.Contains(text, e.Attachment.ID) {
				t.Errorf("%s\n%s", text, show(i))
			}
			for _, short := range []string{"2", "4"} {
				if c := candidateOf(t, r, "a", short); c.Eligible || c.Detail == "" {
					t.Errorf("candidate %+v", c)
				}
			}
			if l.countCalls(attachCall) != 3 {
				t.Errorf("%d attaches\n%s", l.countCalls(attachCall), l.log())
			}
		})
	}
	bubble(t, "the origin will not have it either", func(t *testing.T) {
		l := newLab(t, twoStandbys())
		l.injectFaults(faultRule{action: attachCall, fault: awssim.Fault{Code: "UnsupportedOperation"}})
		r, text := mustFail[*failover.FailedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonRefused)
		if l.wantHolder("a", "none"); !strings.Contains(text, "attached to no instance") {
			t.Error(text)
		}
	})
}

// TestRetriedWithNewPlans has an origin that is gone: when every candidate has refused, the move is planned anew.
func TestRetriedWithNewPlans(t *testing.T) {
	bubble(t, "in vain", func(t *testing.T) {
		l := newLab(t, twoStandbys(withHolder(inState("stopped"))))
		l.injectFaults(faultRule{action: attachCall, fault: awssim.Fault{Code: "UnsupportedOperation"}})
		r, _ := mustFail[*failover.FailedError](l, stateChange("1", "stopped"))
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonRefused)
		l.wantHolder("a", "none")
		// Three candidates for each plan, and a plan every fifteen seconds.
		if n := l.countCalls(attachCall); n < 10 || n > 70 {
			t.Errorf("%d attaches\n%s", n, l.log())
		}
		if took := time.Since(l.started); took < 4*time.Minute || took > 5*time.Minute-time.Second {
			t.Errorf("took %s", took)
		}
	})
	for _, after := range []time.Duration{5 * time.Second, 15 * time.Second, time.Minute} {
		// Never leave an interface unattached while an eligible standby exists and time remains.
		bubble(t, fmt.Sprint("a member comes up after ", after), func(t *testing.T) {
			l := newLab(t, twoStandbys(withHolder(inState("stopped"))))
			l.injectFaults(faultRule{action: attachCall, when: func(c awssim.Call) bool { return !toInstance("5")(c) }, fault: awssim.Fault{Code: "UnsupportedOperation"}})
			l.sim.After(after, func(w *awssim.World) { w.Instances = append(w.Instances, instance("5")) })
			r, err := l.send(stateChange("1", "stopped"))
			if err != nil {
				t.Fatalf("%v\nafter %s", err, time.Since(l.started))
			}
			l.wantOutcome(r, plan.OutcomeMoved, "")
			l.wantHolder("a", "5")
		})
	}
}
