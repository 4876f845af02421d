package step_test

import (
	"testing"
	"time"
)

// TestTarget: the instance that the interface goes to has to run.
func TestTarget(t *testing.T) {
	playAll(t, []script{
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
			7.1s   replanned none      -> wait
			7.2s   look unattached     -> ask-origin`},

		{"the target dies, and no other candidate is left: it may not stay there", unattachedScene(without("i-c")), `
			5s     look unattached             -> attach i-b/1
			6s     ok new                      -> wait
			7s     look new on i-b/1 attaching -> wait
			8s     target i-b terminated       -> wait
			12s    look new on i-b/1 attaching -> detach new # there is no way back from terminated
			12.1s  ok                          -> wait
			13s    look unattached             -> replan`},
	})
}

// TestAskTarget: the state of the instance that the interface goes to is asked for while the detach lasts, and at once
// after the attach.
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
