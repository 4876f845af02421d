package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
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

// TestLeftBehind finds the unattached interfaces of the instance's groups, as after a crash.
func TestLeftBehind(t *testing.T) {
	tests := map[string]struct {
		change  func(*awssim.World)
		outcome plan.Outcome
		on      string
	}{
		"free":              {withInterfaces(eni("b", "")), plan.OutcomeAttached, "2"},
		"another zone's":    {withInterfaces(eni("b", "", func(e *awssim.Interface) { e.AZ = zoneB })), "", "none"},
		"another group's":   {withInterfaces(eni("b", "", inGroup("web"))), "", "none"},
		"paused":            {withInterfaces(eni("b", "", interfaceTag("eni-failover:paused", ""))), plan.OutcomeIgnored, "none"},
		"detaching from it": {withInterfaces(eni("b", "1", atIndex(2), detaching)), plan.OutcomeMoved, "2"},
		"detaching from a peer": {func(w *awssim.World) {
			withInterfaces(eni("b", "4", detaching))(w)
			withInstances(instance("4", memberOf("db x")))(w)
		}, plan.OutcomeMoved, "2"},
		"on a peer": {func(w *awssim.World) { withInterfaces(eni("b", "4"))(w); withInstances(instance("4"))(w) }, "", "4"},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(test.change, func(w *awssim.World) { w.Instances[1].Type = "m5.4xlarge" }))
			r := l.mustSend(spotWarning("1"))
			l.wantTrueReport(r)
			var got plan.Outcome
			for _, i := range r.Interfaces {
				if i.Interface == interfaceID("b") {
					got = i.Outcome
				}
			}
			if got != test.outcome {
				t.Errorf("outcome %q, want %q\n%s", got, test.outcome, show(r))
			}
			if name == "detaching from a peer" && (l.holder("b") == instanceID("4") || l.holder("b") == instanceID("2")) {
				return // either may have it
			}
			l.wantHolder("a", map[bool]string{true: l.holderShort("a"), false: "2"}[name == "on a peer" || name == "detaching from a peer"])
			l.wantHolder("b", test.on)
		})
	}
}

// TestUnattachedWaits attaches an unattached interface only after two looks five seconds apart.
func TestUnattachedWaits(t *testing.T) {
	tests := map[string]struct {
		event func() []byte
		state string
		wait  time.Duration
	}{
		"spot":          {func() []byte { return spotWarning("1") }, "running", 5 * time.Second},
		"stopping":      {func() []byte { return stateChange("1", "stopping") }, "stopping", 5 * time.Second},
		"stopped":       {func() []byte { return stateChange("1", "stopped") }, "stopped", 5 * time.Second},
		"shutting-down": {func() []byte { return stateChange("1", "shutting-down") }, "shutting-down", 0},
		"terminated":    {func() []byte { return stateChange("1", "terminated") }, "terminated", 0},
		"running":       {func() []byte { return stateChange("2", "running") }, "running", 5 * time.Second},
		"manual":        {func() []byte { return request(map[string]any{"group": "db"}) }, "running", 0},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, awssim.World{
				Instances:  []awssim.Instance{instance("1", spot, inState(test.state)), instance("2")},
				Interfaces: []awssim.Interface{eni("a", "")},
			})
			e := test.event()
			r := l.wantOutcome(l.mustSend(e), plan.OutcomeAttached, "")
			at := l.callTime(attachCall, 1)
			if at < test.wait || at > test.wait+800*time.Millisecond {
				t.Errorf("attached after %s, want %s\n%s", at, test.wait, l.log())
			}
			if n := l.countCalls(attachCall); n != 1 {
				t.Errorf("%d attaches", n)
			}
			if want := map[bool]string{true: instanceID("1")}[name != "running" && name != "manual"]; r.Interfaces[0].From != want {
				t.Errorf("from %q, want %q", r.Interfaces[0].From, want)
			}
			l.mustChangeNothing(e)
		})
	}
}

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
