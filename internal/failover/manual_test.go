package failover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

func TestManual(t *testing.T) {
	paused := func(w *awssim.World) { interfaceTag("eni-failover:paused", "yes")(&w.Interfaces[0]) }
	unattachedAfter := func(left string) func(*awssim.World) {
		return func(w *awssim.World) {
			w.Interfaces[0].Attachment = nil
			if left != "" {
				w.Interfaces[0].Tags["eni-failover:left"] = instanceID(left) + " " + time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
			}
		}
	}
	tests := []struct {
		name    string
		world   func(*awssim.World)
		ask     fields
		bare    bool
		outcome plan.Outcome
		reason  plan.Reason
		refused bool
		on      string
		from    string
	}{
		{name: "a group", ask: fields{"group": "db"}, outcome: plan.OutcomeMoved, on: "2", from: "1"},
		{name: "an interface", ask: fields{"networkInterfaceId": interfaceID("a")}, outcome: plan.OutcomeMoved, on: "2", from: "1"},
		{name: "to a target", ask: fields{"group": "db", "target": instanceID("4")}, outcome: plan.OutcomeMoved, on: "4", from: "1"},
		{name: "bare, to a target", bare: true, ask: fields{"group": "db", "target": instanceID("4")}, outcome: plan.OutcomeMoved, on: "4", from: "1"},
		{name: "bare, from", bare: true, ask: fields{"group": "db", "from": instanceID("1")}, outcome: plan.OutcomeMoved, on: "2", from: "1"},
		{name: "bare, neither", bare: true, ask: fields{"group": "db"}, outcome: plan.OutcomeFailed, reason: plan.ReasonBadInput, refused: true, on: "1"},
		{name: "there already", ask: fields{"group": "db", "target": instanceID("1")}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonAlreadyThere, on: "1"},
		{name: "not on from", ask: fields{"group": "db", "from": instanceID("2")}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonNotOnFrom, on: "1"},
		{name: "interface not on from", ask: fields{"networkInterfaceId": interfaceID("a"), "from": instanceID("2")}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonNotOnFrom, on: "1"},
		{name: "paused", world: paused, ask: fields{"group": "db"}, outcome: plan.OutcomeIgnored, reason: plan.ReasonPaused, refused: true, on: "1"},
		{name: "paused interface", world: paused, ask: fields{"networkInterfaceId": interfaceID("a")}, outcome: plan.OutcomeIgnored, reason: plan.ReasonPaused, refused: true, on: "1"},
		{name: "unknown group", ask: fields{"group": "nope"}, outcome: plan.OutcomeFailed, reason: plan.ReasonNotManaged, refused: true, on: "1"},
		{name: "part of a group's name", ask: fields{"group": "d"}, outcome: plan.OutcomeFailed, reason: plan.ReasonNotManaged, refused: true, on: "1"},
		{name: "unknown interface", ask: fields{"networkInterfaceId": interfaceID("b")}, outcome: plan.OutcomeFailed, reason: plan.ReasonNotManaged, refused: true, on: "1"},
		{
			name: "interface without the tag", world: withInterfaces(awssim.Interface{ID: interfaceID("b"), AZ: zoneA}),
			ask: fields{"networkInterfaceId": interfaceID("b")}, outcome: plan.OutcomeFailed, reason: plan.ReasonNotManaged, refused: true, on: "1",
		},
		{name: "several holders", world: withInterfaces(eni("b", "4")), ask: fields{"group": "db"}, outcome: plan.OutcomeFailed, reason: plan.ReasonSeveralHolders, refused: true, on: "1"},
		{name: "several holders, from", world: withInterfaces(eni("b", "4")), ask: fields{"group": "db", "from": instanceID("1")}, outcome: plan.OutcomeMoved, on: "2", from: "1"},
		{name: "several holders, interface", world: withInterfaces(eni("b", "4")), ask: fields{"networkInterfaceId": interfaceID("a")}, outcome: plan.OutcomeMoved, on: "2", from: "1"},
		{name: "target in another zone", ask: fields{"group": "db", "target": instanceID("3")}, outcome: plan.OutcomeFailed, reason: plan.ReasonOtherAZ, refused: true, on: "1"},
		{name: "unknown target", ask: fields{"group": "db", "target": instanceID("9")}, outcome: plan.OutcomeFailed, reason: plan.ReasonNotAMember, refused: true, on: "1"},
		{name: "target that is not a member", world: withInstances(instance("5", memberOf("web"))), ask: fields{"group": "db", "target": instanceID("5")}, outcome: plan.OutcomeFailed, reason: plan.ReasonNotAMember, refused: true, on: "1"},
		{name: "stopped target", world: withInstances(instance("5", inState("stopped"))), ask: fields{"group": "db", "target": instanceID("5")}, outcome: plan.OutcomeFailed, reason: plan.ReasonNotRunning, refused: true, on: "1"},
		{name: "impaired target, healthy holder", world: withInstances(instance("5", impairedFor(time.Minute))), ask: fields{"group": "db", "target": instanceID("5")}, outcome: plan.OutcomeFailed, reason: plan.ReasonImpaired, refused: true, on: "1"},
		{name: "unattached", world: unattachedAfter(""), ask: fields{"group": "db"}, outcome: plan.OutcomeAttached, on: ""},
		{name: "unattached, with the left tag", world: unattachedAfter("2"), ask: fields{"group": "db"}, outcome: plan.OutcomeAttached, on: "1", from: "2"},
		{name: "unattached, and the left tag names the target", world: unattachedAfter("2"), ask: fields{"group": "db", "target": instanceID("2")}, outcome: plan.OutcomeAttached, on: "2"},
		{name: "unattached, with from", world: unattachedAfter("4"), ask: fields{"group": "db", "from": instanceID("2")}, outcome: plan.OutcomeAttached, on: "1", from: "2"},
		{name: "attached since", world: func(w *awssim.World) { w.Interfaces[0].Attachment.AttachTime = time.Now() }, ask: fields{"group": "db"}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonAttachmentNewer, on: "1"},
		{name: "attached a second before", world: func(w *awssim.World) { w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-time.Second) }, ask: fields{"group": "db"}, outcome: plan.OutcomeMoved, on: "2", from: "1"},
		{name: "attached since, to a target", world: func(w *awssim.World) { w.Interfaces[0].Attachment.AttachTime = time.Now() }, ask: fields{"group": "db", "target": instanceID("2")}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonAttachmentNewer, on: "1"},
		{name: "bare, attached since, to a target", bare: true, world: func(w *awssim.World) { w.Interfaces[0].Attachment.AttachTime = time.Now() }, ask: fields{"group": "db", "target": instanceID("2")}, outcome: plan.OutcomeMoved, on: "2", from: "1"},
		{
			name: "returned before", world: func(w *awssim.World) {
				w.Interfaces[0].Attachment.AttachTime = time.Now().Add(time.Second)
				w.Interfaces[0].Tags["eni-failover:left"] = instanceID("1") + " " + time.Now().UTC().Format(time.RFC3339)
			}, ask: fields{"group": "db"}, outcome: plan.OutcomeMoved, on: "2", from: "1",
		},
		{name: "unsupported", world: func(w *awssim.World) { w.Interfaces[0].Type = "trunk" }, ask: fields{"networkInterfaceId": interfaceID("a")}, outcome: plan.OutcomeIgnored, reason: plan.ReasonUnsupportedInterface, refused: true, on: "1"},
		{name: "unknown field", ask: fields{"group": "db", "tarket": instanceID("4")}, outcome: plan.OutcomeFailed, reason: plan.ReasonBadInput, refused: true, on: "1"},
		{name: "wildcard", ask: fields{"group": "*"}, outcome: plan.OutcomeFailed, reason: plan.ReasonBadInput, refused: true, on: "1"},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			w := onDemandGroup(fastMoves)
			if test.world != nil {
				test.world(&w)
			}
			l := newLab(t, w)
			e := request(test.ask)
			if test.bare {
				e = bareRequest(test.ask)
			}
			r, err := l.send(e)
			l.wantOutcome(r, test.outcome, test.reason)
			if (err != nil) != test.refused {
				t.Errorf("error %v", err)
			}
			if test.on != "" {
				l.wantHolder("a", test.on)
			}
			if test.from != "" && r.Interfaces[0].From != instanceID(test.from) {
				t.Errorf("from %s, want %s", r.Interfaces[0].From, test.from)
			}
			if test.reason == plan.ReasonBadInput && len(l.sim.Calls()) != 0 {
				t.Errorf("bad input led to calls\n%s", l.log())
			}
			if test.outcome != plan.OutcomeMoved && test.outcome != plan.OutcomeAttached && l.mutations() != 0 {
				t.Errorf("it changed something\n%s", l.log())
			}
			if err != nil && (strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "accepted:") && !strings.Contains(err.Error(), "name one in from") &&
				!strings.Contains(err.Error(), "next:") && !strings.Contains(err.Error(), "carries the tag") && !strings.Contains(err.Error(), "carry the tag")) {
				t.Errorf("the error names no next step: %v", err)
			}
			if err == nil {
				l.mustChangeNothing(e)
			}
		})
	}
}

