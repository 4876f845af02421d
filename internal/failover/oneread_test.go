package failover_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// hideInstances hides instances from every Describe for some time, as if they had just been launched.
func (l *lab) hideInstances(lasts time.Duration, ids ...string) {
	end := time.Now().Add(lasts)
	l.sim.Intercept(func(c awssim.Call) awssim.Fault {
		if c.Mutating || !time.Now().Before(end) {
			return awssim.Fault{}
		}
		return awssim.Fault{Hide: ids}
	})
}

// TestHolderNotShown has looks that do not show a healthy holder: nothing is taken off it, whether it is a member of the
// group or not.
func TestHolderNotShown(t *testing.T) {
	events := map[string]struct {
		event  func() []byte
		reason plan.Reason
	}{
		"sweep":          {sweep, plan.ReasonHolderServes},
		"running":        {func() []byte { return stateChange("2", "running") }, plan.ReasonHolderServes},
		"stopped, stale": {func() []byte { return stateChange("1", "stopped") }, plan.ReasonStale},
		"a former run":   {func() []byte { return spotWarning("1", ago(2*time.Minute)) }, plan.ReasonStale},
	}
	for name, test := range events {
		for member, change := range map[string]func(*awssim.Instance){"a member": spot, "no member": untagged} {
			bubble(t, name+", "+member, func(t *testing.T) {
				l := newLab(t, oneStandby(fastMoves, withHolder(spot, change, launched(time.Minute))))
				l.hideInstances(4*time.Second, instanceID("1"))
				if r := l.mustSend(test.event()); r.Reason != test.reason {
					t.Errorf("reason %s, want %s\n%s", r.Reason, test.reason, show(r))
				}
				if l.wantHolder("a", "1"); l.mutations() != 0 {
					t.Errorf("it changed something\n%s", l.log())
				}
			})
		}
	}
}

// TestHolderNotShownTwice has a holder that no look shows: it is gone, and its interface moves.
func TestHolderNotShownTwice(t *testing.T) {
	for name, event := range map[string]func() []byte{"sweep": sweep, "running": func() []byte { return stateChange("2", "running") }} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves))
			l.hideInstances(time.Hour, instanceID("1"))
			l.wantOutcome(l.mustSend(event()), plan.OutcomeMoved, "")
			l.wantHolder("a", "2")
			if at := l.callTime(detachCall, 1); at < plan.ConfirmAfter {
				t.Errorf("detached after %s\n%s", at, l.log())
			}
		})
	}
}

// TestEndNeedsNoSecondLook: where the event and EC2 agree that an instance ends, there is no second look. There is one if
// EC2 does not show the instance, because it would show a terminated one.
func TestEndNeedsNoSecondLook(t *testing.T) {
	for name, hide := range map[string]bool{"shown": false, "not shown": true} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves, withHolder(inState("shutting-down"))))
			if hide {
				l.editInstance("1", inState("stopped"))
				l.hideInstances(time.Hour, instanceID("1"))
			} else {
				l.sim.After(time.Second, func(w *awssim.World) { w.Instances[0].State = "terminated" })
			}
			r := l.mustSend(stateChange("1", "terminated"))
			l.wantHolder("a", "2")
			if waited := l.callTime(attachCall, 1) > plan.ConfirmAfter; waited != hide {
				t.Errorf("%s, attached after %s\n%s", r.Outcome, l.callTime(attachCall, 1), l.log())
			}
		})
	}
}

// TestOldState has one look show a holder as it was before its start. A sweep has no other reason than the state, and with
// an old state EC2 would not contradict a status-check alarm.
func TestOldState(t *testing.T) {
	for name, test := range map[string]struct {
		event  func() []byte
		reason plan.Reason
	}{
		"sweep":   {sweep, plan.ReasonHolderServes},
		"running": {func() []byte { return stateChange("2", "running") }, plan.ReasonHolderServes},
		"alarm":   {func() []byte { return alarmEvent(statusCheckMetrics("1", "StatusCheckFailed"), alarmState(0), "OK") }, plan.ReasonStatusChecksOK},
	} {
		bubble(t, name, func(t *testing.T) {
			w := oneStandby(fastMoves, withHolder(inState("stopped"), launched(time.Hour)))
			w.Timing.Remember = awssim.Duration(time.Minute)
			l := newLab(t, w)
			l.editInstance("1", inState("running"))
			end := time.Now().Add(time.Second)
			time.Sleep(time.Millisecond)
			l.sim.Intercept(func(awssim.Call) awssim.Fault {
				if time.Now().Before(end) {
					return awssim.Fault{Stale: time.Minute}
				}
				return awssim.Fault{}
			})
			if r := l.mustSend(test.event()); r.Reason != test.reason {
				t.Errorf("reason %s, want %s\n%s", r.Reason, test.reason, show(r))
			}
			if l.wantHolder("a", "1"); l.mutations() != 0 {
				t.Errorf("it changed something\n%s", l.log())
			}
		})
	}
}

