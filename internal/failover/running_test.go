package failover_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestRunning sends the event that instance 2 came up, and looks at what becomes of interface a on 1.
func TestRunning(t *testing.T) {
	tests := []struct {
		name     string
		world    func(*awssim.World)
		settings []string
		outcome  plan.Outcome
		reason   plan.Reason
		on       string
	}{
		{name: "healthy holder", outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "stopped holder", world: withHolder(inState("stopped")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "holder that shuts down", world: withHolder(inState("shutting-down")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "interrupted holder", world: withHolder(spotStatus("instance-terminated-no-capacity")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "holder that is marked", world: withHolder(spotStatus("marked-for-stop")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "holder that was stopped and started", world: withHolder(spotStatus("instance-stopped-by-user")), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "holder that comes up, marked still, no member", world: withHolder(untagged, inState("pending"), spotStatus("marked-for-stop")), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "interrupted holder that is not a member", world: withHolder(untagged, spotStatus("instance-terminated-no-capacity")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "stopped holder that is not a member", world: withHolder(untagged, inState("stopped")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "pending holder", world: withHolder(inState("pending")), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "impaired for 5 minutes", world: withHolder(impairedFor(301 * time.Second)), outcome: plan.OutcomeMoved, on: "2"},
		{name: "impaired for 4 minutes", world: withHolder(impairedFor(240 * time.Second)), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "impaired, no member", world: withHolder(untagged, impairedFor(301*time.Second)), outcome: plan.OutcomeMoved, on: "2"},
		{name: "impaired, not to be relieved", world: withHolder(impairedFor(time.Hour)), settings: []string{"IMPAIRED_AFTER", "0"}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "impaired for 2 minutes, which is enough", world: withHolder(impairedFor(2 * time.Minute)), settings: []string{"IMPAIRED_AFTER", "1m"}, outcome: plan.OutcomeMoved, on: "2"},
		{name: "impaired, but fresh", world: func(w *awssim.World) {
			withHolder(impairedFor(time.Hour))(w)
			w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-9 * time.Minute)
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, on: "1"},
		{name: "impaired, and stopped when fresh", world: func(w *awssim.World) {
			withHolder(inState("stopped"))(w)
			w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-time.Minute)
		}, outcome: plan.OutcomeMoved, on: "2"},
		{name: "unattached", world: func(w *awssim.World) { w.Interfaces[0].Attachment = nil }, outcome: plan.OutcomeAttached, on: ""},
		{name: "unattached, and the left tag names 1", world: func(w *awssim.World) {
			w.Interfaces[0].Attachment = nil
			w.Interfaces[0].Tags["eni-failover:left"] = instanceID("1") + " " + time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		}, outcome: plan.OutcomeAttached, on: "2"},
		{name: "unattached, of another group", world: func(w *awssim.World) {
			withHolder(memberOf("web"))(w)
			w.Interfaces[0].Attachment = nil
			inGroup("web")(&w.Interfaces[0])
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonNotConcerned, on: "none"},
		{name: "dead holder of another group", world: func(w *awssim.World) {
			withHolder(memberOf("web"), inState("stopped"))(w)
			inGroup("web")(&w.Interfaces[0])
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonNotConcerned, on: "1"},
		{name: "paused", world: func(w *awssim.World) {
			withHolder(inState("stopped"))(w)
			interfaceTag("eni-failover:paused", "")(&w.Interfaces[0])
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonPaused, on: "1"},
		{name: "paused=false", world: func(w *awssim.World) {
			withHolder(inState("stopped"))(w)
			interfaceTag("eni-failover:paused", "false")(&w.Interfaces[0])
		}, outcome: plan.OutcomeMoved, on: "2"},
		{name: "group not served", world: withHolder(inState("stopped")), settings: []string{"GROUPS", "web, cache"}, outcome: plan.OutcomeIgnored, reason: plan.ReasonGroupNotServed, on: "1"},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			w := oneStandby(fastMoves)
			if test.world != nil {
				test.world(&w)
			}
			l := newLab(t, w, test.settings...)
			if in, _ := l.sim.Instance(instanceID("1")); in.State == "shutting-down" {
				l.sim.After(5*time.Second, func(w *awssim.World) { w.Instances[0].State = "terminated" })
			}
			e := stateChange("2", "running")
			r := l.wantOutcome(l.mustSend(e), test.outcome, test.reason)
			if test.on != "" {
				l.wantHolder("a", test.on)
			}
			if (test.outcome == plan.OutcomeIgnored || test.outcome == plan.OutcomeNothingToDo) && l.mutations() != 0 {
				t.Errorf("it changed something\n%s", l.log())
			}
			if len(r.Interfaces) > 1 {
				t.Errorf("others in the report\n%s", show(r))
			}
			if len(test.settings) == 0 {
				l.mustChangeNothing(e)
			}
		})
	}
}

// TestRunningStandby has an event about the holder itself, and about members elsewhere.
func TestRunningStandby(t *testing.T) {
	bubble(t, "the holder came back", func(t *testing.T) {
		l := newLab(t, oneStandby())
		l.wantOutcome(l.mustSend(stateChange("1", "running")), plan.OutcomeNothingToDo, plan.ReasonHolderServes)
		l.wantHolder("a", "1")
	})
	bubble(t, "in another zone", func(t *testing.T) {
		l := newLab(t, oneStandby(withHolder(inState("stopped"))))
		l.wantOutcome(l.mustSend(stateChange("3", "running")), plan.OutcomeMoved, "")
		l.wantHolder("a", "2")
	})
	bubble(t, "former run", func(t *testing.T) {
		l := newLab(t, oneStandby(withHolder(inState("stopped")), func(w *awssim.World) { w.Instances[1].LaunchTime = time.Now() }))
		l.wantOutcome(l.mustSend(stateChange("2", "running", ago(10*time.Second))), plan.OutcomeIgnored, plan.ReasonStale)
		l.wantHolder("a", "1")
	})
	bubble(t, "no member can take it", func(t *testing.T) {
		l := newLab(t, oneStandby(withHolder(inState("stopped")), func(w *awssim.World) { w.Instances[1].State = "stopped" }))
		r, _ := mustFail[*failover.StrandedError](l, stateChange("3", "running"))
		l.wantOutcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		l.wantHolder("a", "1")
	})
	bubble(t, "only one came up: a group of one", func(t *testing.T) {
		l := newLab(t, awssim.World{Instances: []awssim.Instance{instance("1", inState("terminated")), instance("2")}, Interfaces: []awssim.Interface{eni("a", "")}})
		l.wantOutcome(l.mustSend(stateChange("2", "running")), plan.OutcomeAttached, "")
		l.wantHolder("a", "2")
	})
	bubble(t, "another invocation is in the middle of a move", func(t *testing.T) {
		l := newLab(t, oneStandby(func(w *awssim.World) { w.Interfaces[0].Attachment = nil }, withInstances(instance("4"))))
		l.sim.After(4*time.Second, func(w *awssim.World) { attachedByHand("4", 1)(&w.Interfaces[0]) })
		l.wantOutcome(l.mustSend(stateChange("2", "running")), plan.OutcomeSuperseded, plan.ReasonMovedByOther)
		l.wantHolder("a", "4")
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
	})
	bubble(t, "a detach that hangs ends on the holder if there is no other member", func(t *testing.T) {
		l := newLab(t, awssim.World{Instances: []awssim.Instance{instance("1")}, Interfaces: []awssim.Interface{eni("a", "1", detaching)}})
		r := l.wantOutcome(l.mustSend(stateChange("1", "running")), plan.OutcomeMoved, "")
		l.wantHolder("a", "1")
		if at := l.callTime(detachCall, 1); !r.Interfaces[0].Forced || at < 15*time.Second || at > 16500*time.Millisecond {
			t.Errorf("forced after %s\n%s", at, l.log())
		}
	})
}
