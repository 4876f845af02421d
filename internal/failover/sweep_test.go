package failover_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestSweep(t *testing.T) {
	type world func() ([]awssim.Instance, []awssim.Interface)
	two := func(holder, standby []func(*awssim.Instance), e func() awssim.Interface) world {
		return func() ([]awssim.Instance, []awssim.Interface) {
			return []awssim.Instance{instance("1", holder...), instance("2", standby...)}, []awssim.Interface{e()}
		}
	}
	on1 := func() awssim.Interface { return eni("a", "1") }
	is := func(f ...func(*awssim.Instance)) []func(*awssim.Instance) { return f }
	tests := []struct {
		name     string
		world    world
		settings []string
		outcome  plan.Outcome
		reason   plan.Reason
		holder   string // where the interface is afterwards
	}{
		{name: "all is well", world: two(nil, nil, on1), outcome: plan.OutcomeNothingToDo, holder: instanceID("1")},
		{name: "unattached", world: two(is(inState("terminated")), nil, func() awssim.Interface { return eni("a", "") }), outcome: plan.OutcomeAttached, holder: instanceID("2")},
		{name: "stopped holder", world: two(is(inState("stopped")), nil, on1), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "interrupted holder", world: two(is(spot, spotStatus("instance-terminated-no-capacity")), nil, on1), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "holder that is marked", world: two(is(spot, spotStatus("marked-for-stop")), nil, on1), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "interrupted holder that is not a member", world: two(is(untagged, spot, spotStatus("instance-terminated-no-capacity")), nil, on1), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "terminating in its Auto Scaling group", world: two(is(inAutoScaling("Terminating:Wait")), nil, on1), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "terminating in its Auto Scaling group, and not a member", world: two(is(inAutoScaling("Terminating:Wait"), notAMember), nil, on1), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "in no Auto Scaling group, and not a member", world: two(is(notAMember), nil, on1), outcome: plan.OutcomeNothingToDo, holder: instanceID("1")},
		{name: "in standby in its group", world: two(is(inAutoScaling("Standby")), nil, on1), outcome: plan.OutcomeNothingToDo, holder: instanceID("1")},
		{name: "impaired for long", world: two(is(impairedFor(5*time.Minute)), nil, on1), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "impaired for a moment", world: two(is(impairedFor(4*time.Minute)), nil, on1), outcome: plan.OutcomeNothingToDo, holder: instanceID("1")},
		{name: "impaired, never relieved for it", world: two(is(impairedFor(time.Hour)), nil, on1), settings: []string{"IMPAIRED_AFTER", "0"}, outcome: plan.OutcomeNothingToDo, holder: instanceID("1")},
		{name: "impaired, in the cool-down", world: two(is(impairedFor(time.Hour)), nil, func() awssim.Interface { return eni("a", "1", heldFor(9*time.Minute)) }), outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, holder: instanceID("1")},
		{name: "stranded", world: two(is(inState("stopped")), is(inState("stopped")), on1), outcome: plan.OutcomeStranded, reason: plan.ReasonNoStandby, holder: instanceID("1")},
		{name: "stuck attaching", world: two(nil, nil, func() awssim.Interface {
			return eni("a", "1", inStatus("attaching"), heldFor(6*time.Minute))
		}), outcome: plan.OutcomeMoved, holder: instanceID("2")},
		{name: "attaching for a moment", world: two(nil, nil, func() awssim.Interface {
			return eni("a", "1", inStatus("attaching"), heldFor(4*time.Minute))
		}), outcome: plan.OutcomeNothingToDo, holder: instanceID("1") + " attaching"},
		{name: "stuck detaching goes back to a holder that is well", world: func() ([]awssim.Instance, []awssim.Interface) {
			return []awssim.Instance{instance("1")}, []awssim.Interface{eni("a", "1", inStatus("detaching"))}
		}, outcome: plan.OutcomeMoved, holder: instanceID("1")},
		{name: "a paused unattached interface is named", world: two(nil, nil, func() awssim.Interface {
			return eni("a", "", interfaceTag("eni-failover:paused", "1"))
		}), outcome: plan.OutcomeIgnored, reason: plan.ReasonPaused, holder: "none"},
		{name: "group not served", world: two(is(inState("stopped")), nil, on1), settings: []string{"GROUPS", "web"}, outcome: plan.OutcomeIgnored, reason: plan.ReasonGroupNotServed, holder: instanceID("1")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				instances, interfaces := tt.world()
				l := newLab(t, awssim.World{Instances: instances, Interfaces: interfaces}, tt.settings...)
				r := l.mustSend(sweep())
				if r.Outcome != tt.outcome || (tt.reason != "" && r.Reason != tt.reason) || l.holder("a") != tt.holder {
					t.Errorf("%s (%s), on %s; want %s (%s), on %s\n%s\n%s", r.Outcome, r.Reason, l.holder("a"), tt.outcome, tt.reason, tt.holder, show(r), l.log())
				}
			})
		})
	}
}

// An unattached interface may be in the middle of another invocation's move: it must be seen unattached twice, five
// seconds apart.
func TestSweepLooksTwiceAtAnUnattachedInterface(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1"), instance("2")},
			Interfaces: []awssim.Interface{eni("a", "")},
		})
		l.mustSend(sweep())
		for _, c := range l.sim.Calls() {
			if c.Action == "AttachNetworkInterface" && c.Time.Sub(l.started) < 5*time.Second {
				t.Errorf("attached after %s; want at least 5 s\n%s", c.Time.Sub(l.started), l.log())
			}
		}
		if l.countCalls("AttachNetworkInterface") != 1 {
			t.Errorf("attached %d times; want once", l.countCalls("AttachNetworkInterface"))
		}
	})
}

// An alarm has relieved a broken holder: a sweep after a crash must not give the service back to it.
func TestSweepDoesNotReturnToWhatWasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances: []awssim.Instance{instance("1", instanceTag("eni-failover:priority", "1")), instance("2")},
			Interfaces: []awssim.Interface{eni("a", "", interfaceTag("eni-failover:left",
				instanceID("1")+" "+time.Now().Add(-29*time.Minute).UTC().Format(time.RFC3339)))},
		})
		l.mustSend(sweep())
		if l.holder("a") != instanceID("2") {
			t.Errorf("on %s; want the one that it did not leave", l.holder("a"))
		}
	})
}

// Auto Scaling is asked about a holder without the group tag in the same round as EC2: at most two rounds follow the look
// at the interfaces.
func TestHealLooksAtAHolderThatIsNoMember(t *testing.T) {
	for name, e := range map[string]func() []byte{
		"sweep": sweep, "running": func() []byte { return stateChange("2", "running") },
	} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, awssim.World{
				Instances:  []awssim.Instance{instance("1", inAutoScaling("Terminating:Wait"), notAMember), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "1")},
			})
			l.wantOutcome(l.mustSend(e()), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			if at := l.callTime("DescribeAutoScalingInstances", 1); l.countCalls("DescribeAutoScalingInstances") != 1 || at > 3*20*time.Millisecond {
				t.Errorf("asked after %s\n%s", at, l.log())
			}
		})
	}
}
