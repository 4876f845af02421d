package failover_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestSeveralInterfaces(t *testing.T) {
	looks := func(t *testing.T, n int) (int, time.Duration, *lab) {
		t.Helper()
		l := newLab(t, manyInterfaces(n, instance("2", ofType("big.1")), instance("4", ofType("big.1"))))
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		took := time.Since(l.started)
		if len(r.Interfaces) != n || l.countAccepted(detachCall) != n || l.countAccepted(attachCall) != n || l.mutations() != 2*n {
			t.Errorf("%d interfaces, %d changes\n%s", len(r.Interfaces), l.mutations(), l.log())
		}
		return l.countCalls(lookCall), took, l
	}
	bubble(t, "ten", func(t *testing.T) {
		one, single, _ := looks(t, 1)
		ten, all, l := looks(t, 10)
		if ten > one*2 {
			t.Errorf("%d looks for ten, %d for one", ten, one)
		}
		if all > single+300*time.Millisecond {
			t.Errorf("%s for ten, %s for one", all, single)
		}
		held := map[string]int{}
		for k := range 10 {
			held[l.holder(fmt.Sprintf("a%d", k))]++
		}
		if held[instanceID("2")] != 5 || held[instanceID("4")] != 5 {
			t.Errorf("not spread: %v", held)
		}
	})
	bubble(t, "no double booking", func(t *testing.T) {
		// Two slots on 2, one on 4, for three interfaces.
		l := newLab(t, manyInterfaces(3, instance("2"), instance("4", ofType("t3.micro"))))
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if n := l.countCalls(attachCall); n != 3 {
			t.Errorf("%d attaches for 3 interfaces\n%s", n, l.log())
		}
	})
	bubble(t, "one too many", func(t *testing.T) {
		l := newLab(t, manyInterfaces(4, instance("2"), instance("4", ofType("t3.micro"))))
		r, _ := mustFail[*failover.StrandedError](l, spotWarning("1"))
		moved := 0
		for _, i := range r.Interfaces {
			if i.Outcome == plan.OutcomeMoved {
				moved++
			}
		}
		if moved != 3 || l.countAccepted(detachCall) != 3 {
			t.Errorf("%d moved, %d detached", moved, l.countAccepted(detachCall))
		}
	})
	bubble(t, "one of them hangs", func(t *testing.T) {
		// The attach of a0 hangs: the others must not wait for it.
		l := newLab(t, manyInterfaces(3, instance("2", ofType("big.1"))))
		l.injectFaults(faultRule{action: attachCall, times: 1, when: func(c awssim.Call) bool { return c.Params.Get("NetworkInterfaceId") == interfaceID("a0") }, fault: awssim.Fault{Delay: time.Hour}})
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		for _, i := range r.Interfaces[1:] {
			if i.EventToAttachedMs > 4000 {
				t.Errorf("%s attached after %d ms", i.Interface, i.EventToAttachedMs)
			}
		}
	})
	bubble(t, "paused and unsupported among them", func(t *testing.T) {
		w := manyInterfaces(4, instance("2", ofType("big.1")))
		interfaceTag("eni-failover:paused", "")(&w.Interfaces[1])
		w.Interfaces[2].RequesterManaged = true
		w.Interfaces[3].Type = "trunk"
		l := newLab(t, w)
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		for k, want := range []plan.Reason{"", plan.ReasonPaused, plan.ReasonUnsupportedInterface, plan.ReasonUnsupportedInterface} {
			if r.Interfaces[k].Reason != want {
				t.Errorf("%s", show(r.Interfaces[k]))
			}
		}
		if l.mutations() != 2 {
			t.Errorf("%d changes\n%s", l.mutations(), l.log())
		}
	})
	bubble(t, "primary", func(t *testing.T) {
		w := oneStandby()
		w.Interfaces[0].Attachment.DeviceIndex = 0
		l := newLab(t, w)
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeIgnored, plan.ReasonUnsupportedInterface)
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
	})
	bubble(t, "other network card", func(t *testing.T) {
		w := oneStandby(withHolder(ofType("p4d.24xlarge")))
		w.Interfaces[0].Attachment.NetworkCard = 1
		l := newLab(t, w)
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeIgnored, plan.ReasonUnsupportedInterface)
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
	})
	bubble(t, "several groups", func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1", spot, memberOf("db web")), instance("2"), instance("4", memberOf("web"))},
			Interfaces: []awssim.Interface{eni("a", "1"), eni("b", "1", atIndex(2), inGroup("web"))},
		})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
		l.wantHolder("b", "4")
	})
	for first, other := range map[string]string{"db": "web", "web": "db"} {
		bubble(t, "a standby that both groups want, and "+first+" has another one", func(t *testing.T) {
			l := newLab(t, awssim.World{
				Instances: []awssim.Instance{
					instance("1", spot, memberOf("db web")), instance("4", memberOf(first)),
					instance("2", memberOf("db web"), ofType("t3.nano"), instanceTag("eni-failover:priority", "1")),
				},
				Interfaces: []awssim.Interface{eni("a", "1", inGroup(first)), eni("b", "1", atIndex(2), inGroup(other))},
			})
			l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "4")
			l.wantHolder("b", "2")
		})
	}
}

