package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestForeignInstance(t *testing.T) {
	events := map[string]func() []byte{
		"spot":          func() []byte { return spotWarning("9") },
		"stopping":      func() []byte { return stateChange("9", "stopping") },
		"stopped":       func() []byte { return stateChange("9", "stopped") },
		"shutting-down": func() []byte { return stateChange("9", "shutting-down") },
		"terminated":    func() []byte { return stateChange("9", "terminated") },
		"running":       func() []byte { return stateChange("9", "running") },
	}
	for name, event := range events {
		for _, known := range []bool{true, false} {
			bubble(t, name, func(t *testing.T) {
				w := oneStandby(fastMoves)
				if known {
					withInstances(instance("9", untagged))(&w)
				}
				l := newLab(t, w)
				r := l.wantOutcome(l.mustSend(event()), plan.OutcomeIgnored, plan.ReasonNotConcerned)
				if n := len(l.sim.Calls()); n != 1 || len(r.Interfaces) != 0 {
					t.Errorf("%d calls\n%s", n, l.log())
				}
				if took := time.Since(l.started); took > 21*time.Millisecond {
					t.Errorf("took %s", took)
				}
			})
			bubble(t, name+" and an interface is unattached", func(t *testing.T) {
				w := oneStandby(withInterfaces(eni("b", "")))
				if known {
					withInstances(instance("9", untagged))(&w)
				}
				l := newLab(t, w)
				l.wantOutcome(l.mustSend(event()), plan.OutcomeIgnored, plan.ReasonNotConcerned)
				want := 2
				if name == "running" {
					want = 1
				}
				if n := len(l.sim.Calls()); n != want {
					t.Errorf("%d calls, want %d\n%s", n, want, l.log())
				}
			})
		}
	}
}

func TestSpotCounts(t *testing.T) {
	tests := []struct {
		name  string
		world func(*awssim.World)
		event func() []byte
		moves bool
		why   plan.Reason
	}{
		{name: "warned", moves: true},
		{name: "to be stopped", moves: true, event: func() []byte {
			return event("aws.ec2", "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": instanceID("1"), "instance-action": "stop"})
		}},
		{name: "to be hibernated", moves: true, event: func() []byte {
			return event("aws.ec2", "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": instanceID("1"), "instance-action": "hibernate"})
		}},
		{name: "On-Demand", world: withHolder(onDemand), why: plan.ReasonNotSpot},
		{name: "On-Demand but stopped", world: withHolder(onDemand, inState("stopped")), moves: true},
		{name: "a former run", world: withHolder(launched(time.Minute)), event: func() []byte { return spotWarning("1", ago(63*time.Second)) }, why: plan.ReasonStale},
		{name: "a second before the launch", world: withHolder(launched(time.Minute)), event: func() []byte { return spotWarning("1", ago(61*time.Second)) }, moves: true},
		{name: "two seconds before the launch", world: withHolder(launched(time.Minute)), event: func() []byte { return spotWarning("1", ago(62*time.Second)) }, moves: true},
		{name: "a former run, and stopped now", world: withHolder(launched(time.Minute), inState("stopped")), event: func() []byte { return spotWarning("1", ago(63*time.Second)) }, why: plan.ReasonStale},
		{name: "149 s old", event: func() []byte { return spotWarning("1", ago(149*time.Second)) }, moves: true},
		{name: "151 s old", event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, why: plan.ReasonStale},
		{name: "an hour old, being terminated", world: withHolder(launched(2*time.Hour), spotStatus("instance-terminated-no-capacity")), event: func() []byte { return spotWarning("1", ago(time.Hour)) }, moves: true},
		{name: "151 s old, marked to stop", world: withHolder(spotStatus("marked-for-stop")), event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, moves: true},
		{name: "151 s old, marked to stop, no member", world: withHolder(untagged, spotStatus("marked-for-stop")), event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, moves: true},
		{name: "151 s old, marked before it came up again", world: withHolder(untagged, inState("pending"), spotStatus("marked-for-stop")), event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, why: plan.ReasonStale},
		{name: "151 s old, stopped and started since", world: withHolder(spotStatus("instance-stopped-no-capacity")), event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, why: plan.ReasonStale},
		{name: "149 s old, request names it no longer", world: withHolder(persistent, spotStatus("instance-terminated-no-capacity")), event: func() []byte { return spotWarning("1", ago(149*time.Second)) }, moves: true},
		{name: "151 s old, request names it no longer", world: withHolder(persistent, spotStatus("instance-terminated-no-capacity")), event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, why: plan.ReasonStale},
		{name: "151 s old, request gone", world: withHolder(spotStatus("none")), event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, why: plan.ReasonStale},
		{name: "151 s old, stopping", world: withHolder(inState("stopped")), event: func() []byte { return spotWarning("1", ago(151*time.Second)) }, moves: true},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			w := oneStandby(fastMoves)
			if test.world != nil {
				test.world(&w)
			}
			l := newLab(t, w)
			e := spotWarning("1")
			if test.event != nil {
				e = test.event()
			}
			r := l.mustSend(e)
			if test.moves {
				l.wantOutcome(r, plan.OutcomeMoved, "")
				l.wantHolder("a", "2")
				l.mustChangeNothing(e)
				return
			}
			l.wantOutcome(r, plan.OutcomeIgnored, test.why)
			l.wantHolder("a", "1")
			if l.mutations() != 0 {
				t.Errorf("it changed something\n%s", l.log())
			}
		})
	}
}

