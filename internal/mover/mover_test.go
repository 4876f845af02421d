package mover_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestNothingToDo: a plan whose items are settled makes no call and takes no time.
func TestNothingToDo(t *testing.T) {
	for name, p := range map[string]plan.Plan{"no item": {}, "settled": {Items: []plan.Item{{Settled: plan.OutcomeIgnored}}}} {
		bubble(t, name, func(t *testing.T) {
			a := newAccount(t, worldOf(1), slog.LevelDebug)
			outcome := a.mover.Run(t.Context(), p, inventory.Period{}, false, func(context.Context, plan.Item, plan.Candidate) { t.Error("denied") })
			if len(outcome.Moves) != 0 || len(a.sim.Calls()) != 0 || time.Since(a.started) != 0 {
				t.Errorf("%d moves, %d calls, in %s", len(outcome.Moves), len(a.sim.Calls()), time.Since(a.started))
			}
		})
	}
}

// TestLooksAreShared: interfaces that move at the same time take as many looks as one, and each look asks for all that
// wait for it and for no other.
func TestLooksAreShared(t *testing.T) {
	looks := func(t *testing.T, n int) []awssim.Call {
		t.Helper()
		a := newAccount(t, worldOf(n, member("2", "large", "running")), slog.LevelInfo)
		for id, move := range a.move(time.Minute).Moves {
			if move.Result().Outcome != plan.OutcomeMoved {
				t.Errorf("%s: %s", id, move)
			}
		}
		return slices.DeleteFunc(a.calls(lookCall), func(c awssim.Call) bool { return c.Params.Get("Filter.1.Name") != "network-interface-id" })
	}
	bubble(t, "eight", func(t *testing.T) {
		one, eight := looks(t, 1), looks(t, 8)
		if len(eight) > len(one)+2 {
			t.Errorf("%d looks for eight interfaces, %d for one", len(eight), len(one))
		}
		var named [3]int // by the first looks; the very first one may come while some detaches are not accepted yet
		for look := range named {
			for k := range 8 {
				if strings.Contains(eight[look].Params.Encode(), interfaceID(fmt.Sprintf("a%d", k))) {
					named[look]++
				}
			}
		}
		if slices.Max(named[:]) != 8 {
			t.Errorf("the looks while all are detaching ask for %v of 8", named)
		}
	})
}

// TestHungCall: a call that hangs delays no other interface.
func TestHungCall(t *testing.T) {
	for name, action := range map[string]string{"detach": detachCall, "attach": attachCall} {
		bubble(t, name, func(t *testing.T) {
			a := newAccount(t, worldOf(3, member("2", "large", "running")), slog.LevelInfo)
			hung := false
			a.plant(awssim.Fault{Delay: time.Hour}, func(c awssim.Call) bool {
				if hung || c.Action != action {
					return false
				}
				hung = true // the first one only
				return true
			})
			outcome := a.move(time.Minute)
			late := 0
			for id, move := range outcome.Moves {
				r := move.Result()
				if r.Outcome != plan.OutcomeMoved {
					t.Errorf("%s: %s", id, move)
				}
				if r.Done.Sub(a.started) > 4*time.Second {
					late++
				}
			}
			if late != 1 {
				t.Errorf("%d interfaces are late, one call hung", late)
			}
		})
	}
	bubble(t, "new plan", func(t *testing.T) {
		// Candidate 2 refuses a0 and a1 and is the only one, so they need a new plan, whose reads hang; a2 is still on its
		// way off by then.
		w := worldOf(3, member("2", "large", "running"))
		a := newAccount(t, w, slog.LevelInfo)
		refusing := true
		a.sim.Intercept(func(c awssim.Call) awssim.Fault {
			switch {
			case c.Action == attachCall && refusing && !about(c, "a2"):
				return awssim.Fault{Code: "UnsupportedOperation", Status: 400}
			case c.Action == lookCall && refusing && c.Params.Get("Filter.1.Name") != "network-interface-id" && time.Since(a.started) > time.Second:
				return awssim.Fault{Delay: time.Hour, Before: func() { refusing = false }}
			}
			return awssim.Fault{}
		})
		outcome := a.move(2 * time.Minute)
		if r := outcome.Moves[interfaceID("a2")].Result(); r.Outcome != plan.OutcomeMoved || r.Done.Sub(a.started) > 4*time.Second {
			t.Errorf("a2: %+v", r)
		}
	})
}

