package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/step"
)

// TestLooks: a look is believed unless it may be older than what was done.
func TestLooks(t *testing.T) {
	playAll(t, []script{
		{"a move", spotScene(), `
			0s     tick                        -> wait # a look comes before anything
			20ms   look old                    -> detach old
			40ms   ok                          -> wait
			100ms  look old detaching          -> wait 15.04s # DETACH_GRACE from the accepted request
			2s     look unattached             -> attach i-b/1
			2.02s  ok new                      -> wait
			2.1s   look new on i-b/1 attaching -> wait 1m38.013333333s # max(30 s, a third of the time left)
			3s     look new on i-b/1 attached  -> finish moved
			4s     look old                    -> finish moved`},
		{"nothing happens without a look after each reply", spotScene(), `
			0s     tick            -> wait
			1h     tick            -> wait
			1h     look old        -> detach old
			1h1s   ok              -> wait
			2h     tick            -> wait
			2h     look unattached -> attach i-b/1
			2h1s   ok new          -> wait
			3h     tick            -> wait`},

		// "After an accepted call, a look that contradicts it is disbelieved for a few seconds."
		{"a look that contradicts an accepted detach is disbelieved for 5 s, then it is asked for again", spotScene(), `
			0s     look old -> detach old
			1s     ok       -> wait
			1.1s   look old -> wait 6s
			5.9s   look old -> wait 6s
			6s     look old -> detach old
			6.1s   ok       -> wait
			7s     look old detaching -> wait 21.1s`},
		{"a look that contradicts an accepted attach is disbelieved for 5 s, then the next candidate is tried", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			2s     look unattached -> attach i-b/1
			3s     ok new          -> wait
			3.1s   look unattached -> wait 8s
			4s     look old        -> wait # older still
			7.9s   look unattached -> wait 8s
			8s     look unattached -> attach i-c/1`},
		{"an attachment that was taken off is never believed again", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			2s     look unattached            -> attach i-b/1
			3s     ok new                     -> wait
			10s    look old                   -> wait
			20s    look old detaching         -> wait
			30s    look new on i-b/1 attached -> finish moved`},

		// "A finished attach is never torn off because of an old look."
		{"the looks fail once one has shown it attaching", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			1.1s   ok new                      -> wait
			1.2s   look new on i-b/1 attaching -> wait 1m37.4s
			97.4s  tick                        -> wait
			200s   tick                        -> wait
			201s   look new on i-b/1 attached  -> finish moved`},
		{"looks fail and the detach is throttled: tags are read again before it", spotScene(), `
			0s     look old -> detach old
			0.1s   throttled -> wait
			9s     tick -> detach old
			9.1s   throttled -> wait
			10.1s  tick -> wait
			60s    tick -> wait
			61s    look old paused -> finish ignored paused`},
		// "An interface that vanishes on the way is failed, reason gone."
		{"gone for 5 s and in two looks", spotScene(), `
			0s     look old  -> detach old
			0.1s   ok -> wait
			1s     look none -> wait 6s
			5.9s   look none -> wait 6s
			6s     look none -> finish failed gone`},
		{"not shown for a while", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look none       -> wait 6s
			5.9s   look unattached -> attach i-b/1
			6s     gone            -> wait
			7s     look none       -> wait 12s`},
	})
}

// "What a Describe shows may be older than what was just done: one read never proves a loss."
func TestOneLookProvesNoLoss(t *testing.T) {
	for name, script := range map[string]string{
		"the interface is not shown once, and looks fail from then on": `
			0s     look old  -> detach old
			0.1s   ok        -> wait
			1s     look none -> wait
			6s     tick      -> wait
			60s    tick      -> wait`,
		"an attach is accepted, the next look is older, and looks fail from then on": `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   ok new                     -> wait
			1.2s   look unattached            -> wait
			6.1s   tick                       -> wait
			7s     look new on i-b/1 attached -> finish moved`,
	} {
		t.Run(name, func(t *testing.T) { run(t, spotScene(), script) })
	}
}

// "After an accepted call, a look that contradicts it is disbelieved for a few seconds", since "one read
// never proves a loss": a look may show an older attachment that this move never saw, if it
// began when the interface was unattached. That neither contradicts this move's own attachment nor proves it.
func TestOlderAttachmentAfterAcceptedAttach(t *testing.T) {
	for _, older := range []string{"old on i-a/1 detaching", "old on i-a/1 attached", "x on i-d/1 detaching"} {
		for name, s := range map[string]scene{
			"an unattached interface": unattachedScene(),
			"after a retry":           stoppedScene(shown("unattached")),
			"after termination":       terminatedScene(shown("unattached")),
		} {
			t.Run(name+", "+older, func(t *testing.T) {
				run(t, s, `
					5s     look unattached             -> attach i-b/1
					5.1s   ok new                      -> wait
					5.2s   look `+older+`              -> wait
					6s     look new on i-b/1 attaching -> wait
					7s     look new on i-b/1 attached  -> finish attached`)
			})
		}
	}
}

// "What a Describe shows may be older than what was just done: one read never proves a loss": a look can be
// older than the read that the plan was made on, and show where the interface was before. Then no other invocation has
// moved it, and what the plan saw is believed when it is shown again.
func TestOlderThanThePlan(t *testing.T) {
	for name, s := range map[string]scene{"spot": spotScene(), "terminated": terminatedScene(), "stopped": stoppedScene()} {
		for _, older := range []string{"before on i-c/1 attached older", "before on i-c/1 detaching older", "before on i-a/1 detaching older", "before on i-b/1 attached older"} {
			t.Run(name+" "+older, func(t *testing.T) {
				p := run(t, s, "0s look "+older)
				if strings.HasPrefix(p.showAction(), "finish") {
					t.Fatalf("%s, by what was before", p.showAction())
				}
				if p.last.Do == step.Detach {
					p.input(50*time.Millisecond, "stale")
					p.next()
				}
				for at := time.Second; at < 30*time.Second; at += time.Second {
					p.input(at, "look old")
					if got := p.next(); strings.HasPrefix(got, "detach old") {
						return
					}
				}
				t.Errorf("after half a minute of looks that show it on the doomed instance: %s", p.showAction())
			})
		}
	}
}
