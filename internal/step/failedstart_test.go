package step_test

import (
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// TestRefusedStart: "A refused start … or one that ends in stopped again … goes on to the next candidate … None left:
// stranded, nothing detached".
func TestRefusedStart(t *testing.T) {
	playAll(t, []script{
		{"refused: the next candidate", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   candidate                  -> start i-c
			0.2s   ok                         -> wait
			20s    look old                   -> wait
			50.1s  look old                   -> detach old
			50.2s  ok                         -> wait
			51s    look unattached            -> attach i-c/1`},
		{"refused: the next candidate runs", stoppedScene(cold("i-b"), instance("i-c", func(in *inventory.Instance) { in.Health.System = inventory.CheckImpaired })), `
			0s     look old                   -> start i-b
			0.1s   candidate                  -> detach old # the last resort`},
		{"all refused", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   candidate                  -> start i-c
			0.2s   full                       -> finish stranded no-standby`},
		{"denied", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   denied                     -> start i-c
			0.2s   candidate                  -> finish stranded denied`},
		{"the target of a request", manualScene(cold("i-b"), target("i-b")), `
			0s     look old                   -> start i-b
			0.1s   candidate                  -> finish failed refused`},
		{"unattached, all refused", unattachedScene(cold("i-b", "i-c")), `
			5.1s   look unattached            -> start i-b
			5.2s   candidate                  -> start i-c
			5.3s   candidate                  -> finish stranded no-standby`},
		{"unattached, all refused, and the instance that it came from runs", alarmScene(cold("i-b", "i-c"), shown("unattached"), func(s *scene) { s.snapshot.Interfaces[0].LeftTag.Instance = "i-a" }), `
			5.1s   look unattached            -> start i-b
			5.2s   candidate                  -> start i-c
			5.3s   candidate                  -> replan
			5.4s   replanned none             -> wait
			5.5s   look unattached            -> ask-origin
			5.6s   origin running             -> attach i-a/1`},
		{"throttled: again after a pause", coldScene(without("i-c")), `
			0s     look old                   -> start i-b
			0.1s   throttled                  -> wait
			0.4s   tick                       -> start i-b`},
		{"after the detach, nothing is given up", spotScene(cold("i-c")), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   candidate                  -> start i-c
			1.2s   candidate                  -> replan`},
	})
}

// TestFailedStart: EC2 accepts the start, and the instance does not run.
func TestFailedStart(t *testing.T) {
	playAll(t, []script{
		{"it stops again: the next candidate", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b stopped         -> wait
			1.2s   look old                   -> wait # perhaps older than the start
			2s     target i-b pending         -> wait
			3.2s   look old                   -> wait
			4s     target i-b stopped Server.InsufficientInstanceCapacity -> wait
			4.9s   look old                   -> wait
			6s     look old                   -> start i-c`},
		{"it stops again, and is the only one", coldScene(without("i-c")), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			6s     target i-b stopped         -> wait
			6s     look old                   -> finish stranded no-standby`},
		{"it is terminated", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			2s     target i-b shutting-down   -> wait
			2s     look old                   -> start i-c`},
		{"it stops while it boots", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    look old                   -> wait
			30s    target i-b stopping        -> wait
			30s    look old                   -> start i-c`},
		{"it stops during the detach, and a new plan shows it running again: it has refused nothing", coldScene(without("i-c"), settle(0)), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			2s     target i-b running         -> wait
			2s     look old                   -> detach old
			2.1s   ok                         -> wait
			7.2s   target i-b stopped         -> wait
			7.2s   look old detaching         -> wait
			17s    look unattached            -> replan
			17.1s  replanned i-b/1            -> wait
			17.2s  look unattached            -> attach i-b/1`},
		{"it stops during the detach, and a new plan does not show it running", coldScene(without("i-c"), settle(0)), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			2s     target i-b running         -> wait
			2s     look old                   -> detach old
			2.1s   ok                         -> wait
			7.2s   target i-b stopped         -> wait
			7.2s   look old detaching         -> wait
			17s    look unattached            -> replan
			17.1s  replanned none             -> wait
			17.2s  look unattached            -> ask-origin`},
		{"its slots are taken while it starts: the next candidate, and nothing is detached for the first", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			2s     target i-b pending         -> wait
			20s    target i-b running full    -> wait
			20s    look old                   -> start i-c`},
		{"its slots are taken while it starts, and it is the only one", stoppedScene(cold("i-b"), without("i-c")), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    target i-b running full    -> wait
			20s    look old                   -> finish stranded no-standby`},
		{"it never runs: the next candidate gets the other half of the time", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b pending         -> wait
			44s    look old                   -> wait
			45.1s  look old                   -> start i-c`},
		{"it never runs, and the time is not scarce", manualScene(cold("i-b", "i-c")), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b pending         -> wait
			60s    look old                   -> wait
			60.1s  tick                       -> start i-c`},
		{"it never runs, and is the only one: waited for as long as there is time", coldScene(without("i-c")), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b pending         -> wait
			200s   look old                   -> wait
			290s   timeout                    -> finish failed out-of-time`},
		{"its state can't be asked", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b silent          -> wait
			44s    look old                   -> wait
			45.1s  look old                   -> start i-c
			45.2s  candidate                  -> start i-b # it may run yet
			45.3s  ok                         -> wait
			200s   look old                   -> wait`},
		{"an attach without a reply: it is not for want of a start", unattachedScene(cold("i-b", "i-c")), `
			5.1s   look unattached            -> start i-b
			5.2s   candidate                  -> start i-c
			5.3s   ok                         -> wait
			10s    look unattached            -> attach i-c/1
			10.1s  candidate                  -> replan`},
	})
}

// TestLostStart: a start without a reply may have been accepted.
func TestLostStart(t *testing.T) {
	playAll(t, []script{
		{"the state shows that it was", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   unavailable                -> wait
			1s     target i-b pending         -> wait
			1.1s   look old                   -> wait
			5s     target i-b running         -> wait
			5s     look old                   -> wait
			35s    look old                   -> detach old`},
		{"it is still stopped: sent again, for a while", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   unavailable                -> wait
			1s     target i-b stopped         -> wait
			1.1s   look old                   -> wait
			2.1s   look old                   -> start i-b
			2.2s   unavailable                -> wait
			4.2s   look old                   -> start i-b
			4.3s   unavailable                -> wait
			6.3s   look old                   -> start i-c
			6.4s   candidate                  -> start i-b # none is left whose answer was clear
			6.5s   candidate                  -> finish stranded no-standby`},
		{"unattached, and no clear answer: not given up", unattachedScene(cold("i-b"), without("i-c")), `
			5.1s   look unattached            -> start i-b
			5.2s   unavailable                -> wait
			7s     target i-b stopped         -> wait
			7.2s   look unattached            -> start i-b
			7.3s   unavailable                -> wait
			9.3s   look unattached            -> start i-b
			9.4s   unavailable                -> wait
			11.4s  look unattached            -> replan`},
	})
}
