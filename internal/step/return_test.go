package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// TestReturn: every candidate has refused.
func TestReturn(t *testing.T) {
	playAll(t, []script{
		// "When every candidate has refused after the detach, and the origin is still running (any trigger but
		// shutting-down and terminated), the interface goes back to the origin: outcome failed, reason returned."
		{"back to the origin", spotScene(), `
			0s     look old                     -> detach old
			0.1s   ok                           -> wait
			1s     look unattached              -> attach i-b/1
			1.1s   candidate                    -> attach i-c/1
			1.2s   forbidden                    -> replan
			1.21s  replanned i-b/1,i-c          -> wait # both have refused already
			1.22s  look unattached              -> ask-origin
			1.3s   origin running               -> attach i-a/1
			1.4s   ok back                      -> wait
			2s     look back on i-a/1 attaching -> wait
			3s     look back on i-a/1 attached  -> finish failed returned`},
		{"the origin does not run: a new plan, after a pause", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   invalid                    -> attach i-c/1
			1.2s   denied                     -> replan
			1.21s  replanned none             -> wait
			1.22s  look unattached            -> ask-origin
			1.3s   origin stopped             -> replan
			2s     replanned i-d/3            -> wait 4s
			2.1s   look unattached            -> wait 4s
			4s     tick                       -> attach i-d/3
			4.1s   ok new                     -> wait
			5s     look new on i-d/3 attached -> finish moved`},
		{"the origin could not be asked: not taken for running", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			1.1s   candidate       -> attach i-c/1
			1.2s   candidate       -> replan
			1.21s  replanned none  -> wait
			1.22s  look unattached -> ask-origin
			1.3s   origin unasked  -> replan`},
		{"the origin refuses too", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			1.1s   candidate       -> attach i-c/1
			1.2s   candidate       -> replan
			1.21s  replanned none  -> wait
			1.22s  look unattached -> ask-origin
			1.3s   origin running  -> attach i-a/1
			1.4s   candidate       -> replan`},
		{"a new plan before anything goes back finds another candidate", spotScene(), `
			0s     look old                -> detach old
			0.1s   ok                      -> wait
			1s     look unattached         -> attach i-b/1
			1.1s   candidate               -> attach i-c/1
			1.2s   full                    -> replan
			1.3s   replanned i-d/1,i-b,i-c -> wait
			1.4s   look unattached         -> attach i-d/1
			1.5s   candidate               -> ask-origin # the other two have refused already`},
		{"no new plan can be made: back all the same", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			1.1s   candidate       -> attach i-c/1
			1.2s   candidate       -> replan
			9s     unplanned       -> wait
			9.1s   look unattached -> ask-origin
			9.2s   origin running  -> attach i-a/1`},
		{"another invocation has put it back first: it stays there", spotScene(), `
			0s     look old                     -> detach old
			0.1s   ok                           -> wait
			1s     look unattached              -> attach i-b/1
			1.1s   candidate                    -> attach i-c/1
			1.2s   candidate                    -> replan
			1.21s  replanned none               -> wait
			1.22s  look unattached              -> ask-origin
			1.3s   origin running               -> attach i-a/1
			1.4s   in-use                       -> wait
			2s     look x on i-a/1 attaching    -> wait
			3s     look x on i-a/1 attached     -> finish failed returned`},
		{"another one has put it back before a new plan was made: the plan decides", spotScene(), `
			0s     look old                     -> detach old
			0.1s   ok                           -> wait
			1s     look unattached              -> attach i-b/1
			1.1s   candidate                    -> attach i-c/1
			1.2s   in-use                       -> wait
			2s     look x on i-a/1 attached     -> detach x`},
		{"terminated: never back", terminatedScene(), `
			0s     look old        -> detach old force
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			1.1s   candidate       -> attach i-c/1
			1.2s   candidate       -> replan`},
		{"new plans as long as there is time, and the origin is asked again for each", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   candidate                  -> attach i-c/1
			1.2s   candidate                  -> replan
			1.21s  replanned none             -> wait
			1.22s  look unattached            -> ask-origin
			1.3s   origin stopped             -> replan
			2s     replanned i-b/1,i-c        -> wait 4s
			4s     look unattached            -> attach i-b/1
			4.1s   candidate                  -> attach i-c/1
			4.2s   candidate                  -> ask-origin
			4.3s   origin stopped             -> replan
			5s     replanned i-d/1            -> wait 9s
			9s     look unattached            -> attach i-d/1
			9.1s   candidate                  -> ask-origin
			9.2s   origin stopped             -> replan
			10s    replanned i-e/1            -> wait 18s
			18s    look unattached            -> attach i-e/1
			18.1s  candidate                  -> ask-origin
			18.2s  origin stopped             -> replan
			20s    replanned i-d/1            -> wait 35s # the pause does not grow for ever
			35s    look unattached            -> attach i-d/1
			36s    ok new                     -> wait
			37s    look new on i-d/1 attached -> finish moved`},
		{"new plans without a candidate, and the reason is not the time", terminatedScene(), `
			0s     look old        -> detach old force
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1
			1.1s   denied          -> attach i-c/1
			1.2s   denied          -> replan
			1.5s   replanned none  -> wait
			1.9s   look unattached -> replan
			2s     replanned none  -> wait 4s
			4s     tick            -> wait
			4.1s   look unattached -> replan
			5s     replanned none  -> wait 9s
			9s     look unattached -> replan
			10s    replanned none  -> wait 18s
			18s    look unattached -> replan
			19s    timeout         -> finish failed denied`},
		{"a look after the new plan shows that another invocation has attached it", terminatedScene(), `
			0s     look old                 -> detach old force
			0.1s   ok                       -> wait
			1s     look unattached          -> attach i-b/1
			1.1s   candidate                -> attach i-c/1
			1.2s   candidate                -> replan
			2s     replanned none           -> wait
			4s     look x on i-d/1 attached -> finish superseded moved-by-other`},
	})
}

// "Never … leave an interface unattached while an eligible standby exists and time remains": with any class of
// error, a move goes on until there is no time left.
func TestEveryRefusalIsFollowedUp(t *testing.T) {
	for _, class := range []string{"denied", "full", "candidate", "forbidden", "invalid"} {
		p := run(t, stoppedScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1")
		at, seen := time.Second, []string{}
		for p.last.Do != step.Finish {
			if at += time.Second; at > budget {
				p.input(at, "timeout")
				p.next()
				continue
			}
			switch p.last.Do {
			case step.Attach:
				seen = append(seen, p.last.Slot.Instance)
				p.input(at, class)
			case step.AskOrigin:
				seen = append(seen, "ask")
				p.input(at, "origin stopped")
			case step.Replan:
				p.input(at, "replanned i-d/1,i-e")
			case step.Wait:
				p.input(at, "look unattached")
			case step.Start, step.Detach, step.WriteLeftTag, step.Finish:
				t.Fatalf("%s: %s", class, p.showAction())
			}
			p.next()
		}
		got := strings.Join(seen, " ")
		if want := "i-b i-c" + strings.Repeat(" i-d i-e ask", 10); !strings.HasPrefix(got, want) {
			t.Errorf("%s: tried %s, want %s and so on", class, got, want)
		}
		if len(seen) > 100 {
			t.Errorf("%s: %d calls to find out that every candidate refuses it", class, len(seen))
		}
		if r := p.move.Result(); r.Outcome != plan.OutcomeFailed {
			t.Errorf("%s: %+v", class, r)
		}
	}
}