// TestManualOnAServicesInterface: a NAT gateway's interface is attached to no instance, and the refusal says so.
func TestManualOnAServicesInterface(t *testing.T) {
	bubble(t, "refused", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withInterfaces(eni("b", "", func(e *awssim.Interface) {
			e.RequesterManaged, e.Type = true, "nat_gateway"
			e.Attachment = &awssim.Attachment{ID: "ela-attach-0000000000000000b", InstanceOwner: "amazon-aws", DeviceIndex: 1}
		}))))
		r, err := l.send(request(fields{"networkInterfaceId": interfaceID("b")}))
		l.wantOutcome(r, plan.OutcomeIgnored, plan.ReasonUnsupportedInterface)
		if err == nil {
			t.Fatal("no error")
		}
		wantParts(t, err.Error(), "it is attached to no instance, but used by a service (ela-attach-0000000000000000b); next: move it by hand")
		l.wantOutcome(l.mustSend(sweep()), plan.OutcomeNothingToDo, plan.ReasonHolderServes)
	})
}

func TestManualGroupNotServed(t *testing.T) {
	for _, ask := range []fields{{"group": "db"}, {"networkInterfaceId": interfaceID("a")}, {"group": "nope"}} {
		bubble(t, "ignored", func(t *testing.T) {
			l := newLab(t, onDemandGroup(), "GROUPS", "web")
			r := l.mustSend(request(ask))
			if ask["networkInterfaceId"] == nil || r.Outcome != plan.OutcomeIgnored {
				l.wantOutcome(r, plan.OutcomeIgnored, plan.ReasonGroupNotServed)
			}
			l.wantHolder("a", "1")
		})
	}
}

