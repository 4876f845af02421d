package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestStranded detaches nothing while no member can take the interface: a service on a doomed instance still serves.
func TestStranded(t *testing.T) {
	full := func(w *awssim.World) {
		withInstances(instance("6"))(w)
		withInterfaces(eni("x", "6", atIndex(1), inGroup("x")), eni("y", "6", atIndex(2), inGroup("x")))(w)
	}
	bubble(t, "all refuse", func(t *testing.T) {
		no := func(in *awssim.Instance) { in.SystemStatus, in.ImpairedSince = "impaired", time.Now() }
		l := newLab(t, oneStandby(full, func(w *awssim.World) {
			w.Instances = append(w.Instances[:1:1], w.Instances[2:]...) // no 2
			withInstances(
				instance("4", inState("stopped")), instance("5", no), instance("7", spot, spotStatus("marked-for-stop")),
				instance("8", func(in *awssim.Instance) { in.VPC = "vpc-00000000000000001" }), instance("9", ofType("t2.nano")),
				instance("c", memberOf("dbx")), instance("d", inState("terminated")),
			)(w)
			w.Interfaces[0].PrivateIPs = []awssim.PrivateIP{{Address: "10.1.0.1"}, {Address: "10.1.0.2"}, {Address: "10.1.0.3"}}
		}))
		r, text := mustFail[*failover.StrandedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		l.wantHolder("a", "1")
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
		for short, want := range map[string]plan.Reason{
			"1": plan.ReasonDoomed, "3": plan.ReasonOtherAZ, "4": plan.ReasonNotRunning, "5": plan.ReasonImpaired,
			"6": plan.ReasonNoSlot, "7": plan.ReasonInterrupted, "8": plan.ReasonOtherVPC, "9": plan.ReasonTooManyAddresses,
		} {
			if c := candidateOf(t, r, "a", short); c.Eligible || c.Reason != want {
				t.Errorf("%s: %+v, want %s", short, c, want)
			}
			if !strings.Contains(text, instanceID(short)+" ") {
				t.Errorf("the error does not name %s: %s", short, text)
			}
		}
		for _, word := range []string{
			interfaceID("a"), "group db", "still on " + instanceID("1"), instanceID("4") + " is stopped",
			instanceID("3") + " is in " + zoneB, "next: start " + instanceID("4") + ", stopped, in " + zoneA,
		} {
			if !strings.Contains(text, word) {
				t.Errorf("the error does not say %q: %s", word, text)
			}
		}
		if strings.Contains(text, instanceID("c")) || strings.Contains(text, instanceID("d")) {
			t.Errorf("the error speaks of others: %s", text)
		}
	})
	bubble(t, "no other member", func(t *testing.T) {
		l := newLab(t, awssim.World{Instances: []awssim.Instance{instance("1", spot)}, Interfaces: []awssim.Interface{eni("a", "1")}})
		_, text := mustFail[*failover.StrandedError](l, spotWarning("1"))
		if l.wantHolder("a", "1"); !strings.Contains(text, instanceID("1")+" is the one that it leaves") || !strings.HasSuffix(text, "next: launch a standby in "+zoneA+" ("+vpcID+"), tagged eni-failover:group=db") {
			t.Error(text)
		}
	})
	bubble(t, "one of two", func(t *testing.T) {
		// The standby has one slot: one interface moves, the other stays where it serves.
		l := newLab(t, oneStandby(withInterfaces(eni("b", "1", atIndex(2))), func(w *awssim.World) { w.Instances[1].Type = "t3.micro" }))
		r, _ := mustFail[*failover.StrandedError](l, spotWarning("1"))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		on := []string{l.holder("a"), l.holder("b")}
		if (on[0] == instanceID("1")) == (on[1] == instanceID("1")) || l.countAccepted(detachCall) != 1 {
			t.Errorf("on %q\n%s", on, l.log())
		}
	})
}
