package failover_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// hiding has no Describe show instance 1 for some time from now on, as if it had been launched this moment.
func (l *lab) hiding(lasts time.Duration, ids ...string) {
	end := time.Now().Add(lasts)
	l.sim.Intercept(func(c awssim.Call) awssim.Fault {
		if c.Mutating || !time.Now().Before(end) {
			return awssim.Fault{}
		}
		return awssim.Fault{Hide: ids}
	})
}

// TestHolderNotShown has looks that do not show a holder which runs and is healthy: that is no reason to take
// anything off it, whether it is a member of the group or not.
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
				l := newLab(t, trio(brisk, first(spot, change, launched(time.Minute))))
				l.hiding(4*time.Second, instanceID("1"))
				if r := l.must(test.event()); r.Reason != test.reason {
					t.Errorf("reason %s, want %s\n%s", r.Reason, test.reason, show(r))
				}
				if l.on("a", "1"); l.mutations() != 0 {
					t.Errorf("it changed something\n%s", l.log())
				}
			})
		}
	}
}

// TestHolderNotShownTwice has a holder that no look shows at all: it is gone, and what it has is moved.
func TestHolderNotShownTwice(t *testing.T) {
	for name, event := range map[string]func() []byte{"sweep": sweep, "running": func() []byte { return stateChange("2", "running") }} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, trio(brisk))
			l.hiding(time.Hour, instanceID("1"))
			l.outcome(l.must(event()), plan.OutcomeMoved, "")
			l.on("a", "2")
			if at := l.at(detachCall, 1); at < plan.ConfirmAfter {
				t.Errorf("detached after %s\n%s", at, l.log())
			}
		})
	}
}

// TestEndNeedsNoSecondLook: an event that says that an instance ends, and EC2 that shows it so, agree. An instance
// that EC2 does not show is looked for again: it would show one that is terminated.
func TestEndNeedsNoSecondLook(t *testing.T) {
	for name, hide := range map[string]bool{"shown": false, "not shown": true} {
		bubble(t, name, func(t *testing.T) {
			l := newLab(t, trio(brisk, first(state("shutting-down"))))
			if hide {
				l.changeInstance("1", state("stopped"))
				l.hiding(time.Hour, instanceID("1"))
			} else {
				l.sim.After(time.Second, func(w *awssim.World) { w.Instances[0].State = "terminated" })
			}
			r := l.must(stateChange("1", "terminated"))
			l.on("a", "2")
			if waited := l.at(attachCall, 1) > plan.ConfirmAfter; waited != hide {
				t.Errorf("%s, attached after %s\n%s", r.Outcome, l.at(attachCall, 1), l.log())
			}
		})
	}
}

// TestOldState has one look show a holder as it was before its start. The state is the only reason of a sweep,
// and it lets a status-check alarm pass that EC2 contradicts.
func TestOldState(t *testing.T) {
	for name, test := range map[string]struct {
		event  func() []byte
		reason plan.Reason
	}{
		"sweep":   {sweep, plan.ReasonHolderServes},
		"running": {func() []byte { return stateChange("2", "running") }, plan.ReasonHolderServes},
		"alarm":   {func() []byte { return alarmEvent(metrics("1", "StatusCheckFailed"), alarmState(0), "OK") }, plan.ReasonStatusChecksOK},
	} {
		bubble(t, name, func(t *testing.T) {
			w := trio(brisk, first(state("stopped"), launched(time.Hour)))
			w.Timing.Remember = awssim.Duration(time.Minute)
			l := newLab(t, w)
			l.changeInstance("1", state("running"))
			end := time.Now().Add(time.Second)
			time.Sleep(time.Millisecond)
			l.sim.Intercept(func(awssim.Call) awssim.Fault {
				if time.Now().Before(end) {
					return awssim.Fault{Stale: time.Minute}
				}
				return awssim.Fault{}
			})
			if r := l.must(test.event()); r.Reason != test.reason {
				t.Errorf("reason %s, want %s\n%s", r.Reason, test.reason, show(r))
			}
			if l.on("a", "1"); l.mutations() != 0 {
				t.Errorf("it changed something\n%s", l.log())
			}
		})
	}
}