func TestManualDryRun(t *testing.T) {
	check := func(t *testing.T, l *lab, r failover.Report) {
		t.Helper()
		l.wantOutcome(r, plan.OutcomePlanned, "")
		if i := r.Interfaces[0]; i.To != instanceID("2") || i.From != instanceID("1") || i.DeviceIndex != 1 || !r.DryRun {
			t.Errorf("%s", show(r))
		}
		dry := 0
		for _, c := range l.sim.Calls() {
			if c.DryRun && c.Code == "DryRunOperation" {
				dry++
			}
		}
		if l.wantHolder("a", "1"); l.mutations() != 0 || dry != 2 {
			t.Errorf("%d dry runs\n%s", dry, l.log())
		}
	}
	bubble(t, "asked for", func(t *testing.T) {
		l := newLab(t, onDemandGroup())
		check(t, l, l.mustSend(request(fields{"group": "db", "dryRun": true})))
	})
	bubble(t, "setting", func(t *testing.T) {
		l := newLab(t, onDemandGroup(), "DRY_RUN", "true")
		check(t, l, l.mustSend(request(fields{"group": "db"})))
	})
	bubble(t, "setting, and the request says no", func(t *testing.T) {
		l := newLab(t, onDemandGroup(), "DRY_RUN", "true")
		check(t, l, l.mustSend(request(fields{"group": "db", "dryRun": false})))
	})
	bubble(t, "setting, spot", func(t *testing.T) {
		l := newLab(t, oneStandby(), "DRY_RUN", "true")
		check(t, l, l.mustSend(spotWarning("1")))
	})
	bubble(t, "denied", func(t *testing.T) {
		for _, call := range []string{detachCall, attachCall} {
			l := newLab(t, onDemandGroup())
			l.injectFaults(faultRule{action: call, fault: awssim.Fault{Code: "UnauthorizedOperation"}})
			r, text := mustFail[*failover.FailedError](l, request(fields{"group": "db", "dryRun": true}))
			l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonDenied)
			if l.wantHolder("a", "1"); l.mutations() != 0 || !strings.Contains(text, "UnauthorizedOperation") || strings.Contains(text, "last seen on "+instanceID("2")) {
				t.Errorf("%s\n%s", text, l.log())
			}
		}
	})
	bubble(t, "no member can take it", func(t *testing.T) {
		l := newLab(t, onDemandGroup(func(w *awssim.World) { w.Instances = w.Instances[:1] }))
		r, _ := mustFail[*failover.StrandedError](l, request(fields{"group": "db", "dryRun": true}))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
	})
	bubble(t, "records are checked, and not repaired", func(t *testing.T) {
		w := onDemandGroup(withRecord("db.corp.internal", "10.9.9.9"))
		l := newLab(t, w, "REPAIR_RECORDS", "true")
		r := l.wantOutcome(l.mustSend(request(fields{"group": "db", "dryRun": true})), plan.OutcomePlanned, "")
		if list := r.Interfaces[0].Records; len(list) != 1 || list[0].State != "mismatch" || l.mutations() != 0 {
			t.Errorf("%s\n%s", show(list), l.log())
		}
	})
}

