package step_test

import (
	"fmt"
	"testing"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// TestCandidates: what a refused attach leads to.
func TestCandidates(t *testing.T) {
	playAll(t, []script{
		// "An error about the candidate moves on to the next one, about the index tries the next index, about
		// a lost race looks again; a throttle or server error backs off".
		{"the next index, and after five the next candidate", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   index-taken                -> attach i-b/2
			1.2s   index-taken                -> attach i-b/3
			1.3s   index-taken                -> attach i-b/4
			1.4s   index-taken                -> attach i-b/5
			1.5s   index-taken                -> attach i-c/1
			1.6s   index-taken                -> attach i-c/2
			1.7s   ok new                     -> wait
			2s     look new on i-c/2 attached -> finish moved`},
		{"the next index that is not in use", spotScene(instance("i-b", func(in *inventory.Instance) { in.Card0 = []int{0, 2, 3} })), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			1.1s   index-taken     -> attach i-b/4
			1.2s   index-taken     -> attach i-b/5`},
		{"its old holder is full now, though the slot was its own", foundScene(), `
			0s     look unattached -> wait 5.01s
			5.1s   look unattached -> attach i-a/1
			5.2s   full            -> attach i-b/1
			5.3s   full            -> attach i-c/1`},
		{"no slot left", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			1.1s   full            -> attach i-c/1
			1.2s   full            -> replan`},
		{"a lost race: another invocation attached it", spotScene(), `
			0s     look old                  -> detach old
			0.1s   ok                        -> wait
			1s     look unattached           -> attach i-b/1
			1.1s   conflict                  -> wait
			1.4s   look x on i-c/1 attaching -> finish superseded moved-by-other`},
		{"in transition, says EC2, and looks go on to show it unattached: the next candidate after 5 s", spotScene(), `
			0s     look old            -> detach old
			0.1s   ok                  -> wait
			1s     look unattached     -> attach i-b/1
			2s     conflict            -> wait
			3s     look unattached     -> attach i-b/1
			3.1s   gone                -> wait
			4.5s   look unattached     -> attach i-b/1
			4.6s   stale               -> wait
			6.9s   look unattached     -> attach i-b/1
			7s     conflict            -> wait
			8.5s   look unattached     -> attach i-c/1
			8.6s   conflict            -> wait
			10.5s  look unattached     -> attach i-c/1
			13.7s  conflict            -> wait
			15s    look unattached     -> replan
			15.2s  replanned i-b/1,i-c -> wait
			16s    look unattached     -> attach i-b/1`},
		// What EC2 shows and what it does may differ for some seconds after a detach: "bounded retry with
		// re-observe". No instance could have it then, not even the origin.
		{"in use, says EC2, and looks go on to show it unattached: all in turn, and no way back", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   in-use                     -> wait
			6s     look unattached            -> attach i-b/1
			6.1s   in-use                     -> wait
			7s     look unattached            -> attach i-c/1
			7.1s   in-use                     -> wait
			12s    look unattached            -> attach i-c/1
			12.2s  in-use                     -> wait
			13.3s  look unattached            -> attach i-b/1
			13.4s  in-use                     -> wait
			30s    look unattached            -> attach i-b/1
			30.1s  ok new                     -> wait
			31s    look new on i-b/1 attached -> finish moved`},
		{"in use for half a minute: a new plan, and another chance, before anything goes back", spotScene(without("i-c")), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			2s     in-use          -> wait
			31s    look unattached -> attach i-b/1
			32s    in-use          -> wait
			32.5s  look unattached -> replan
			32.6s  replanned i-b/1 -> wait
			33s    look unattached -> attach i-b/1
			33.1s  in-use          -> wait
			39s    look unattached -> attach i-b/1
			39.1s  in-use          -> wait
			41s    look unattached -> ask-origin`},
		// "A candidate for which EC2 answers attach with 500 again and again" is not the only one.
		{"three server errors in a row: the next candidate", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   unavailable                -> wait
			3.2s   look unattached            -> attach i-b/1
			3.3s   unavailable                -> wait
			5.4s   look unattached            -> attach i-b/1
			5.5s   unavailable                -> wait
			7.6s   look unattached            -> attach i-c/1
			7.7s   ok new                     -> wait
			8s     look new on i-c/1 attached -> finish moved`},
		{"server errors everywhere: a new plan and another chance before anything goes back", spotScene(without("i-c")), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   unavailable                -> wait
			3.2s   look unattached            -> attach i-b/1
			3.3s   unavailable                -> wait
			5.4s   look unattached            -> attach i-b/1
			5.5s   unavailable                -> wait
			7.6s   look unattached            -> replan
			7.8s   replanned i-b/1            -> wait
			8s     look unattached            -> attach i-b/1
			8.1s   unavailable                -> wait
			10.2s  look unattached            -> attach i-b/1
			10.3s  ok new                     -> wait
			11s    look new on i-b/1 attached -> finish moved`},
		{"a throttle changes nothing but the time", spotScene(), `
			0s     look old                 -> detach old
			0.1s   throttled                -> wait
			8s     tick                     -> detach old
			8.1s   ok                       -> wait
			11s    look unattached          -> attach i-b/1
			11.1s  throttled                -> wait
			16.2s  tick                     -> attach i-b/1
			16.3s  throttled                -> wait
			22s    look x on i-c/1 attached -> finish superseded moved-by-other`},
	})
}

// "An error about the candidate moves on to the next one, … about a lost race looks again": a conflict of the
// detach before does not count against the next candidate.
func TestConflictsAreCountedInARow(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s conflict                    -> wait
		110.4s look new on i-b/1 attaching -> detach new force
		110.5s ok                          -> wait
		112s   look unattached             -> attach i-c/1
		117s   conflict                    -> wait
		118.5s look unattached             -> attach i-c/1`)
	run(t, spotScene(), `
		0s     look old           -> detach old
		0.1s   ok                 -> wait
		1s     look unattached    -> attach i-b/1
		1.1s   conflict           -> wait
		2s     look old detaching -> wait # that is why
		9s     look unattached    -> attach i-b/1
		9.1s   conflict           -> wait
		10.5s  look unattached    -> attach i-b/1`)
}

// TestAttachErrors plays every class of error of an attach, after a detach of this move's own and without one.
func TestAttachErrors(t *testing.T) {
	// The action that follows at once, and the action after a look that still shows the interface unattached.
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
