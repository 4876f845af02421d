package step_test

import (
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// TestScripts has each rule of a move as a script: what is looked at and replied, and what comes of it. The
// names say which promise each keeps.
func TestScripts(t *testing.T) {
	tests := []struct {
		name   string
		scene  scene
		script string
	}{
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

		// "IncorrectState (the instance is stopping, the attachment in transition): look, and ask again at the
		// poll's pace; a refused detach does not start the grace."
		{"a refused detach is asked for again after a look, and starts no grace", stoppedScene(), `
			0s     look old -> detach old
			0.1s   conflict -> wait
			0.2s   tick     -> wait
			0.3s   look old -> detach old
			0.4s   conflict -> wait
			20s    look old -> detach old
			20.1s  conflict -> wait
			30s    look old -> detach old
			31s    ok       -> wait
			32s    look old detaching -> wait 46s
			45.9s  look old detaching -> wait 46s
			46s    look old detaching -> detach old force`},

		// The table of force.
		{"graceful; force after DETACH_GRACE", spotScene(), `
			0s     look old           -> detach old
			1s     ok                 -> wait
			15.9s  look old detaching -> wait 16s
			16s    look old detaching -> detach old force
			16.1s  ok                 -> wait
			16.2s  look old detaching -> wait 21.1s
			21.1s  look old detaching -> detach old force # nothing else can be done
			22s    ok                 -> wait
			23s    look unattached    -> attach i-b/1`},
		{"shutting-down, terminated: at once", terminatedScene(), `
			0s     look old           -> detach old force
			0.1s   ok                 -> wait
			0.2s   look old           -> wait 5.1s
			0.3s   look old detaching -> wait 5.1s
			1s     look unattached    -> attach i-b/1`},
		{"shutting-down, terminated: at once, also where it is detaching", terminatedScene(), `
			0s     look old detaching -> detach old force`},
		{"unreachable: force after a third of DETACH_GRACE", alarmScene(), `
			0s     look old -> write-left-tag
			0.1s   ok -> detach old
			0.2s   ok -> wait
			1s     look old detaching -> wait 5.2s
			5.2s   look old detaching -> detach old force`},
		{"manual: not by its own invocation", manualScene(), `
			0s     look old -> write-left-tag
			0.1s   ok -> detach old
			0.2s   ok -> wait
			1s     look old detaching -> wait
			200s   look old detaching -> wait`},
		{"manual: if force is set", manualScene(forced), `
			0s     look old -> write-left-tag
			0.1s   ok -> detach old
			1s     ok -> wait
			1.1s   look old detaching -> wait 16s
			16s    look old detaching -> detach old force`},
		{"rebalance: never by its own invocation", rebalanceScene(), `
			0s     look old -> write-left-tag
			0.1s   ok -> detach old
			0.2s   ok -> wait
			200s   look old detaching -> wait`},
		{"found detaching: after DETACH_GRACE in this invocation", foundScene(), `
			3s     look old detaching -> wait 18.01s
			17.9s  look old detaching -> wait 18.01s
			18s    look old detaching -> detach old force`},
		{"found detaching by a request without force: somebody has to finish it", manualScene(shown("old on i-a/1 detaching"), outsider("i-a")), `
			3s     look old detaching -> wait 18.01s
			18s    look old detaching -> detach old force
			18.1s  ok                 -> wait
			19s    look unattached    -> attach i-b/1`},
		{"somebody else detaches it before we do", manualScene(), `
			0s     look old detaching -> wait 15.01s
			15s    look old detaching -> detach old force`},
		{"somebody else detaches it while we are refused", manualScene(), `
			0s     look old -> write-left-tag
			0.1s   ok -> detach old
			0.2s   conflict -> wait
			1s     look old detaching -> wait 16.01s
			16s    look old detaching -> detach old force`},
		{"a forced detach that is refused is asked for again after a look", foundScene(), `
			0s     look old detaching -> wait 15.01s
			15s    look old detaching -> detach old force
			15.1s  conflict -> wait
			15.2s  look old detaching -> wait 15.3s
			15.4s  look old detaching -> detach old force`},

		// "Every trigger attaches an orphan only if it was unattached in two looks at least 5 s apart …
		// except a manual request, and shutting-down and terminated."
		{"an orphan waits for a second look 5 s after the plan's", orphanScene(), `
			0.1s   look unattached            -> wait 5s
			4.9s   look unattached            -> wait 5s
			60s    tick                       -> wait # time alone is no look
			61s    look unattached            -> attach i-b/1
			61.1s  ok new                     -> wait
			62s    look new on i-b/1 attached -> finish attached`},
		{"an orphan that is on somebody in between begins again", orphanScene(), `
			1s     look unattached           -> wait 5s
			2s     look x on i-b/1 detaching -> wait 17.01s
			6s     look unattached           -> wait 11.01s
			11.1s  look unattached           -> attach i-b/1`},
		{"one that somebody else took off waits from the first look that showed it unattached", spotScene(), `
			0s     look old detaching -> wait 15.01s
			7s     look unattached    -> wait 12.01s
			11.9s  look unattached    -> wait 12.01s
			12.1s  look unattached    -> attach i-b/1`},
		{"one that the holder let go of before our detach", spotScene(), `
			0s     look old        -> detach old
			0.1s   stale           -> wait
			1s     look unattached -> wait 6.01s
			6.1s   look unattached -> attach i-b/1`},
		{"one that we took off does not wait", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1`},
		{"a manual request does not wait", manualScene(shown("unattached"), outsider("i-a")), `
			0.1s   look unattached -> attach i-b/1`},
		{"terminated does not wait", terminatedScene(shown("unattached")), `
			0.1s   look unattached -> attach i-b/1`},
		{"an orphan that goes to another while we wait", orphanScene(), `
			1s     look unattached           -> wait 5s
			5s     look x on i-c/1 attaching -> finish superseded moved-by-other`},

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
		{"a hint that is denied changes nothing", alarmScene(), `
			0s     look old -> write-left-tag
			0.1s   denied   -> detach old
			0.2s   conflict -> wait
			0.5s   look old -> detach old         # once is enough`},
		{"a hint without a reply changes nothing", alarmScene(), `
			0s     look old -> write-left-tag
			0.1s   unavailable -> detach old`},
		{"no hint on one that is detaching", alarmScene(shown("old on i-a/1 detaching")), `
			0s     look old detaching -> wait 5.01s
			5s     look old detaching -> detach old force`},
		{"no hint for one that goes away by itself", stoppedScene(), `
			0s     look old -> detach old`},
		{"no hint on one that is paused", alarmScene(), `
			0s     look old paused -> finish ignored paused`},

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
		{"the reply to an attach is lost, and somebody else got it", spotScene(), `
			0s     look old                  -> detach old
			0.1s   ok                        -> wait
			1s     look unattached           -> attach i-b/1
			2s     unavailable               -> wait
			3s     look x on i-c/1 attaching -> finish superseded moved-by-other`},

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
		{"the next index that nobody has", spotScene(instance("i-b", func(in *inventory.Instance) { in.Card0 = []int{0, 2, 3} })), `
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
		{"a lost race: somebody else attached it", spotScene(), `
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
		// re-observe". No instance could have it then, the origin neither.
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
			7.7s   replanned nobody         -> wait
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
			1.2s   replanned nobody         -> wait
			1.3s   look unattached          -> ask-origin
			1.4s   origin running           -> attach i-a/1
			1.5s   unavailable              -> wait
			3.6s   look unattached          -> attach i-a/1
			3.7s   unavailable              -> wait
			5.8s   look unattached          -> attach i-a/1
			5.9s   unavailable              -> wait
			8s     look unattached          -> replan
			8.1s   replanned nobody         -> wait
			8.5s   look x on i-a/1 attached -> wait
			10.2s  look x on i-a/1 attached -> wait
			10.3s  look x on i-a/1 attached -> finish failed returned`},
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

		// Lost races.
		{"the loser looks again and finds the goal reached", spotScene(), `
			0s     look old -> detach old
			0.1s   stale    -> wait
			0.2s   look x on i-c/1 attaching -> finish superseded moved-by-other`},
		{"our own target, by somebody else", spotScene(), `
			0s     look x on i-b/1 attached -> finish superseded moved-by-other`},
		{"a stale attachment that looks go on to show", spotScene(), `
			0s     look old -> detach old
			1s     stale    -> wait
			1.1s   look old -> wait 6s
			6s     look old -> detach old`},
		{"or a fresh reason to act: back on the doomed one, a bounded number of times", spotScene(), `
			0s     look old -> detach old
			0.1s   stale    -> wait
			0.2s   look x1 on i-a/1 attached -> detach x1
			0.3s   ok -> wait
			1s     look x2 on i-a/1 attaching -> detach x2
			1.1s   stale -> wait
			2s     look x3 on i-a/1 detaching -> wait 17.01s
			3s     look x2 on i-a/1 attached -> wait # older
			4s     look x4 on i-a/1 attached -> finish failed contested`},
		{"somebody takes it off again where somebody else put it: join", spotScene(), `
			0s     look x on i-c/1 detaching -> wait 15.01s
			15s    look x on i-c/1 detaching -> detach x force
			15.1s  ok                        -> wait
			16s    look unattached           -> attach i-b/1`},
		{"somebody takes it off again where we put it: join", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			1.1s   ok new                      -> wait
			2s     look new on i-b/1 detaching -> wait 17.01s
			3s     look unattached             -> wait 8.01s
			8.1s   look unattached             -> attach i-b/1`},

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
		{"an attach that hangs, and nobody else would have it", orphanScene(without("i-c")), `
			5s     look unattached             -> attach i-b/1
			6s     ok new                      -> wait
			7s     look new on i-b/1 attaching -> wait 1m40.666666666s
			280s   look new on i-b/1 attaching -> wait
			281s   look new on i-b/1 attached  -> finish attached`},
		{"an attach that hangs on the way back: nobody else is left", spotScene(without("i-c")), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			1.1s   candidate                   -> replan
			1.15s  replanned nobody            -> wait
			1.16s  look unattached             -> ask-origin
			1.2s   origin running              -> attach i-a/1
			2s     ok new                      -> wait
			280s   look new on i-a/1 attaching -> wait`},
		{"the target dies meanwhile", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			2s     ok new                      -> wait
			6s     look new on i-b/1 attaching -> wait
			7s     target i-b stopping         -> wait
			11s    look new on i-b/1 attaching -> wait # asked at 6 s, and 5 s later: one answer proves nothing
			16s    look new on i-b/1 attaching -> detach new
			16.1s  ok                          -> wait
			17s    look unattached             -> attach i-c/1`},
		{"another instance dies meanwhile", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			2s     ok new                      -> wait
			3s     target i-c stopped          -> wait
			6s     look new on i-b/1 attaching -> wait
			20s    look new on i-b/1 attached  -> finish moved`},

		// EC2 attaches to a stopped instance without a word: "the target runs at the moment of the attach and at
		// the proof, or it is no success".
		{"the target is stopped when the interface is attached: no success", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			1.1s   target i-b stopped          -> attach i-b/1
			1.2s   ok new                      -> wait
			1.3s   look new on i-b/1 attached  -> wait
			4s     look new on i-b/1 attached  -> wait # another 5 s until it is asked again: one answer proves nothing
			6.4s   look new on i-b/1 attached  -> detach new
			6.5s   ok                          -> wait
			7s     look unattached             -> attach i-c/1
			7.1s   ok next                     -> wait
			8s     look next on i-c/1 attached -> finish moved`},
		{"one answer was old: it runs", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   target i-b stopped         -> attach i-b/1
			1.2s   ok new                     -> wait
			1.3s   look new on i-b/1 attached -> wait
			2s     target i-b running         -> wait
			6.4s   look new on i-b/1 attached -> finish moved`},
		{"the target comes up yet", spotScene(), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   target i-b pending         -> attach i-b/1
			1.2s   ok new                     -> wait
			1.3s   look new on i-b/1 attached -> wait
			20s    look new on i-b/1 attached -> wait
			21s    target i-b running         -> wait
			25.1s  look new on i-b/1 attached -> finish moved`},
		{"its state can't be asked: the proof waits 3 s, and the report says so", spotScene(), `
			0s     target i-b silent          -> wait
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.2s   ok new                     -> wait
			1.3s   look new on i-b/1 attached -> wait 4.31s
			4.31s  tick                       -> finish moved`},
		{"the target is stopped while the detach lasts: the next candidate at once", spotScene(), `
			0s     target i-b stopping -> wait
			0s     look old            -> detach old
			0.1s   ok                  -> wait
			6s     look old detaching  -> wait
			7s     look unattached     -> attach i-c/1`},
		{"all are stopped while the detach lasts: a new plan, in which they get another chance, then back", spotScene(without("i-c")), `
			0s     target i-b stopping -> wait
			0s     look old            -> detach old
			0.1s   ok                  -> wait
			6s     look old detaching  -> wait
			7s     look unattached     -> replan
			7.1s   replanned nobody    -> wait
			7.2s   look unattached     -> ask-origin`},

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
		{"the target dies, and nobody else would have it: it may not stay there", orphanScene(without("i-c")), `
			5s     look unattached             -> attach i-b/1
			6s     ok new                      -> wait
			7s     look new on i-b/1 attaching -> wait
			8s     target i-b terminated       -> wait
			12s    look new on i-b/1 attaching -> detach new # there is no way back from terminated
			12.1s  ok                          -> wait
			13s    look unattached             -> replan`},

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
			1.21s  replanned nobody           -> wait
			1.22s  look unattached            -> ask-origin
			1.3s   origin stopped             -> replan
			2s     replanned i-d/3            -> wait 4s
			2.1s   look unattached            -> wait 4s
			4s     tick                       -> attach i-d/3
			4.1s   ok new                     -> wait
			5s     look new on i-d/3 attached -> finish moved`},
		{"the origin could not be asked: not taken for running", spotScene(), `
			0s     look old         -> detach old
			0.1s   ok               -> wait
			1s     look unattached  -> attach i-b/1
			1.1s   candidate        -> attach i-c/1
			1.2s   candidate        -> replan
			1.21s  replanned nobody -> wait
			1.22s  look unattached  -> ask-origin
			1.3s   origin unasked   -> replan`},
		{"the origin refuses too", spotScene(), `
			0s     look old         -> detach old
			0.1s   ok               -> wait
			1s     look unattached  -> attach i-b/1
			1.1s   candidate        -> attach i-c/1
			1.2s   candidate        -> replan
			1.21s  replanned nobody -> wait
			1.22s  look unattached  -> ask-origin
			1.3s   origin running   -> attach i-a/1
			1.4s   candidate        -> replan`},
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
			1.21s  replanned nobody           -> wait
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
		{"new plans that find nobody, and the reason is not the time", terminatedScene(), `
			0s     look old         -> detach old force
			0.1s   ok               -> wait
			1s     look unattached  -> attach i-b/1
			1.1s   denied           -> attach i-c/1
			1.2s   denied           -> replan
			1.5s   replanned nobody -> wait
			1.9s   look unattached  -> replan
			2s     replanned nobody -> wait 4s
			4s     tick             -> wait
			4.1s   look unattached  -> replan
			5s     replanned nobody -> wait 9s
			9s     look unattached  -> replan
			10s    replanned nobody -> wait 18s
			18s    look unattached  -> replan
			19s    timeout          -> finish failed denied`},
		{"the new plan finds that somebody else has it", terminatedScene(), `
			0s     look old                 -> detach old force
			0.1s   ok                       -> wait
			1s     look unattached          -> attach i-b/1
			1.1s   candidate                -> attach i-c/1
			1.2s   candidate                -> replan
			2s     replanned nobody         -> wait
			4s     look x on i-d/1 attached -> finish superseded moved-by-other`},

		// "target is the only candidate: if it refuses, the interface goes back to the origin, and to the best
		// other member only when the origin is not running; ending anywhere but on target is an error."
		{"the target takes it", manualScene(target("i-c")), `
			0s     look old                   -> write-left-tag
			0.1s   ok                         -> detach old
			0.2s   ok                         -> wait
			1s     look unattached            -> attach i-c/1
			1.1s   ok new                     -> wait
			2s     look new on i-c/1 attached -> finish moved`},
		{"the target refuses: back to the origin", manualScene(target("i-c")), `
			0s     look old                    -> write-left-tag
			0.1s   ok                          -> detach old
			0.2s   ok                          -> wait
			1s     look unattached             -> attach i-c/1
			1.1s   candidate                   -> ask-origin
			1.2s   origin running              -> attach i-a/1
			1.3s   ok back                     -> wait
			2s     look back on i-a/1 attached -> finish failed returned`},
		{"the target refuses, and the origin does not run", manualScene(target("i-c")), `
			0s     look old                   -> write-left-tag
			0.1s   ok                         -> detach old
			0.2s   ok                         -> wait
			1s     look unattached            -> attach i-c/1
			1.1s   candidate                  -> ask-origin
			1.2s   origin stopped             -> replan
			1.3s   replanned i-b/1            -> wait
			4s     look unattached            -> attach i-b/1
			4.1s   ok new                     -> wait
			5s     look new on i-b/1 attached -> finish failed not-on-target`},
		{"somebody else gave it to another one than the target", manualScene(target("i-c")), `
			0s     look x on i-b/1 attached -> finish failed not-on-target`},
		{"somebody else gave it to the target", manualScene(target("i-c")), `
			0s     look x on i-c/1 attached -> finish superseded moved-by-other`},

		// Detaches that are refused for good.
		{"the role may not detach it", spotScene(), `
			0s     look old -> detach old
			0.1s   denied   -> wait
			0.2s   look old -> finish failed denied`},
		{"the role may not detach it, and somebody else did: a denial under tag conditions", spotScene(), `
			0s     look old        -> detach old
			0.1s   denied          -> wait
			0.2s   look unattached -> wait 5.21s
			5.3s   look unattached -> attach i-b/1`},
		{"EC2 does not let it be detached", spotScene(), `
			0s     look old  -> detach old
			0.1s   forbidden -> wait
			0.2s   look old  -> finish failed not-permitted`},
		{"any other refusal", spotScene(), `
			0s     look old -> detach old
			0.1s   invalid  -> wait
			0.2s   look old -> finish failed not-permitted`},
		{"the attachment is gone", spotScene(), `
			0s     look old        -> detach old
			0.1s   gone            -> wait
			0.2s   look unattached -> wait 5.21s`},

		// Stuck attaching: a sweep takes it off its target, which counts as doomed.
		{"stuck attaching", stuckScene(), `
			0s     look old attaching -> detach old
			0.1s   conflict           -> wait
			0.4s   look old attaching -> detach old force
			0.5s   ok                 -> wait
			1s     look old detaching -> wait
			2s     look unattached    -> attach i-b/1`},
		{"stuck attaching, and it goes without force", stuckScene(), `
			0s     look old attaching -> detach old
			0.1s   ok -> wait
			1s     look old detaching -> wait 16.01s
			16s    look old detaching -> detach old force`},

		{"the time runs out", spotScene(), `
			0s     look old -> detach old
			0.1s   ok -> wait
			1s     look old detaching -> wait
			289s   timeout -> finish failed out-of-time`},
		{"the time runs out before anything", spotScene(), `
			289s   timeout -> finish failed out-of-time`},
		{"the time runs out too late", spotScene(), `
			0s     look x on i-b/1 attached -> finish superseded moved-by-other
			1s     timeout -> finish superseded moved-by-other`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { run(t, tt.scene, tt.script) })
	}
}
