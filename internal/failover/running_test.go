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
		{name: "stopped holder", world: first(state("stopped")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "holder that shuts down", world: first(state("shutting-down")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "interrupted holder", world: first(spotStatus("instance-terminated-no-capacity")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "holder that is marked", world: first(spotStatus("marked-for-stop")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "holder that was stopped and started", world: first(spotStatus("instance-stopped-by-user")), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "holder that comes up, marked still, no member", world: first(untagged, state("pending"), spotStatus("marked-for-stop")), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "interrupted holder that is no member", world: first(untagged, spotStatus("instance-terminated-no-capacity")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "stopped holder that is no member", world: first(untagged, state("stopped")), outcome: plan.OutcomeMoved, on: "2"},
		{name: "pending holder", world: first(state("pending")), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "impaired for 5 minutes", world: first(impairedFor(301 * time.Second)), outcome: plan.OutcomeMoved, on: "2"},
		{name: "impaired for 4 minutes", world: first(impairedFor(240 * time.Second)), outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "impaired, no member", world: first(untagged, impairedFor(301*time.Second)), outcome: plan.OutcomeMoved, on: "2"},
		{name: "impaired, not to be relieved", world: first(impairedFor(time.Hour)), settings: []string{"IMPAIRED_AFTER", "0"}, outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes, on: "1"},
		{name: "impaired for 2 minutes, which is enough", world: first(impairedFor(2 * time.Minute)), settings: []string{"IMPAIRED_AFTER", "1m"}, outcome: plan.OutcomeMoved, on: "2"},
		{name: "impaired, but fresh", world: func(w *awssim.World) {
			first(impairedFor(time.Hour))(w)
			w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-9 * time.Minute)
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonCooldown, on: "1"},
		{name: "impaired, and stopped when fresh", world: func(w *awssim.World) {
			first(state("stopped"))(w)
			w.Interfaces[0].Attachment.AttachTime = time.Now().Add(-time.Minute)
		}, outcome: plan.OutcomeMoved, on: "2"},
		{name: "orphan", world: func(w *awssim.World) { w.Interfaces[0].Attachment = nil }, outcome: plan.OutcomeAttached, on: ""},
		{name: "orphan that left 1", world: func(w *awssim.World) {
			w.Interfaces[0].Attachment = nil
			w.Interfaces[0].Tags["eni-failover:left"] = instanceID("1") + " " + time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)
		}, outcome: plan.OutcomeAttached, on: "2"},
		{name: "orphan of another group", world: func(w *awssim.World) {
			first(members("web"))(w)
			w.Interfaces[0].Attachment = nil
			group("web")(&w.Interfaces[0])
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonNotConcerned, on: "none"},
		{name: "dead holder of another group", world: func(w *awssim.World) {
			first(members("web"), state("stopped"))(w)
			group("web")(&w.Interfaces[0])
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonNotConcerned, on: "1"},
		{name: "paused", world: func(w *awssim.World) {
			first(state("stopped"))(w)
			etag("eni-failover:paused", "")(&w.Interfaces[0])
		}, outcome: plan.OutcomeIgnored, reason: plan.ReasonPaused, on: "1"},
		{name: "paused=false", world: func(w *awssim.World) {
			first(state("stopped"))(w)
			etag("eni-failover:paused", "false")(&w.Interfaces[0])
		}, outcome: plan.OutcomeMoved, on: "2"},
		{name: "group not served", world: first(state("stopped")), settings: []string{"GROUPS", "web, cache"}, outcome: plan.OutcomeIgnored, reason: plan.ReasonGroupNotServed, on: "1"},
	}
	for _, test := range tests {
		bubble(t, test.name, func(t *testing.T) {
			w := trio(brisk)
			if test.world != nil {
				test.world(&w)
			}
			l := newLab(t, w, test.settings...)
			if in, _ := l.sim.Instance(instanceID("1")); in.State == "shutting-down" {
				l.sim.After(5*time.Second, func(w *awssim.World) { w.Instances[0].State = "terminated" })
			}
			e := stateChange("2", "running")
			r := l.outcome(l.must(e), test.outcome, test.reason)
			if test.on != "" {
				l.on("a", test.on)
			}
			if (test.outcome == plan.OutcomeIgnored || test.outcome == plan.OutcomeNothingToDo) && l.mutations() != 0 {
				t.Errorf("it changed something\n%s", l.log())
			}
			if len(r.Interfaces) > 1 {
				t.Errorf("others in the report\n%s", show(r))
			}
			if len(test.settings) == 0 {
				l.again(e)
			}
		})
	}
}

// TestRunningStandby has an event about the holder itself, and about members elsewhere.
func TestRunningStandby(t *testing.T) {
	bubble(t, "the holder came back", func(t *testing.T) {
		l := newLab(t, trio())
		l.outcome(l.must(stateChange("1", "running")), plan.OutcomeNothingToDo, plan.ReasonHolderServes)
		l.on("a", "1")
	})
	bubble(t, "in another zone", func(t *testing.T) {
		l := newLab(t, trio(first(state("stopped"))))
		l.outcome(l.must(stateChange("3", "running")), plan.OutcomeMoved, "")
		l.on("a", "2")
	})
	bubble(t, "former run", func(t *testing.T) {
		l := newLab(t, trio(first(state("stopped")), func(w *awssim.World) { w.Instances[1].LaunchTime = time.Now() }))
		l.outcome(l.must(stateChange("2", "running", ago(10*time.Second))), plan.OutcomeIgnored, plan.ReasonStale)
		l.on("a", "1")
	})
	bubble(t, "nobody can take it", func(t *testing.T) {
		l := newLab(t, trio(first(state("stopped")), func(w *awssim.World) { w.Instances[1].State = "stopped" }))
		r, _ := refused[*failover.StrandedError](l, stateChange("3", "running"))
		l.outcome(r, plan.OutcomeStranded, plan.ReasonNoStandby)
		l.on("a", "1")
	})
	bubble(t, "only one came up: a group of one", func(t *testing.T) {
		l := newLab(t, awssim.World{Instances: []awssim.Instance{instance("1", state("terminated")), instance("2")}, Interfaces: []awssim.Interface{eni("a", "")}})
		l.outcome(l.must(stateChange("2", "running")), plan.OutcomeAttached, "")
		l.on("a", "2")
	})
	bubble(t, "somebody else is in the middle of a move", func(t *testing.T) {
		l := newLab(t, trio(func(w *awssim.World) { w.Interfaces[0].Attachment = nil }, more(instance("4"))))
		l.sim.After(4*time.Second, func(w *awssim.World) { byHand("4", 1)(&w.Interfaces[0]) })
		l.outcome(l.must(stateChange("2", "running")), plan.OutcomeSuperseded, plan.ReasonMovedByOther)
		l.on("a", "4")
		if l.mutations() != 0 {
			t.Errorf("it changed something\n%s", l.log())
		}
	})
	bubble(t, "what hangs detaching goes back to its holder if there is nobody else", func(t *testing.T) {
		l := newLab(t, awssim.World{Instances: []awssim.Instance{instance("1")}, Interfaces: []awssim.Interface{eni("a", "1", detaching)}})
		r := l.outcome(l.must(stateChange("1", "running")), plan.OutcomeMoved, "")
		l.on("a", "1")
		if at := l.at(detachCall, 1); !r.Interfaces[0].Forced || at < 15*time.Second || at > 16500*time.Millisecond {
			t.Errorf("forced after %s\n%s", at, l.log())
		}
	})
}