// TestReplanTogether: interfaces that every candidate has refused get one new plan, in which each has a slot of its own.
func TestReplanTogether(t *testing.T) {
	bubble(t, "three, and one small standby for each", func(t *testing.T) {
		a := newAccount(t, worldOf(3,
			member("2", "large", "running", func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" }),
			member("4", "small", "pending"), member("5", "small", "pending"),
			member("6", "small", "pending", func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "high" }),
		), slog.LevelInfo)
		a.sim.After(time.Second, func(w *awssim.World) {
			for k := range w.Instances[2:] {
				w.Instances[2+k].State = "running"
			}
		})
		outcome := a.move(time.Minute)
		var holders []string
		for k := range 3 {
			holders = append(holders, a.holder(fmt.Sprintf("a%d", k)))
		}
		slices.Sort(holders)
		if want := []string{instanceID("4"), instanceID("5"), instanceID("6")}; !slices.Equal(holders, want) {
			t.Errorf("they are on %q, want %q", holders, want)
		}
		for _, c := range a.calls(attachCall) {
			if c.Params.Get("InstanceId") != instanceID("2") && c.Status != 200 {
				t.Errorf("a slot was promised twice: %s", c)
			}
		}
		if m := outcome.Malformed; len(m) == 0 || m[0].ID != instanceID("6") {
			t.Errorf("the new plan has read a malformed tag of %s, and the outcome has %v", instanceID("6"), m)
		}
	})
}

// TestDeadline: Run ends before its context does, and says where the interfaces are by then.
func TestDeadline(t *testing.T) {
	hang := func(in *awssim.Instance) { in.State, in.HungGuest = "running", true }
	bubble(t, "a detach that does not end", func(t *testing.T) {
		w := worldOf(2, member("2", "large", "running"))
		a := newAccount(t, w, slog.LevelInfo)
		// It is stopped when the event comes, and runs again, with a guest that hangs, before the detach.
		a.plant(awssim.Fault{Before: func() { a.sim.Edit(func(w *awssim.World) { hang(&w.Instances[0]) }) }}, func(c awssim.Call) bool { return c.Action == detachCall })
		outcome := a.move(10 * time.Second)
		if took := time.Since(a.started); took > 9*time.Second || took < 8*time.Second {
			t.Errorf("it took %s of 10 s", took)
		}
		for id, move := range outcome.Moves {
			r := move.Result()
			if r == nil || r.Outcome != plan.OutcomeFailed || r.Reason != plan.ReasonOutOfTime || r.To != instanceID("1") || r.Where != "detaching" {
				t.Errorf("%s: %+v", id, r)
			}
		}
	})
	bubble(t, "looks that fail until the last one", func(t *testing.T) {
		a := newAccount(t, worldOf(1, member("2", "large", "running", func(in *awssim.Instance) { in.HungAttach = true })), slog.LevelInfo)
		a.plant(awssim.Fault{Code: "InternalError", Status: 500}, func(c awssim.Call) bool {
			since := time.Since(a.started)
			return c.Action == lookCall && since > 2500*time.Millisecond && since < 8750*time.Millisecond
		})
		a.sim.After(3*time.Second, func(w *awssim.World) { w.Interfaces[0].Attachment = nil }) // a person takes it off
		r := a.move(10 * time.Second).Moves[interfaceID("a0")].Result()
		if len(a.calls(attachCall)) != 1 || r.Outcome != plan.OutcomeFailed || r.To != "" {
			t.Errorf("it is unattached, and the result says %+v", r)
		}
	})
}

// TestDenied: an attach that EC2 denies is told at once, while the move goes on with the next candidate.
func TestDenied(t *testing.T) {
	bubble(t, "the first candidate", func(t *testing.T) {
		a := newAccount(t, worldOf(1,
			member("2", "large", "running", func(in *awssim.Instance) { in.RefuseAttach = "UnauthorizedOperation" }),
			member("4", "large", "running", func(in *awssim.Instance) { in.Tags["eni-failover:priority"] = "200" }),
		), slog.LevelInfo)
		move := a.move(time.Minute).Moves[interfaceID("a0")]
		if want := []string{interfaceID("a0") + " " + instanceID("2") + " denied UnauthorizedOperation"}; !slices.Equal(a.denied, want) {
			t.Errorf("told %q, want %q", a.denied, want)
		}
		if a.holder("a0") != instanceID("4") || move.Result().Outcome != plan.OutcomeMoved {
			t.Errorf("it is on %q: %s", a.holder("a0"), move)
		}
	})
}