// TestManualPrimaryTagged has primary interfaces that a launch template tagged with the group: they can't be moved, so
// it does not matter that they are on several instances.
func TestManualPrimaryTagged(t *testing.T) {
	bubble(t, "request", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withInterfaces(eni("b", "1", atIndex(0))), withInterfaces(eni("c", "2", atIndex(0))), withInterfaces(eni("d", "4", atIndex(0)))))
		l.wantOutcome(l.mustSend(request(fields{"group": "db"})), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
	})
}

// TestManualLeftTag writes the left tag before the detach from a running holder.
func TestManualLeftTag(t *testing.T) {
	bubble(t, "running", func(t *testing.T) {
		l := newLab(t, onDemandGroup())
		l.mustSend(request(fields{"group": "db"}))
		e, _ := l.sim.Interface(interfaceID("a"))
		if left := e.Tags["eni-failover:left"]; !strings.HasPrefix(left, instanceID("1")+" ") || l.callTime(tagsCall, 1) > l.callTime(detachCall, 1) {
			t.Errorf("left %q\n%s", left, l.log())
		}
	})
	bubble(t, "stopped", func(t *testing.T) {
		l := newLab(t, onDemandGroup(withHolder(inState("stopped"))))
		l.mustSend(request(fields{"group": "db"}))
		if l.countCalls(tagsCall) != 0 {
			t.Errorf("marked\n%s", l.log())
		}
	})
	for name, f := range map[string]awssim.Fault{
		"denied": {Code: "UnauthorizedOperation"}, "server error": {Code: "InternalError"}, "dropped": {Drop: true},
		"throttled": {Code: "RequestLimitExceeded"}, "hanging": {Delay: time.Hour},
	} {
		// It is a hint, never a lock: without it, or without the permission, everything still works.
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, onDemandGroup())
			l.injectFaults(faultRule{action: tagsCall, fault: f})
			r, err := l.sendFor(time.Minute, request(fields{"group": "db"}))
			if err != nil {
				t.Errorf("error %v after %d times CreateTags", err, l.countCalls(tagsCall))
			}
			l.wantOutcome(r, plan.OutcomeMoved, "")
			if at := l.callTime(detachCall, 1); at > 12*time.Second || (at > time.Second && name != "hanging" && name != "throttled") {
				t.Errorf("detached after %s", at)
			}
		})
	}
}

// TestManualLeftIsAvoided does not move an interface back to the instance that it has just left.
func TestManualLeftIsAvoided(t *testing.T) {
	bubble(t, "left", func(t *testing.T) {
		l := newLab(t, awssim.World{
			Instances:  []awssim.Instance{instance("1"), instance("2", instanceTag("eni-failover:priority", "1")), instance("4")},
			Interfaces: []awssim.Interface{eni("a", "2")},
		})
		l.mustSend(request(fields{"networkInterfaceId": interfaceID("a")}))
		time.Sleep(time.Minute)
		to := l.holderShort("a")
		l.mustSend(request(fields{"networkInterfaceId": interfaceID("a"), "from": instanceID(to)}))
		if got := l.holderShort("a"); got == "2" || got == to {
			t.Errorf("went from 2 to %s to %s", to, got)
		}
	})
}

