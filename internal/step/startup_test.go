package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// cold makes a cold standby of an instance: it is stopped, and may be started.
func cold(ids ...string) change {
	return func(s *scene) {
		s.policy.StartStandbys, s.policy.StartSettle = true, 30*time.Second
		for _, id := range ids {
			instance(id, func(in *inventory.Instance) { in.State, in.Start = inventory.StateStopped, true })(s)
		}
	}
}

// coldScene is a Spot warning that was sent 10 s ago, with cold standbys only: the holder is relieved 90 s after the start at
// the latest.
func coldScene(c ...change) scene { return spotScene(append([]change{cold("i-b", "i-c")}, c...)...) }

// settle changes how long a started standby gets to boot.
func settle(d time.Duration) change {
	return func(s *scene) { s.policy.StartSettle = d }
}

// TestColdStandby: "First start, then move: … wait until EC2 says running, then detach and attach as ever. Nothing is
// detached before the standby runs. While the holder still serves …, the standby gets START_SETTLE to boot".
func TestColdStandby(t *testing.T) {
	playAll(t, []script{
		{"it is started, runs, boots, and gets the interface", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b pending         -> wait
			1.2s   look old                   -> wait
			2.2s   target i-b running         -> wait
			2.2s   look old                   -> wait
			20s    look old                   -> wait
			32.1s  look old                   -> wait 32.2s
			32.2s  tick                       -> detach old # 30 s after the question that showed it running
			32.3s  ok                         -> wait
			33s    look unattached            -> attach i-b/1
			33.1s  ok new                     -> wait
			34s    look new on i-b/1 attached -> finish moved`},
		{"a Spot holder is relieved 20 s before its end at the latest", coldScene(settle(5 * time.Minute)), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    target i-b running         -> wait
			20s    look old                   -> wait
			89s    look old                   -> wait 1m30s
			90s    tick                       -> detach old`},
		{"it runs only after that time", coldScene(without("i-c")), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b pending         -> wait
			91s    look old                   -> wait
			92s    target i-b running         -> wait
			93s    look old                   -> detach old`},
		{"a request has no such time", manualScene(cold("i-b"), without("i-c"), settle(5*time.Minute)), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    target i-b running         -> wait
			20s    look old                   -> wait
			90s    look old                   -> wait
			200s   look old                   -> wait
			320s   look old                   -> write-left-tag # right before the detach, not before the start
			320.1s ok                         -> detach old`},
		{"a running candidate needs no start", spotScene(cold("i-b")), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-c/1`},
		{"no holder serves: as soon as the standby runs", stoppedScene(cold("i-b", "i-c")), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			19s    target i-b pending         -> wait
			19s    look old                   -> wait
			20s    target i-b running         -> wait
			20s    look old                   -> detach old`},
		{"the holder stops while the standby starts", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			19s    target i-a stopping        -> wait
			19s    target i-b pending         -> wait
			19s    look old                   -> wait
			20s    target i-b running         -> wait
			20s    look old                   -> detach old`},
		{"the holder stops while the standby boots", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    look old                   -> wait
			21s    target i-a shutting-down   -> wait
			21s    look old                   -> detach old`},
		{"it is taken off by another party while the standby boots", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    look old                   -> wait
			22s    look old detaching         -> wait
			23s    look unattached            -> wait 28.01s # another invocation may be in the middle of a move
			28.1s  look unattached            -> attach i-b/1`},
		{"it is attached elsewhere while the standby starts", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    look x on i-c/1 attached   -> finish superseded moved-by-other`},
		{"it is paused while the standby starts", coldScene(), `
			0s     look old                   -> start i-b
			0.1s   ok                         -> wait
			20s    look old paused            -> finish ignored paused`},
		{"unattached", unattachedScene(cold("i-b", "i-c")), `
			0s     look unattached            -> wait 5s # another invocation may be in the middle of a move
			5.1s   look unattached            -> start i-b
			5.2s   ok                         -> wait
			20s    target i-b pending         -> wait
			20s    look unattached            -> wait
			21s    target i-b running         -> wait
			21s    look unattached            -> attach i-b/1
			21.1s  ok new                     -> wait
			22s    look new on i-b/1 attached -> finish attached`},
		{"found detaching from the instance that goes away: both at once", coldScene(shown("old on i-a/1 detaching")), `
			0s     look old detaching         -> start i-b
			0.1s   ok                         -> wait
			0.2s   target i-b pending         -> wait
			15.1s  look old detaching         -> detach old force
			15.2s  ok                         -> wait
			16s    look unattached            -> wait
			21s    target i-b running         -> wait
			21.1s  look unattached            -> attach i-b/1`},
		{"found detaching from another instance: that is the business of another invocation until it is unattached", foundScene(cold("i-b", "i-c"), nonMember("i-a")), `
			0s     look old detaching         -> wait
			1s     look unattached            -> wait 6.01s
			6.1s   look unattached            -> start i-b`},
		{"attaching for far too long: started before it is taken off", stuckScene(cold("i-b", "i-c")), `
			0s     look old attaching         -> start i-b
			0.1s   ok                         -> wait
			20s    look old attaching         -> detach old`},
		{"a running candidate has refused after the detach: a cold one is started then", spotScene(cold("i-c")), `
			0s     look old                   -> detach old
			0.1s   ok                         -> wait
			1s     look unattached            -> attach i-b/1
			1.1s   candidate                  -> start i-c
			1.2s   ok                         -> wait
			10s    target i-c pending         -> wait
			10s    look unattached            -> wait
			20s    target i-c running         -> wait
			20s    look unattached            -> attach i-c/1`},
	})
}