// TestDescribeLags has the event come before the Describe calls show what it says.
func TestDescribeLags(t *testing.T) {
	for _, says := range []string{"stopping", "shutting-down"} {
		bubble(t, says, func(t *testing.T) {
			l := newLab(t, trio(brisk))
			l.sim.After(3*time.Second, func(w *awssim.World) {
				w.Instances[0].State = map[string]string{"stopping": "stopped", "shutting-down": "terminated"}[says]
			})
			r := l.must(stateChange("1", says))
			if !slices.Contains([]plan.Outcome{plan.OutcomeMoved, plan.OutcomeAttached}, r.Outcome) {
				t.Errorf("%s %s\n%s", r.Outcome, r.Reason, l.log())
			}
			l.on("a", "2")
		})
	}
}

// TestStatusChecksLag has an alarm go off before DescribeInstanceStatus shows what it says. It speaks once, and
// without IMPAIRED_AFTER no sweep makes up for it.
func TestStatusChecksLag(t *testing.T) {
	for name, previous := range map[string]string{"after OK": "OK", "of a new alarm": "INSUFFICIENT_DATA"} {
		for lag, moves := range map[time.Duration]bool{4 * time.Second: true, 6 * time.Second: false} {
			bubble(t, fmt.Sprintf("%s, by %s", name, lag), func(t *testing.T) {
				l := newLab(t, trio(brisk), "IMPAIRED_AFTER", "0")
				l.sim.After(lag, func(w *awssim.World) { impaired(&w.Instances[0]) })
				r := l.must(alarmEvent(metrics("1", "StatusCheckFailed"), alarmState(0), previous))
				if !moves {
					l.on("a", "1")
					if r.Outcome != plan.OutcomeIgnored || l.count("DescribeInstanceStatus") != 2 {
						t.Errorf("%s, asked %d times\n%s", r.Outcome, l.count("DescribeInstanceStatus"), l.log())
					}
					return
				}
				l.outcome(r, plan.OutcomeMoved, "")
				l.on("a", "2")
			})
		}
	}
	bubble(t, "nothing to move", func(t *testing.T) {
		l := newLab(t, trio(brisk, func(w *awssim.World) { etag("eni-failover:paused", "")(&w.Interfaces[0]) }))
		l.must(alarmEvent(metrics("1", "StatusCheckFailed"), alarmState(0), "OK"))
		if took := time.Since(l.started); took >= plan.ConfirmAfter {
			t.Errorf("it took %s\n%s", took, l.log())
		}
	})
}

// TestTargetNotShown has looks that do not show the target of an attach that takes long, or an origin to go back
// to: what is on the way to a target that runs is not taken off it again.
func TestTargetNotShown(t *testing.T) {
	bubble(t, "target", func(t *testing.T) {
		w := trio(more(instance("4")))
		w.Timing = timing()
		w.Timing.Attach = awssim.Duration(12 * time.Second)
		l := newLab(t, w)
		asked := 0
		l.sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeInstances" && l.count(attachCall) > 0 {
				if asked++; asked == 1 {
					return awssim.Fault{Hide: []string{instanceID("2"), instanceID("4")}}
				}
			}
			return awssim.Fault{}
		})
		l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
		if n := l.count(detachCall); n != 1 || asked < 2 {
			t.Errorf("%d detach requests, asked %d times\n%s", n, asked, l.log())
		}
	})
	bubble(t, "origin", func(t *testing.T) {
		l := newLab(t, trio(brisk, func(w *awssim.World) { w.Instances[1].RefuseAttach = "UnsupportedOperation" }))
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
		l.on("a", "1")
	})
}

// TestRepeatedAcrossPages has a list that changes between two pages, so that the interface is on both: it is
// moved once, and reported once.
func TestRepeatedAcrossPages(t *testing.T) {
	bubble(t, "spot warning", func(t *testing.T) {
		w := trio(brisk, first(spot))
		for n := range 1100 {
			w.Interfaces = append(w.Interfaces, eni(fmt.Sprintf("b%d", n), "", etag("eni-failover:group", "web")))
		}
		l := newLab(t, w)
		l.sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Repeat: interfaceID("a")} })
		r := l.outcome(l.must(spotWarning("1")), plan.OutcomeMoved, "")
		if n := l.count(detachCall); n != 1 || len(r.Interfaces) != 1 {
			t.Errorf("%d detach requests, reported %d times\n%s", n, len(r.Interfaces), show(r))
		}
	})
}
