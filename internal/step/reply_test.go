package step_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// TestAttachErrors has every class of error of an attach, in every place where an attach is made.
func TestAttachErrors(t *testing.T) {
	// what comes at once, and what after a look that still shows it unattached
	tests := map[string][2]string{
		"throttled":   {"wait", "attach i-b/1"},
		"unavailable": {"wait", "wait"},
		"denied":      {"attach i-c/1", ""},
		"gone":        {"wait", "attach i-b/1"},
		"stale":       {"wait", "attach i-b/1"},
		"conflict":    {"wait", "attach i-b/1"},
		"in-use":      {"wait", "attach i-b/1"},
		"full":        {"attach i-c/1", ""},
		"index-taken": {"attach i-b/2", ""},
		"candidate":   {"attach i-c/1", ""},
		"forbidden":   {"attach i-c/1", ""},
		"invalid":     {"attach i-c/1", ""},
	}
	reasons := map[string]plan.Reason{
		"denied": plan.ReasonDenied, "full": plan.ReasonNoSlot, "candidate": plan.ReasonRefused,
		"forbidden": plan.ReasonNotPermitted, "invalid": plan.ReasonRefused,
	}
	for _, class := range classes {
		want, ok := tests[string(class)]
		if !ok {
			t.Errorf("no test for %s", class)
			continue
		}
		for _, first := range []string{"0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1\n", "0s look unattached -> wait\n6s look unattached -> attach i-b/1\n"} {
			t.Run(string(class), func(t *testing.T) {
				script := first + fmt.Sprintf("7s %s -> %s\n", class, want[0])
				if want[1] != "" {
					script += "7.5s look unattached -> " + want[1] + "\n"
				}
				p := run(t, spotScene(), script)
				c := p.move.Item().Candidates[0]
				if c.Instance != "i-b" || c.Reason != reasons[string(class)] || c.Eligible != (c.Reason == "") {
					t.Errorf("candidate %+v, want the reason %q", c, reasons[string(class)])
				}
				if c.Reason != "" && c.Detail != "Some.Code" {
					t.Errorf("the report does not have AWS's code: %+v", c)
				}
			})
		}
	}
}

// TestThePlanStaysAsItIs: a refusal is noted in the move's own list of candidates, not in the plan's.
func TestThePlanStaysAsItIs(t *testing.T) {
	s := spotScene()
	p := plan.Decide(s.trigger, s.snapshot, s.policy, start)
	m := step.New(p.Items[0], s.policy, p.Slots, step.Times{Now: start, Deadline: start.Add(budget)})
	m.Replied(start, step.Action{Do: step.Attach}, step.Reply{Class: fault.Candidate})
	if c := m.Item().Candidates[0]; c.Eligible {
		t.Errorf("the move goes on with %+v", c)
	}
	if c := p.Items[0].Candidates[0]; !c.Eligible {
		t.Errorf("the plan has %+v", c)
	}
}

// TestDetachErrors has every class of error of a detach, and what comes of it after a look that shows the
// interface as it was, and after one that shows it unattached.
func TestDetachErrors(t *testing.T) {
	tests := map[string][2]string{
		"throttled":   {"detach old", "wait 5.61s"},
		"unavailable": {"wait 2.1s", "attach i-b/1"},
		"denied":      {"finish failed denied", "wait 5.61s"},
		"gone":        {"wait 5.1s", "wait 5.61s"},
		"stale":       {"wait 5.1s", "wait 5.61s"},
		"conflict":    {"detach old", "wait 5.61s"},
		"in-use":      {"detach old", "wait 5.61s"},
		"full":        {"finish failed not-permitted", "wait 5.61s"},
		"index-taken": {"finish failed not-permitted", "wait 5.61s"},
		"candidate":   {"finish failed not-permitted", "wait 5.61s"},
		"forbidden":   {"finish failed not-permitted", "wait 5.61s"},
		"invalid":     {"finish failed not-permitted", "wait 5.61s"},
	}
	for _, class := range classes {
		want, ok := tests[string(class)]
		if !ok {
			t.Errorf("no test for %s", class)
			continue
		}
		t.Run(string(class), func(t *testing.T) {
			begin := fmt.Sprintf("0s look old -> detach old\n0.1s %s -> wait\n", class)
			run(t, spotScene(), begin+"0.6s look old -> "+want[0])
			run(t, spotScene(), begin+"0.6s look unattached -> "+want[1])
			run(t, spotScene(), begin+"0.6s look x on i-c/1 attached -> finish superseded moved-by-other")
			run(t, spotScene(), begin+"0.6s look none -> wait 5.6s")
			if class != "throttled" {
				run(t, spotScene(), begin+"0.2s tick -> wait")
			}
		})
	}
}

