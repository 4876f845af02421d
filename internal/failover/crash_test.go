package failover_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// crashStory is an event that moves or attaches one interface of an account.
type crashStory struct {
	name     string
	world    func() awssim.World
	event    func() []byte
	settings []string
	broken   string // the instance on which the interface must not end
}

func crashStories() []crashStory {
	account := func(holder ...func(*awssim.Instance)) func() awssim.World {
		return func() awssim.World {
			return awssim.World{
				Instances:  []awssim.Instance{instance("1", holder...), instance("2"), instance("3", instanceTag("eni-failover:priority", "200"))},
				Interfaces: []awssim.Interface{eni("a", "1", heldFor(time.Hour))},
			}
		}
	}
	return []crashStory{
		{name: "spot", world: account(spot), event: func() []byte { return spotWarning("1") }},
		{name: "next candidate", world: func() awssim.World {
			w := account(spot)()
			w.Instances[0].SpotStatus = "instance-terminated-no-capacity" // or a sweep has no reason against it
			w.Instances[1].RefuseAttach = "UnsupportedOperation"
			return w
		}, event: func() []byte { return spotWarning("1") }},
		{name: "stopping", world: account(inState("stopped")), event: func() []byte { return stateChange("1", "stopped") }},
		{name: "terminated", world: account(inState("terminated")), event: func() []byte { return stateChange("1", "terminated") }},
		{name: "running", world: account(inState("stopped")), event: func() []byte { return stateChange("2", "running") }},
		{name: "manual", world: account(), event: func() []byte { return request(map[string]any{"group": "db"}) }, broken: "1"},
		{name: "manual target", world: account(), event: func() []byte {
			return request(map[string]any{"networkInterfaceId": interfaceID("a"), "target": instanceID("3")})
		}, broken: "1"},
		{name: "alarm", world: account(impaired), event: func() []byte {
			return alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK")
		}, broken: "1"},
		{name: "lifecycle", world: account(inAutoScaling("Terminating:Wait")), event: func() []byte { return lifecycleAction("1", "eni-failover") }},
		{name: "sweep", world: account(inState("stopped")), event: sweep},
		{name: "rebalance", world: account(spot), event: func() []byte { return rebalance("1") }, settings: []string{"ACT_ON_REBALANCE", "true"}, broken: "1"},
	}
}

// killPoint says when an invocation is killed: at a call, before or after the call takes effect.
type killPoint struct {
	call  int
	after bool
}

// sendAndKill handles an event and kills the invocation at a call: its context ends, as when Lambda ends the process, and
// no later call reaches AWS.
func (l *lab) sendAndKill(event []byte, at killPoint) {
	ctx, kill := context.WithTimeout(l.t.Context(), 5*time.Minute)
	defer kill()
	n, dead := 0, false
	l.sim.Intercept(func(awssim.Call) awssim.Fault {
		n++
		switch {
		case dead, n == at.call && !at.after:
			dead = true
			kill()
			return awssim.Fault{Drop: true}
		case n == at.call:
			dead = true
			return awssim.Fault{LoseReply: true, After: kill}
		}
		return awssim.Fault{}
	})
	_, _ = l.handler.Handle(ctx, event, account) // a killed invocation returns nothing
	l.sim.Intercept(nil)
}

// An invocation that is killed before or after any of its calls is finished by the next one: by its retry, by a sweep, or
// by the next event about the same instance.
func TestKilledAtAnyCall(t *testing.T) {
	ways := []struct {
		name string
		next func(*lab) []byte
	}{
		{"retry", nil},
		{"sweep", func(*lab) []byte { return sweep() }},
		{"stopped", func(l *lab) []byte {
			l.sim.Edit(func(w *awssim.World) {
				if w.Instances[0].State == "running" {
					w.Instances[0].State = "stopped"
				}
			})
			return stateChange("1", "stopped")
		}},
	}
	for _, s := range crashStories() {
		t.Run(s.name, func(t *testing.T) {
			calls, changes := s.undisturbed(t)
			for n := 1; n <= calls; n++ {
				for _, after := range []bool{false, true} {
					for _, way := range ways {
						t.Run(fmt.Sprintf("%d after=%t %s", n, after, way.name), func(t *testing.T) {
							synctest.Test(t, func(t *testing.T) { s.killAndFinish(t, killPoint{n, after}, way.next, changes) })
						})
					}
				}
			}
		})
	}
}

// undisturbed counts the calls of the undisturbed story, and the changes among them.
func (s crashStory) undisturbed(t *testing.T) (calls, changes int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := s.world()
		w.Timing = fastTiming()
		l := newLab(t, w, s.settings...)
		l.mustSend(s.event())
		calls, changes = len(l.sim.Calls()), l.mutations()
	})
	return calls, changes
}

func (s crashStory) killAndFinish(t *testing.T, at killPoint, next func(*lab) []byte, changes int) {
	w := s.world()
	w.Timing = fastTiming()
	l := newLab(t, w, s.settings...)
	first := s.event()
	l.sendAndKill(first, at)
	touched := l.detachSent()
	time.Sleep(time.Minute) // Lambda's first retry
	l.handler = l.newHandler(s.settings...)
	event := first
	if next != nil {
		event = next(l)
	}
	r, err := l.send(event)
	if err != nil {
		t.Fatalf("the next invocation: %v\n%s", err, l.log())
	}
	l.checkReport(t, r)
	on := l.holder("a")
	if on != instanceID("2") && on != instanceID("3") {
		// A sweep has no reason to move from a holder that is still untouched.
		if next == nil || touched || on != instanceID("1") {
			t.Errorf("on %s after %s (%s); want on a standby\n%s", on, r.Outcome, r.Reason, l.log())
		}
	}
	if touched && s.broken != "" && on == instanceID(s.broken) {
		t.Errorf("back on the broken %s\n%s", on, l.log())
	}
	before := l.mutations()
	if before > changes+2 {
		t.Errorf("%d changes, undisturbed %d\n%s", before, changes, l.log())
	}
	if _, err := l.send(event); err != nil {
		t.Errorf("the duplicate: %v", err)
	}
	if n := l.mutations() - before; n > completions(l, before) {
		t.Errorf("the duplicate made %d changes\n%s", n, l.log())
	}
}

// detachSent reports whether a detach has reached AWS. Before that there is nothing to finish.
func (l *lab) detachSent() bool {
	for _, c := range l.sim.Calls() {
		if c.Action == "DetachNetworkInterface" && !c.DryRun && c.Lost != awssim.LostRequest {
			return true
		}
	}
	return false
}

// completions counts the lifecycle actions that were completed after the first changes. To complete one again is not a
// change.
func completions(l *lab, before int) int {
	n, seen := 0, 0
	for _, c := range l.sim.Calls() {
		if c.Mutating && !c.DryRun {
			if seen++; seen > before && c.Action == "CompleteLifecycleAction" {
				n++
			}
		}
	}
	return n
}

// checkReport compares what a report says of its interfaces with the account.
func (l *lab) checkReport(t *testing.T, r failover.Report) {
	t.Helper()
	for _, i := range r.Interfaces {
		e, ok := l.sim.Interface(i.Interface)
		if i.Outcome != plan.OutcomeMoved && i.Outcome != plan.OutcomeAttached {
			continue
		}
		if !ok || e.Attachment == nil || e.Attachment.Instance != i.To || e.Attachment.ID != i.Attachment || e.Attachment.DeviceIndex != i.DeviceIndex {
			t.Errorf("the report says %s to %s as %s; it is %+v", i.Outcome, i.To, i.Attachment, e.Attachment)
		}
	}
}
