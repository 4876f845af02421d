package step_test

import (
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/step"
)

// TestHungAttach: an attach that EC2 accepts and that does not end.
func TestHungAttach(t *testing.T) {
	playAll(t, []script{
		// "given up for the next candidate only when the target is no longer running, or after max(30 s, a
		// third of the time left)".
		{"an attach that hangs", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			20s    ok new                      -> wait
			30s    look new on i-b/1 attaching -> wait 1m50s # a third of 270 s
			109.9s look new on i-b/1 attaching -> wait 1m50s
			110s   look new on i-b/1 attaching -> detach new
			110.1s ok                          -> wait
			111s   look new on i-b/1 detaching -> wait 2m6.01s
			112s   look unattached             -> attach i-c/1
			113s   ok next                     -> wait
			114s   look next on i-c/1 attached -> finish moved`},
		{"an attach that hangs near the end: 30 s at least", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			200s   look unattached             -> attach i-b/1
			230s   ok new                      -> wait
			231s   look new on i-b/1 attaching -> wait 4m20s`},
		{"an attach that hangs may want force", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			20s    ok new                      -> wait
			110s   look new on i-b/1 attaching -> detach new
			110.1s conflict                    -> wait
			110.4s look new on i-b/1 attaching -> detach new force
			110.5s ok                          -> wait
			112s   look unattached             -> attach i-c/1`},
		{"an attach that hangs, and no other candidate is left", unattachedScene(without("i-c")), `
			5s     look unattached             -> attach i-b/1
			6s     ok new                      -> wait
			7s     look new on i-b/1 attaching -> wait 1m40.666666666s
			280s   look new on i-b/1 attaching -> wait
			281s   look new on i-b/1 attached  -> finish attached`},
		{"an attach that hangs on the way back: no other candidate is left", spotScene(without("i-c")), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			1.1s   candidate                   -> replan
			1.15s  replanned none              -> wait
			1.16s  look unattached             -> ask-origin
			1.2s   origin running              -> attach i-a/1
			2s     ok new                      -> wait
			280s   look new on i-a/1 attaching -> wait`},
	})
}

// "Never … detach anything but the observed attachment of the doomed instance, the one that this very move
// made, or one stuck `attaching`" and "relieve a healthy holder": when a look shows
// that the attach has finished, it is not stuck any more, and the interface is where it was to go.
func TestStuckAttachThatFinished(t *testing.T) {
	for name, script := range map[string]string{
		"before the first detach":  "0s look old -> -",
		"after the detach refused": "0s look old attaching -> detach old\n0.1s conflict -> wait\n1s look old -> -",
	} {
		t.Run(name, func(t *testing.T) {
			p := run(t, stuckScene(), strings.ReplaceAll(script, "-> -", ""))
			if got := p.showAction(); strings.HasPrefix(got, "detach") {
				t.Errorf("%s, though it is attached", got)
			}
		})
	}
}

// The same holds for this move's own attach: it was given up, EC2 refused the plain detach, and then the attach has
// finished. A forced detach would cut off what serves.
func TestHungAttachThatFinished(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s conflict                    -> wait
		110.4s look new on i-b/1 attached  -> finish moved`)
}

// "It is given up for the next candidate only …": not for one that has no slot, so that it can't be the next candidate.
func TestHungAttachIsNotGivenUpWithoutAnother(t *testing.T) {
	s := unattachedScene(instance("i-c", full(0)))
	run(t, s, `
		5s     look unattached             -> attach i-b/1
		6s     ok new                      -> wait
		7s     look new on i-b/1 attaching -> wait
		120s   look new on i-b/1 attaching -> wait`)
}

// An attach that finishes after it was given up reaches the goal only if nothing was done against it. An accepted detach
// takes it off, whatever an older look shows ("After an accepted call, a look that contradicts it is
// disbelieved"), and a target that is "no longer running" serves no client.
func TestGivenUpAttachThatShowsAttached(t *testing.T) {
	for name, script := range map[string]string{
		"the detach was accepted": `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			20s    ok new                      -> wait
			110s   look new on i-b/1 attaching -> detach new
			110.1s ok                          -> wait
			110.2s look new on i-b/1 attached  -> wait
			111s   look new on i-b/1 detaching -> wait
			112s   look unattached             -> attach i-c/1`,
		"the reply to the detach was lost": `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			20s    ok new                      -> wait
			110s   look new on i-b/1 attaching -> detach new
			110.1s unavailable                 -> wait
			110.2s look new on i-b/1 attached  -> wait
			111s   look new on i-b/1 detaching -> wait
			112s   look unattached             -> attach i-c/1`,
		"its target died": `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			2s     ok new                      -> wait
			3s     look new on i-b/1 attaching -> wait
			4s     target i-b stopping         -> wait
			8s     look new on i-b/1 attaching -> wait
			13s    look new on i-b/1 attaching -> detach new
			4.1s   conflict                    -> wait
			5s     look new on i-b/1 attached  -> detach new force
			5.1s   ok                          -> wait
			7s     look unattached             -> attach i-c/1`,
	} {
		t.Run(name, func(t *testing.T) { run(t, spotScene(), script) })
	}
}

// A detach without a reply may have taken effect, and may be the reason why EC2 refuses the next one. Then the attachment is
// on its way off, whatever a look shows.
func TestGivenUpAttachAfterLostReply(t *testing.T) {
	p := run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s unavailable                 -> wait
		112.2s look new on i-b/1 attaching -> detach new
		112.3s conflict                    -> wait
		112.6s look new on i-b/1 attached`)
	if p.last.Do == step.Finish {
		t.Errorf("%s, though a detach of ours may be under way", p.showAction())
	}
	p = run(t, spotScene(), `
		0s     look old                    -> detach old
		0.1s   ok                          -> wait
		1s     look unattached             -> attach i-b/1
		20s    ok new                      -> wait
		110s   look new on i-b/1 attaching -> detach new
		110.1s unavailable                 -> wait
		112.2s look new on i-b/1 attaching -> detach new
		112.3s conflict                    -> wait
		112.6s look new on i-b/1 attaching -> detach new force
		112.7s throttled                   -> wait
		113.5s look new on i-b/1 attached`)
	if p.last.Do == step.Finish {
		t.Errorf("%s, though a detach of ours may be under way", p.showAction())
	}
}

// "Never … detach anything but the observed attachment of the doomed instance, the one that this very move
// made, or one stuck `attaching`": another attachment, made a moment ago, is not stuck.
func TestAnotherAttachmentIsNotStuck(t *testing.T) {
	for _, look := range []string{"x on i-a/1 attaching fresh", "x on i-a/1 attached fresh"} {
		p := run(t, stuckScene(), "1s look "+look)
		if got := p.showAction(); strings.HasPrefix(got, "detach") {
			t.Errorf("a look shows %s: %s", look, got)
		}
	}
}
