package mover_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// TestLogOfAKilledInvocation: when the attach reaches EC2, the log says which calls were begun, and which have ended.
func TestLogOfAKilledInvocation(t *testing.T) {
	bubble(t, "killed at the attach", func(t *testing.T) {
		a := newAccount(t, worldOf(1, member("2", "large", "running")), slog.LevelDebug)
		old, _ := a.sim.Interface(interfaceID("a0"))
		var said []map[string]any
		a.plant(awssim.Fault{Before: func() { said = a.lines() }}, func(c awssim.Call) bool { return c.Action == attachCall })
		a.move(time.Minute)
		var got []string
		for _, line := range said {
			got = append(got, fmt.Sprint(line["level"], " ", line["msg"], " ", line["interface"], " ", line["action"]))
		}
		want := []string{
			"DEBUG action begins " + interfaceID("a0") + " detach",
			"DEBUG action ended " + interfaceID("a0") + " detach",
			"DEBUG action begins " + interfaceID("a0") + " attach",
		}
		if !slices.Equal(got, want) {
			t.Fatalf("by the attach the log says\n%q, want\n%q", got, want)
		}
		if said[0]["attachment"] != old.Attachment.ID || said[0]["force"] != false || said[1]["result"] != "ok" ||
			said[2]["instance"] != instanceID("2") || said[2]["deviceIndex"] != 1.0 {
			t.Errorf("the lines do not name the change: %v", said)
		}
		if state := fmt.Sprint(said[1]["state"]); !strings.HasPrefix(state, "detaching "+old.Attachment.ID+" (accepted ") {
			t.Errorf("the state after the detach is %q", state)
		}
		last := a.lines()[len(a.lines())-1]
		if last["msg"] != "move ended" || last["state"] != "over: moved" {
			t.Errorf("the last line is %v", last)
		}
	})
	bubble(t, "refused by every candidate", func(t *testing.T) {
		a := newAccount(t, worldOf(1, member("2", "large", "running", func(in *awssim.Instance) { in.RefuseAttach = "UnsupportedOperation" })), slog.LevelDebug)
		a.move(15 * time.Second)
		began := map[string]int{}
		for _, line := range a.lines() {
			action := fmt.Sprint(line["action"])
			switch line["msg"] {
			case "action begins":
				began[action]++
			case "action ended":
				began[action]--
				if action == "attach" && (line["result"] != "candidate" || line["detail"] != "UnsupportedOperation") {
					t.Errorf("the attach ended as %v", line)
				}
			}
		}
		for action, n := range began {
			if n != 0 {
				t.Errorf("%s: %d began and have not ended", action, n)
			}
		}
		if _, ok := began["replan"]; !ok {
			t.Errorf("no new plan in %v", began)
		}
	})
	bubble(t, "each move ends once", func(t *testing.T) {
		a := newAccount(t, worldOf(2, member("2", "large", "running")), slog.LevelDebug)
		a.plant(awssim.Fault{Delay: 5 * time.Second}, func(c awssim.Call) bool { return c.Action == attachCall && about(c, "a1") })
		a.move(time.Minute)
		ended := 0
		for _, line := range a.lines() {
			if line["msg"] == "move ended" {
				ended++
			}
		}
		if ended != 2 {
			t.Errorf("%d lines say that a move ended, there are 2 moves", ended)
		}
	})
	bubble(t, "nothing above DEBUG", func(t *testing.T) {
		a := newAccount(t, worldOf(1, member("2", "large", "running")), slog.LevelInfo)
		a.move(time.Minute)
		if lines := a.lines(); len(lines) != 0 {
			t.Errorf("logged %v", lines)
		}
	})
}