// TestResumedStart: "A killed invocation is carried on … without a second start".
func TestResumedStart(t *testing.T) {
	pending := instance("i-b", state(inventory.StatePending))
	launched := func(ago time.Duration) change {
		return instance("i-b", func(in *inventory.Instance) { in.State, in.LaunchTime = inventory.StateRunning, start.Add(-ago) })
	}
	playAll(t, []script{
		{"found pending", coldScene(pending), `
			0s     look old                   -> wait
			0.1s   target i-b pending         -> wait
			1s     look old                   -> wait
			15s    target i-b running         -> wait
			15s    look old                   -> wait
			45s    look old                   -> detach old`},
		{"found pending, and it stops again", coldScene(pending), `
			0s     look old                   -> wait
			0.1s   target i-b stopped         -> wait
			4.9s   look old                   -> wait
			6s     look old                   -> start i-c`},
		{"found running for a short while", coldScene(launched(20 * time.Second)), `
			0s     look old                   -> wait
			34s    look old                   -> wait 35s
			35s    tick                       -> detach old`},
		{"found running for a short while, and it stops", coldScene(launched(20 * time.Second)), `
			0s     look old                   -> wait
			10s    target i-b stopping        -> wait
			10s    look old                   -> start i-c`},
		{"found running for a short while, and no holder serves", stoppedScene(cold("i-b", "i-c"), launched(20*time.Second)), `
			0s     look old                   -> detach old`},
		{"found running for long", coldScene(launched(time.Hour)), `
			0s     look old                   -> detach old`},
	})
}

// TestAskWhileStarting: the states of the standby and of the holder are asked for each second while the standby starts, and
// while it boots: nothing is detached for one that has stopped again.
func TestAskWhileStarting(t *testing.T) {
	p := play(t, coldScene())
	p.states["i-b"] = inventory.Instance{ID: "i-b", State: inventory.StatePending}
	do := func(at time.Duration, line, target, holder string) {
		t.Helper()
		p.input(at, line)
		p.next()
		if got, on := p.move.AskTarget(p.now), p.move.AskHolder(p.now); got != target || on != holder {
			t.Errorf("after %q the states of %q and %q are asked for, want %q and %q", p.lines[len(p.lines)-1], got, on, target, holder)
		}
	}
	do(0, "look old", "", "")
	do(100*time.Millisecond, "ok", "", "i-a")
	do(1100*time.Millisecond, "tick", "i-b", "i-a")
	do(1200*time.Millisecond, "look old", "", "")
	do(2100*time.Millisecond, "tick", "", "")
	do(2200*time.Millisecond, "target i-b running", "i-b", "i-a")
	do(2300*time.Millisecond, "look old", "", "")
	do(3300*time.Millisecond, "tick", "i-b", "i-a")
	do(7300*time.Millisecond, "look old", "", "")
	do(40*time.Second, "look old", "", "")
}

// TestStartResult: the result says that a standby was started, and how long that took, and the candidates why they did not
// start.
func TestStartResult(t *testing.T) {
	const moves = "32.1s look old -> detach old\n32.2s ok -> wait\n33s look unattached -> attach i-b/1\n33.1s ok new -> wait\n34s look new on i-b/1 attached -> finish moved"
	p := run(t, coldScene(), "0s look old -> start i-b\n0.1s ok -> wait\n2.1s look old -> wait\n"+moves)
	if r := p.move.Result(); !r.Started || r.StartTime != 2*time.Second || r.Detached != 900*time.Millisecond {
		t.Errorf("started %v in %s, detached in %s", r.Started, r.StartTime, r.Detached)
	}
	p = run(t, coldScene(instance("i-b", state(inventory.StatePending))), "0s look old -> wait\n2.1s look old -> wait\n"+moves)
	if r := p.move.Result(); !r.Started || r.StartTime != 2100*time.Millisecond {
		t.Errorf("found starting: started %v in %s", r.Started, r.StartTime)
	}
	p = run(t, coldScene(), "0s look old -> start i-b\n0.1s candidate -> start i-c\n0.2s ok -> wait\n1s target i-c stopped Client.InternalError -> wait\n6s look old -> finish stranded no-standby")
	want := "no standby could be started, i-c as refused (EC2 stopped it again after its start: Client.InternalError)"
	if r := p.move.Result(); r.Started || r.Attachment != "old" || r.Detail != want {
		t.Errorf("stranded: %+v, want the detail %s", r, want)
	}
	for k, want := range []string{"its start: Some.Code", "EC2 stopped it again after its start: Client.InternalError"} {
		if c := p.move.Item().Candidates[k]; c.Eligible || c.Reason != plan.ReasonRefused || c.Detail != want {
			t.Errorf("candidate %+v, want the detail %s", c, want)
		}
	}
	p = run(t, coldScene(), "0s look old -> start i-b\n0.1s ok -> wait\n0.2s target i-b pending -> wait\n1.1s look old -> wait\n20s timeout -> finish failed out-of-time")
	if r := p.move.Result(); !r.Started || r.StartTime != 0 || !strings.Contains(r.Detail, "i-b") {
		t.Errorf("out of time: %+v", r)
	}
}