// TestNewPlanLeavesOthersTheirStandby makes a new plan for an interface whose standby has refused it, while another
// interface is still on its way to the standby of both groups.
func TestNewPlanLeavesOthersTheirStandby(t *testing.T) {
	bubble(t, "a guest that hangs", func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances: []awssim.Instance{
				instance("1", spot, spotStatus("marked-for-stop"), memberOf("web"), func(in *awssim.Instance) { in.HungGuest = true }),
				instance("2", memberOf("db web"), ofType("t3.nano")),
				instance("4", func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" }),
			},
			Interfaces: []awssim.Interface{eni("a", ""), eni("b", "1", inGroup("web"))},
		})
		l.sim.After(40*time.Second, func(w *awssim.World) { w.Instances[2].RefuseAttach = "" })
		l.mustSend(sweep())
		l.wantHolder("a", "4")
		l.wantHolder("b", "2")
	})
}

// TestRefusedTogether has several interfaces refused by every candidate at about the same time: they share the calls that
// follow.
func TestRefusedTogether(t *testing.T) {
	// refused moves n interfaces to a standby that refuses them for a while.
	refused := func(t *testing.T, n int, trouble func(*awssim.Instance)) []awssim.Call {
		t.Helper()
		w := manyInterfaces(n, instance("2", ofType("big.1"), trouble))
		w.Instances[0].State = "stopped"
		l := newLab(t, w)
		l.sim.After(20*time.Second, func(w *awssim.World) { w.Instances[1].RefuseAttach, w.Instances[1].HungAttach = "", false })
		l.wantOutcome(l.mustSend(stateChange("1", "stopped")), plan.OutcomeMoved, "")
		return l.sim.Calls()
	}
	looks := func(calls []awssim.Call) int {
		n := 0
		for _, c := range calls {
			if c.Action == lookCall && !isPoll(c) {
				n++
			}
		}
		return n
	}
	for name, trouble := range map[string]func(*awssim.Instance){
		"refused":      func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" },
		"out of state": func(in *awssim.Instance) { in.RefuseAttach = "IncorrectInstanceState" },
		"hung":         func(in *awssim.Instance) { in.HungAttach = true },
	} {
		bubble(t, name, func(t *testing.T) {
			calls := refused(t, 10, trouble)
			if one, ten := looks(refused(t, 1, trouble)), looks(calls); ten > 4*one {
				t.Errorf("%d looks at all interfaces for ten, %d for one", ten, one)
			}
			asked := map[string]bool{}
			for _, c := range calls {
				question := fmt.Sprint(c.Time.UnixNano(), c.Action, c.Params)
				if asked[question] {
					t.Errorf("asked twice at one instant: %s", c)
				}
				asked[question] = true
			}
		})
	}
}
