package step_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/step"
)

// TestLostReplies: requests that got no reply.
func TestLostReplies(t *testing.T) {
	playAll(t, []script{
		// "an ambiguous one (timeout, lost reply, 5xx after sending) looks before it repeats".
		{"the reply to a detach is lost, and it did not take effect", spotScene(), `
			0s     look old -> detach old
			1s     unavailable -> wait
			1.1s   tick     -> wait
			1.2s   look old -> wait 3s
			3s     look old -> detach old`},
		{"the reply to a detach is lost, and it took effect", spotScene(), `
			0s     look old           -> detach old
			1s     unavailable        -> wait
			1.2s   look old detaching -> wait 16s
			2s     look unattached    -> attach i-b/1`},
		{"the reply to a detach is lost, it took effect, and looks are slow to show it: ours all the same", spotScene(), `
			0s     look old        -> detach old
			0.1s   unavailable     -> wait
			3s     look old        -> detach old
			3.1s   stale           -> wait
			3.5s   look unattached -> attach i-b/1`},
		{"the reply to a forced detach is lost", terminatedScene(), `
			0s     look old -> detach old force
			1s     unavailable -> wait
			2s     look old detaching -> wait 6s
			6s     look old detaching -> detach old force
			7s     ok -> wait`},
		{"the reply to an attach is lost, and it did not take effect", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			2s     unavailable                -> wait
			2.1s   tick                       -> wait
			2.2s   look unattached            -> wait 4s
			4s     look unattached            -> attach i-b/1
			4.1s   ok new                     -> wait
			5s     look new on i-b/1 attached -> finish moved`},
		{"the reply to an attach is lost, and it took effect", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			2s     unavailable                 -> wait
			2.1s   look unattached             -> wait 4s
			2.2s   look new on i-b/1 attaching -> wait 1m38s
			2.3s   look old                    -> wait
			3s     look new on i-b/1 attached  -> finish moved`},
		{"the reply to an attach is lost, and another invocation got it", spotScene(), `
			0s     look old                  -> detach old
			0.1s   ok                        -> wait
			1s     look unattached           -> attach i-b/1
			2s     unavailable               -> wait
			3s     look x on i-c/1 attaching -> finish superseded moved-by-other`},

		{"an attach without an answer took effect after all, while the next candidate was asked", spotScene(), `
			0s     look old                 -> detach old
			0.1s   ok                       -> wait
			1s     look unattached          -> attach i-b/1
			1.1s   unavailable              -> wait
			3.2s   look unattached          -> attach i-b/1
			3.3s   unavailable              -> wait
			5.4s   look unattached          -> attach i-b/1
			5.5s   unavailable              -> wait
			7.6s   look unattached          -> attach i-c/1
			7.7s   in-use                   -> wait
			8s     look x on i-b/1 attached -> wait # whether i-b runs was not asked for a while
			8.1s   look x on i-b/1 attached -> finish moved`},
		{"an attach without an answer took effect after all, while the interface is on its way back: a move", spotScene(without("i-c")), `
			0s     look old                 -> detach old
			0.1s   ok                       -> wait
			1s     look unattached          -> attach i-b/1
			1.1s   unavailable              -> wait
			3.2s   look unattached          -> attach i-b/1
			3.3s   unavailable              -> wait
			5.4s   look unattached          -> attach i-b/1
			5.5s   unavailable              -> wait
			7.6s   look unattached          -> replan
			7.7s   replanned none           -> wait
			7.8s   look unattached          -> ask-origin
			7.9s   origin running           -> attach i-a/1
			8s     in-use                   -> wait
			8.5s   look x on i-b/1 attached -> wait
			8.6s   look x on i-b/1 attached -> finish moved`},
		{"an attach to the origin without an answer took effect after all: a return", spotScene(without("i-c")), `
			0s     look old                 -> detach old
			0.1s   ok                       -> wait
			1s     look unattached          -> attach i-b/1
			1.1s   candidate                -> replan
			1.2s   replanned none           -> wait
			1.3s   look unattached          -> ask-origin
			1.4s   origin running           -> attach i-a/1
			1.5s   unavailable              -> wait
			3.6s   look unattached          -> attach i-a/1
			3.7s   unavailable              -> wait
			5.8s   look unattached          -> attach i-a/1
			5.9s   unavailable              -> wait
			8s     look unattached          -> replan
			8.1s   replanned none           -> wait
			8.5s   look x on i-a/1 attached -> wait
			10.2s  look x on i-a/1 attached -> wait
			10.3s  look x on i-a/1 attached -> finish failed returned`},
	})
}

// "an ambiguous one (timeout, lost reply …) looks before it repeats", and EC2 refuses the repetition where the
// first request took effect. The attachment that then shows on the target is this move's own, and is proven when it is
// attached.
func TestAttachRepeatedAfterLostReply(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		2s     unavailable                 -> wait
		4.1s   look unattached             -> attach i-b/1
		4.2s   conflict                    -> wait
		4.6s   look unattached             -> wait 6.2s
		5s     look new on i-b/1 attaching -> wait
		6s     look new on i-b/1 attached  -> finish moved`)
}

// "graceful; force after `DETACH_GRACE`": EC2 refuses a second request while it carries out the first one, whose
// reply was lost. That is not a reason to force it at once.
func TestNoForceForRefusedRepetition(t *testing.T) {
	run(t, spotScene(), `
		0s     look old -> detach old
		0.1s   unavailable -> wait
		3s     look old -> detach old
		3.1s   conflict -> wait
		3.5s   look old detaching -> wait
		10s    look old detaching -> wait
		19s    look old detaching -> detach old force`)
}

// "Tags are read again in the look before the detach (paused or regrouped meanwhile: stop)". A detach
// without a reply does not count as a change if a look 2 s later shows that it took no effect.
func TestPausedAfterLostReplyOfDetach(t *testing.T) {
	run(t, spotScene(), `
		0s     look old -> detach old
		0.1s   unavailable -> wait
		3s     look old paused -> finish ignored paused`)
}

// "An error about the candidate moves on to the next one": a lost reply must not tie the move to its
// candidate. EC2 answers "in use" or "incorrect state" also about an instance that can't take the interface.
func TestLostReplyDoesNotPinTheCandidate(t *testing.T) {
	p := run(t, spotScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1\n1.1s unavailable -> wait")
	for at := 4 * time.Second; p.last.Slot.Instance != "i-c"; at += time.Second {
		if at > time.Minute {
			t.Fatalf("a minute after the lost reply, which took no effect, it still tries i-b only")
		}
		p.input(at, "look unattached")
		if p.next(); p.last.Do == step.Attach && p.last.Slot.Instance == "i-b" {
			p.input(at+20*time.Millisecond, "conflict")
			p.next()
		}
	}
}