// TestBackOff: throttles in a row are waited out longer each time, up to 5 s, and not the same for every
// interface.
func TestBackOff(t *testing.T) {
	p := run(t, spotScene(), "0s look old -> detach old")
	last := time.Duration(0)
	for n := range 12 {
		p.input(p.now.Sub(start), "throttled")
		p.next()
		gap := p.last.At.Sub(p.now)
		if p.last.Do != step.Wait || gap <= 0 || gap > 5*time.Second {
			t.Fatalf("after %d throttles %+v, in %s", n+1, p.last, gap)
		}
		if n < 5 && gap < last*5/4 {
			t.Errorf("%s after %d throttles, and before that %s", gap, n+1, last)
		}
		last = gap
		p.input(p.last.At.Sub(start)-1, "tick")
		if got := p.next(); !strings.HasPrefix(got, "wait") {
			t.Fatalf("%s before the back-off is over", got)
		}
		p.input(p.last.At.Sub(start), "look old")
		if got := p.next(); got != "detach old" {
			t.Fatalf("%s after the back-off", got)
		}
	}
	if last < 2*time.Second {
		t.Errorf("only %s after a dozen throttles", last)
	}
	p.input(p.now.Sub(start), "conflict")
	p.input(p.now.Sub(start)+time.Second, "look old")
	p.next()
	p.input(p.now.Sub(start), "throttled")
	if p.next(); p.last.At.Sub(p.now) > time.Second {
		t.Errorf("another answer came in between, and still it waits %s", p.last.At.Sub(p.now))
	}
}

// TestResult: the report says where the interface is and how long each part took.
func TestResult(t *testing.T) {
	p := run(t, spotScene(), `
		1s     look old                   -> detach old
		1.5s   ok                         -> wait
		16.5s  look old detaching         -> detach old force
		17s    ok                         -> wait
		20s    look unattached            -> attach i-b/1
		20.5s  ok new                     -> wait
		23s    look new on i-b/1 attached -> finish moved`)
	got := *p.move.Result()
	want := step.Result{
		Outcome: plan.OutcomeMoved, To: "i-b", Attachment: "new", Where: "attached", Index: 1, Forced: true,
		Detached: 19 * time.Second, Attached: 2990 * time.Millisecond, Verified: 10 * time.Millisecond, Done: start.Add(23*time.Second + 10*time.Millisecond),
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("result %+v\nwant   %+v", got, want)
	}

	p = run(t, terminatedScene(), "0s look old -> detach old force\n1s unavailable -> wait\n2s look unattached -> attach i-b/1\n3s timeout -> finish failed out-of-time")
	if r := p.move.Result(); r.Forced || r.To != "" || r.Attachment != "" {
		t.Errorf("a forced detach was not seen to be accepted, and it is nowhere: %+v", r)
	}
	// What is taken off a target that hangs was to be attached before: there is no time from the one to the other.
	p = run(t, orphanScene(), "5s look unattached -> attach i-b/1\n5.1s ok new -> wait\n105s look new on i-b/1 attaching -> detach new\n105.1s ok -> wait\n110s timeout -> finish failed out-of-time")
	if r := p.move.Result(); r.Detached != 0 {
		t.Errorf("it took %s to detach", r.Detached)
	}
	p = run(t, spotScene(), "0s look old -> detach old\n1s denied -> wait\n2s look old -> finish failed denied")
	if r := p.move.Result(); r.To != "i-a" || r.Attachment != "old" || !strings.Contains(r.Detail, "Some.Code") {
		t.Errorf("it is where it was: %+v", r)
	}
	p = run(t, spotScene(), "0s look x on i-c/4 attaching -> finish superseded moved-by-other")
	if r := p.move.Result(); r.To != "i-c" || r.Attachment != "x" || r.Index != 4 || !strings.Contains(r.Detail, "attaching") || len(r.Differences) > 0 {
		t.Errorf("it is elsewhere: %+v", r)
	}
	p = run(t, spotScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1\n2s ok new -> wait\n3s look new on i-b/2 attached dot -> finish moved")
	if r := p.move.Result(); len(r.Differences) != 2 {
		t.Errorf("at another index, to be deleted with the instance: %q", r.Differences)
	}
}

// TestAskTarget: the state of the instance that the interface goes to is asked for while the detach lasts, and at once
// when the interface was attached.
func TestAskTarget(t *testing.T) {
	p := play(t, spotScene())
	check := func(want string) {
		t.Helper()
		if got := p.move.AskTarget(p.now); got != want {
			t.Errorf("after %q the state of %q is asked for, want %q", p.lines[len(p.lines)-1], got, want)
		}
	}
	do := func(at time.Duration, line, want string) {
		t.Helper()
		p.input(at, line)
		p.next()
		check(want)
	}
	do(time.Second, "look old", "")
	do(2*time.Second, "ok", "")
	do(4900*time.Millisecond, "tick", "")
	do(5*time.Second, "tick", "i-b") // the plan's look is that old
	do(6*time.Second, "look old detaching", "")
	do(10900*time.Millisecond, "tick", "")
	do(11*time.Second, "tick", "i-b")
	do(12*time.Second, "look unattached", "")
	do(12500*time.Millisecond, "ok new", "i-b") // what was known before proves nothing now
	do(13*time.Second, "look new on i-b/1 attaching", "")
	do(18*time.Second, "tick", "i-b")
	do(19*time.Second, "look new on i-b/1 attached", "")
}