func TestManualForce(t *testing.T) {
	hung := withHolder(func(in *awssim.Instance) { in.HungGuest = true })
	bubble(t, "asked for", func(t *testing.T) {
		l := newLab(t, onDemandGroup(hung))
		r := l.wantOutcome(l.mustSend(request(fields{"group": "db", "force": true})), plan.OutcomeMoved, "")
		if at := l.callTime(detachCall, 2); !r.Interfaces[0].Forced || at < 15*time.Second || at > 16500*time.Millisecond || l.countCalls(detachCall) != 2 {
			t.Errorf("forced after %s\n%s", at, l.log())
		}
	})
	bubble(t, "not asked for", func(t *testing.T) {
		l := newLab(t, onDemandGroup(hung))
		e := request(fields{"group": "db"})
		r, text := mustFail[*failover.FailedError](l, e)
		l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonOutOfTime)
		if l.countCalls(detachCall) != 1 || r.Interfaces[0].Forced || !strings.Contains(text, instanceID("1")) {
			t.Errorf("%s\n%s", text, l.log())
		}
		// A later invocation finds it detaching: past the point of return, it has to be finished.
		r = l.wantOutcome(l.mustSend(e), plan.OutcomeMoved, "")
		if !r.Interfaces[0].Forced {
			t.Errorf("%s", show(r))
		}
		l.wantHolder("a", "2")
	})
	bubble(t, "not asked for, stopped holder", func(t *testing.T) {
		// EC2 says that the holder is stopped, which is more urgent than the request.
		l := newLab(t, onDemandGroup(hung, withHolder(inState("stopped"))))
		l.wantOutcome(l.mustSend(request(fields{"group": "db"})), plan.OutcomeMoved, "")
	})
}

// TestOldRequestComesAgain moves 1 → 2 on request, and 2 → 1 for a Spot interruption. The request's late
// duplicate must not move the interface once more.
func TestOldRequestComesAgain(t *testing.T) {
	bubble(t, "after another move back", func(t *testing.T) {
		l := newLab(t, onDemandGroup(fastMoves, func(w *awssim.World) { spot(&w.Instances[1]) }))
		e := request(fields{"group": "db", "from": instanceID("1")})
		if l.mustSend(e); l.holder("a") == instanceID("1") {
			t.Fatal("not moved")
		}
		first := l.holderShort("a")
		time.Sleep(10 * time.Minute)
		l.editInstance("4", inState("stopped"))
		l.editInstance("2", inState("stopped"))
		l.wantOutcome(l.mustSend(stateChange(first, "stopped")), plan.OutcomeMoved, "")
		l.wantHolder("a", "1")
		l.editInstance("4", inState("running"))
		time.Sleep(time.Minute)
		l.mustChangeNothing(e)
	})
}

// TestRequestAhead: a request whose time is ahead can't be dated, so that its duplicate could move the interface back.
func TestRequestAhead(t *testing.T) {
	bubble(t, "ahead", func(t *testing.T) {
		l := newLab(t, onDemandGroup(fastMoves))
		r, err := l.send(request(fields{"group": "db"}, ago(-6*time.Second)))
		wantError(t, err, "BadInputError", "time", "accepted")
		if l.wantOutcome(r, plan.OutcomeFailed, plan.ReasonBadInput); len(l.sim.Calls()) != 0 {
			t.Errorf("calls were made\n%s", l.log())
		}
		if m := l.metrics.String(); !strings.Contains(m, `"BadInput":1`) || strings.Contains(m, "Failures") {
			t.Errorf("measured %s", m)
		}
		l.wantOutcome(l.mustSend(request(fields{"group": "db", "target": instanceID("2")}, ago(-6*time.Second))), plan.OutcomeMoved, "")
	})
	bubble(t, "clocks differ", func(t *testing.T) {
		l := newLab(t, onDemandGroup(fastMoves))
		e := request(fields{"group": "db"}, ago(-4*time.Second))
		l.wantOutcome(l.mustSend(e), plan.OutcomeMoved, "")
		l.mustChangeNothing(e)
	})
}