// TestDescribeLags has an event arrive before the Describe calls agree with it.
func TestDescribeLags(t *testing.T) {
	for _, says := range []string{"stopping", "shutting-down"} {
		bubble(t, says, func(t *testing.T) {
			l := newLab(t, oneStandby(fastMoves))
			l.sim.After(3*time.Second, func(w *awssim.World) {
				w.Instances[0].State = map[string]string{"stopping": "stopped", "shutting-down": "terminated"}[says]
			})
			r := l.mustSend(stateChange("1", says))
			if !slices.Contains([]plan.Outcome{plan.OutcomeMoved, plan.OutcomeAttached}, r.Outcome) {
				t.Errorf("%s %s\n%s", r.Outcome, r.Reason, l.log())
			}
			l.wantHolder("a", "2")
		})
	}
}

// TestStatusChecksLag has an alarm go off before DescribeInstanceStatus agrees. It goes off once, and without
// IMPAIRED_AFTER no sweep makes up for it.
func TestStatusChecksLag(t *testing.T) {
	for name, previous := range map[string]string{"after OK": "OK", "of a new alarm": "INSUFFICIENT_DATA"} {
		for lag, moves := range map[time.Duration]bool{4 * time.Second: true, 6 * time.Second: false} {
			bubble(t, fmt.Sprintf("%s, by %s", name, lag), func(t *testing.T) {
				l := newLab(t, oneStandby(fastMoves), "IMPAIRED_AFTER", "0")
				l.sim.After(lag, func(w *awssim.World) { impaired(&w.Instances[0]) })
				r := l.mustSend(alarmEvent(statusCheckMetrics("1", "StatusCheckFailed"), alarmState(0), previous))
				if !moves {
					l.wantHolder("a", "1")
					if r.Outcome != plan.OutcomeIgnored || l.countCalls("DescribeInstanceStatus") != 2 {
						t.Errorf("%s, asked %d times\n%s", r.Outcome, l.countCalls("DescribeInstanceStatus"), l.log())
					}
					return
				}
				l.wantOutcome(r, plan.OutcomeMoved, "")
				l.wantHolder("a", "2")
			})
		}
	}
	bubble(t, "nothing to move", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, func(w *awssim.World) { interfaceTag("eni-failover:paused", "")(&w.Interfaces[0]) }))
		l.mustSend(alarmEvent(statusCheckMetrics("1", "StatusCheckFailed"), alarmState(0), "OK"))
		if took := time.Since(l.started); took >= plan.ConfirmAfter {
			t.Errorf("it took %s\n%s", took, l.log())
		}
	})
}

// TestTargetNotShown has looks that do not show the target of a slow attach, or the origin: an interface that is attaching
// to a running target is not detached again.
func TestTargetNotShown(t *testing.T) {
	bubble(t, "target", func(t *testing.T) {
		w := oneStandby(withInstances(instance("4")))
		w.Timing = timing()
		w.Timing.Attach = awssim.Duration(12 * time.Second)
		l := newLab(t, w)
		asked := 0
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeInstances" && l.countCalls(attachCall) > 0 {
				if asked++; asked == 1 {
					return awssim.Fault{Hide: []string{instanceID("2"), instanceID("4")}}
				}
			}
			return awssim.Fault{}
		})
		l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if n := l.countCalls(detachCall); n != 1 || asked < 2 {
			t.Errorf("%d detach requests, asked %d times\n%s", n, asked, l.log())
		}
	})
	bubble(t, "origin", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, func(w *awssim.World) { w.Instances[1].RefuseAttach = "UnsupportedOperation" }))
		hidden := time.Time{}
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == attachCall {
				hidden = time.Now().Add(4 * time.Second)
			}
			if c.Action == "DescribeInstances" && time.Now().Before(hidden) {
				return awssim.Fault{Hide: []string{instanceID("1")}}
			}
			return awssim.Fault{}
		})
		if r, err := l.send(request(fields{"group": "db"})); err == nil || r.Interfaces[0].Reason != plan.ReasonReturned {
			t.Errorf("%v\n%s", err, l.log())
		}
		l.wantHolder("a", "1")
	})
}

// TestRepeatedAcrossPages has a list that changes between two pages, so that the interface is on both: it is
// moved once, and reported once.
func TestRepeatedAcrossPages(t *testing.T) {
	bubble(t, "spot warning", func(t *testing.T) {
		w := oneStandby(fastMoves, withHolder(spot))
		for n := range 1100 {
			w.Interfaces = append(w.Interfaces, eni(fmt.Sprintf("b%d", n), "", interfaceTag("eni-failover:group", "web")))
		}
		l := newLab(t, w)
		l.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Repeat: interfaceID("a")} })
		r := l.wantOutcome(l.mustSend(spotWarning("1")), plan.OutcomeMoved, "")
		if n := l.countCalls(detachCall); n != 1 || len(r.Interfaces) != 1 {
			t.Errorf("%d detach requests, reported %d times\n%s", n, len(r.Interfaces), show(r))
		}
	})
}