// TestSpotRequestUnknown can't read the Spot request. An old warning is then stale, as if the request announced no
// interruption; the report tells the two apart.
func TestSpotRequestUnknown(t *testing.T) {
	bubble(t, "old", func(t *testing.T) {
		l := newLab(t, oneStandby(withHolder(spotStatus("instance-terminated-no-capacity"))))
		l.injectFaults(faultRule{action: "DescribeSpotInstanceRequests", fault: awssim.Fault{Code: "UnauthorizedOperation"}})
		r := l.wantOutcome(l.mustSend(spotWarning("1", ago(200*time.Second))), plan.OutcomeIgnored, plan.ReasonStale)
		if len(r.Unknown) != 1 || !strings.Contains(r.Unknown[0], "DescribeSpotInstanceRequests") {
			t.Errorf("unknown: %q", r.Unknown)
		}
		if !strings.Contains(show(r), "the Spot request of "+instanceID("1")+" is not known") {
			t.Errorf("the report does not say that the request is not known\n%s", show(r))
		}
	})
	bubble(t, "old, and the request is fulfilled", func(t *testing.T) {
		l := newLab(t, oneStandby())
		r := l.wantOutcome(l.mustSend(spotWarning("1", ago(200*time.Second))), plan.OutcomeIgnored, plan.ReasonStale)
		if !strings.Contains(show(r), "the Spot request of "+instanceID("1")+" announces no interruption") {
			t.Errorf("the report does not say what the request says\n%s", show(r))
		}
	})
	bubble(t, "fresh", func(t *testing.T) {
		l := newLab(t, oneStandby(withInstances(instance("4", spot, instanceTag("eni-failover:priority", "1")))))
		l.injectFaults(faultRule{action: "DescribeSpotInstanceRequests", fault: awssim.Fault{Code: "UnauthorizedOperation"}})
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if c := candidateOf(t, r, "a", "4"); !c.Eligible || len(c.Unknown) == 0 {
			t.Errorf("candidate %+v", c)
		}
	})
}

// TestInterruptedStandby has a best candidate that EC2 is about to interrupt.
func TestInterruptedStandby(t *testing.T) {
	best := instanceTag("eni-failover:priority", "1")
	for _, code := range []string{"instance-terminated-no-capacity", "instance-terminated-by-experiment", "marked-for-stop"} {
		bubble(t, code, func(t *testing.T) {
			l := newLab(t, oneStandby(withInstances(instance("4", spot, best, spotStatus(code)))))
			r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			if c := candidateOf(t, r, "a", "4"); c.Eligible || c.Reason != plan.ReasonInterrupted {
				t.Errorf("candidate %+v, want it refused as %s", c, plan.ReasonInterrupted)
			}
		})
	}
	bubble(t, "started again after a stop", func(t *testing.T) {
		l := newLab(t, oneStandby(withInstances(instance("4", spot, best, spotStatus("instance-stopped-by-user")))))
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "4")
	})
	bubble(t, "a persistent request that names it no longer", func(t *testing.T) {
		// What is unknown is not a reason to refuse an instance, nor to prefer it.
		l := newLab(t, oneStandby(withInstances(instance("4", spot, persistent, spotStatus("instance-terminated-no-capacity")))))
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
		if c := candidateOf(t, r, "a", "4"); !c.Eligible || len(c.Unknown) != 1 || c.Unknown[0] != "spot-request" {
			t.Errorf("candidate %+v, want one whose Spot request is unknown", c)
		}
	})
}

// TestLostWarning has an interruption whose warning never arrives: the next sweep finds it in the Spot request, or in the
// state of the instance.
func TestLostWarning(t *testing.T) {
	behavior := func(b string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.SpotBehavior = b } }
	tests := map[string]struct {
		change func(*awssim.Instance)
		healed time.Duration // by the sweep that comes so long after the beginning of the notice
	}{
		"terminate": {behavior("terminate"), 10 * time.Second},
		"stop":      {behavior("stop"), 10 * time.Second},
		"terminate, and the request names it no longer": {persistent, 130 * time.Second},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(withHolder(test.change)))
			start := time.Now()
			if err := l.sim.Interrupt(instanceID("1"), 2*time.Minute); err != nil {
				t.Fatal(err)
			}
			for after := 10 * time.Second; after < test.healed; after += time.Minute {
				time.Sleep(time.Until(start.Add(after)))
				l.wantOutcome(l.mustSend(sweep()), plan.OutcomeNothingToDo, plan.ReasonHolderServes)
			}
			time.Sleep(time.Until(start.Add(test.healed)))
			l.wantOutcome(l.mustSend(sweep()), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
		})
	}
}

// TestHolderOutsideGroup has an instance that holds an interface and is not a member of its group.
func TestHolderOutsideGroup(t *testing.T) {
	for _, change := range []func(*awssim.Instance){untagged, memberOf("cache")} {
		bubble(t, "spot", func(t *testing.T) {
			l := newLab(t, oneStandby(withHolder(change), withInterfaces(eni("b", ""))))
			l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			l.wantHolder("b", "none") // not of its groups: the sweep's business
		})
	}
}
