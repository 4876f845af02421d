package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/step"
)

// TestTags: the tags that stop a move, and the tag that a move writes.
func TestTags(t *testing.T) {
	playAll(t, []script{
		// Tags are read again in the look before the detach.
		{"paused meanwhile: stop", spotScene(), `
			0s     look old paused -> finish ignored paused`},
		{"regrouped meanwhile: stop", spotScene(), `
			0s     look old group=web -> finish ignored regrouped`},
		{"made unsupported meanwhile: stop", spotScene(), `
			0s     look old kind=efa -> finish ignored unsupported-interface`},
		{"moved to another card meanwhile: another attachment, another account's", spotScene(), `
			0s     look old on i-a/0 -> finish ignored unsupported-interface`},
		{"paused after a refused detach: stop", spotScene(), `
			0s     look old -> detach old
			0.1s   conflict -> wait
			1s     look old paused -> finish ignored paused`},
		{"paused after the detach: this invocation finishes the move", spotScene(), `
			0s     look old                          -> detach old
			0.1s   ok                                -> wait
			1s     look old paused                   -> wait 5.1s
			2s     look old detaching paused         -> wait 15.1s
			3s     look unattached paused group=web  -> attach i-b/1
			3.1s   ok new                            -> wait
			4s     look new on i-b/1 attached paused -> finish moved`},

		// The `left` tag, "before relieving a running holder that is not going away by itself".
		{"a left tag that is denied changes nothing", alarmScene(), `
			0s     look old -> write-left-tag
			0.1s   denied   -> detach old
			0.2s   conflict -> wait
			0.5s   look old -> detach old         # once is enough`},
		{"a left tag without a reply changes nothing", alarmScene(), `
			0s     look old -> write-left-tag
			0.1s   unavailable -> detach old`},
		{"no left tag on one that is detaching", alarmScene(shown("old on i-a/1 detaching")), `
			0s     look old detaching -> wait 5.01s
			5s     look old detaching -> detach old force`},
		{"no left tag for one that goes away by itself", stoppedScene(), `
			0s     look old -> detach old`},
		{"no left tag on one that is paused", alarmScene(), `
			0s     look old paused -> finish ignored paused`},
	})
}

// "`eni-failover:paused`: any value but `false`: the interface is left alone and said so"; "after the detach
// this invocation finishes the move; a later one leaves a paused orphan alone and names it". An
// invocation must leave an interface alone that it did not detach, if the look before the attach shows it paused or
// regrouped.
func TestPausedOrphanIsLeftAlone(t *testing.T) {
	for _, reason := range []struct{ tag, want string }{{"paused", "paused"}, {"group=web", "regrouped"}} {
		for name, tt := range map[string]struct {
			scene  scene
			script string
		}{
			"an unattached interface": {unattachedScene(), `
				1s     look unattached     -> wait 5s
				5s     look unattached TAG -> finish ignored WANT`},
			"an unattached interface of a request": {manualScene(shown("unattached"), nonMember("i-a")), `
				1s     look unattached TAG -> finish ignored WANT`},
			"detached by a person": {spotScene(), `
				0s     look old detaching  -> wait
				2s     look unattached     -> wait 7.01s
				7s     look unattached TAG -> finish ignored WANT`},
			"found detaching": {foundScene(), `
				0s     look old detaching -> wait
				15s    look old detaching TAG -> finish ignored WANT`},
		} {
			t.Run(name+" "+reason.tag, func(t *testing.T) {
				run(t, tt.scene, strings.NewReplacer("TAG", reason.tag, "WANT", reason.want).Replace(tt.script))
			})
		}
	}
}

// "after the detach this invocation finishes the move": also where its own attach hangs and is given up.
func TestPausedWhileAttaching(t *testing.T) {
	run(t, spotScene(), `
		0s     look old                           -> detach old
		0.1s   ok                                 -> wait
		1s     look unattached                    -> attach i-b/1
		2s     ok new                             -> wait
		3s     look new on i-b/1 attaching paused -> wait
		4s     target i-b stopped                 -> wait
		8s     look new on i-b/1 attaching paused -> wait
		13s    look new on i-b/1 attaching paused -> detach new`)
}

// The `left` tag "is a hint, never a lock: without it … everything still works": throttles of CreateTags, which
// has a bucket of its own, must not keep a service on a host that can't be reached.
func TestLeftTagDoesNotHoldUpTheMove(t *testing.T) {
	p := run(t, alarmScene(), "0s look old -> write-left-tag")
	for p.last.Do == step.WriteLeftTag || p.last.Do == step.Wait {
		at := p.now.Sub(start)
		if at > 10*time.Second {
			t.Fatalf("after %s of throttles of the left tag the move has not begun", at)
		}
		if p.last.Do == step.WriteLeftTag {
			p.input(at+20*time.Millisecond, "throttled")
		} else {
			p.input(p.last.At.Sub(start), "tick")
		}
		p.next()
	}
}
