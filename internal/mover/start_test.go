package mover_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// coldStandby is a member that is stopped, may be started, and takes 17 s to run.
func coldStandby(short string, change ...func(*awssim.Instance)) awssim.Instance {
	in := member(short, "large", "stopped", change...)
	in.Tags["eni-failover:start"] = "true"
	return in
}

// worldOfCold has an instance 1, which is stopped and holds n interfaces, and the standbys, which take 17 s to run.
func worldOfCold(n int, standbys ...awssim.Instance) awssim.World {
	w := worldOf(n, standbys...)
	w.Timing.Start = awssim.Duration(17 * time.Second)
	return w
}

// TestSharedStart: "Several interfaces for one standby: one start".
func TestSharedStart(t *testing.T) {
	bubble(t, "three interfaces", func(t *testing.T) {
		a := newAccount(t, worldOfCold(3, coldStandby("2"), coldStandby("3")), slog.LevelDebug)
		for id, move := range a.move(time.Minute).Moves {
			r := move.Result()
			if r.Outcome != plan.OutcomeMoved || !r.Started || r.StartTime < 17*time.Second || r.StartTime > 19*time.Second {
				t.Errorf("%s: %s, started %v in %s", id, move, r.Started, r.StartTime)
			}
		}
		starts, detaches := a.calls(startCall), a.calls(detachCall)
		if len(starts) != 1 || len(detaches) != 3 || detaches[0].Time.Sub(starts[0].Time) < 17*time.Second {
			t.Errorf("starts %v, detaches %v", starts, detaches)
		}
		// The looks keep to the pace of the questions about the standby.
		looks := slices.DeleteFunc(a.calls(lookCall), func(c awssim.Call) bool {
			return c.Time.Before(starts[0].Time) || c.Time.After(detaches[0].Time)
		})
		if len(looks) > 20 {
			t.Errorf("%d looks while it starts", len(looks))
		}
		begun := 0
		for _, line := range a.lines() {
			if line["msg"] == "action begins" && line["action"] == "start" && line["instance"] == a.holder("a0") {
				begun++
			}
		}
		if begun != 3 {
			t.Errorf("the log has %d starts: %v", begun, a.lines())
		}
	})
	bubble(t, "one comes later", func(t *testing.T) {
		// The standby 3 runs, has one slot, and refuses the interface that is to go there, after the other's standby was started.
		w := worldOfCold(2, coldStandby("2"), member("3", "small", "running", func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" }))
		a := newAccount(t, w, slog.LevelInfo)
		for id, move := range a.move(time.Minute).Moves {
			if r := move.Result(); r.Outcome != plan.OutcomeMoved || !r.Started {
				t.Errorf("%s: %s", id, move)
			}
		}
		if starts := a.calls(startCall); len(starts) != 1 {
			t.Errorf("starts %v", starts)
		}
	})
	bubble(t, "a throttled one is repeated for both", func(t *testing.T) {
		a := newAccount(t, worldOfCold(2, coldStandby("2")), slog.LevelInfo)
		throttled := false
		a.plant(awssim.Fault{Code: "RequestLimitExceeded"}, func(c awssim.Call) bool {
			first := c.Action == startCall && !throttled
			throttled = throttled || first
			return first
		})
		for id, move := range a.move(time.Minute).Moves {
			if move.Result().Outcome != plan.OutcomeMoved {
				t.Errorf("%s: %s", id, move)
			}
		}
		if starts := a.calls(startCall); len(starts) != 2 {
			t.Errorf("starts %v", starts)
		}
	})
	bubble(t, "refused for both", func(t *testing.T) {
		a := newAccount(t, worldOfCold(2, coldStandby("2")), slog.LevelInfo)
		a.plant(awssim.Fault{Code: "InsufficientInstanceCapacity"}, func(c awssim.Call) bool { return c.Action == startCall })
		for id, move := range a.move(time.Minute).Moves {
			if r := move.Result(); r.Outcome != plan.OutcomeStranded || r.To == "" {
				t.Errorf("%s: %s", id, move)
			}
		}
		if starts, detaches := a.calls(startCall), a.calls(detachCall); len(starts) != 1 || len(detaches) != 0 {
			t.Errorf("starts %v, detaches %v", starts, detaches)
		}
	})
}

// TestStartAfterFailure: a start that was accepted and came to nothing is requested anew when the interface is to go there
// again.
func TestStartAfterFailure(t *testing.T) {
	bubble(t, "the second start lasts", func(t *testing.T) {
		// Standby 3 refuses the interface after the detach. So standby 2 is started, and once more when a new plan is made.
		w := worldOfCold(1, coldStandby("2"), member("3", "large", "running", func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" }))
		a := newAccount(t, w, slog.LevelInfo)
		a.sim.After(8*time.Second, func(w *awssim.World) { w.Instances[1].State = "stopped" })
		for id, move := range a.move(2 * time.Minute).Moves {
			if r := move.Result(); r.Outcome != plan.OutcomeMoved || r.To != instanceID("2") {
				t.Errorf("%s: %s", id, move)
			}
		}
		if starts := a.calls(startCall); len(starts) != 2 {
			t.Errorf("starts %v", starts)
		}
	})
}
