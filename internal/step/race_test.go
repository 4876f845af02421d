package step_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// TestRaces: another invocation, or a person, moves the same interface.
func TestRaces(t *testing.T) {
	playAll(t, []script{
		// "The loser looks again and finds either the goal reached (superseded, success) or a fresh reason to act".
		{"the loser looks again and finds the goal reached", spotScene(), `
			0s     look old -> detach old
			0.1s   stale    -> wait
			0.2s   look x on i-c/1 attaching -> finish superseded moved-by-other`},
		{"its own target, by another invocation", spotScene(), `
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
		{"a verdict is about one attachment: another one, on the same instance, is not taken off", verdictScene(), `
			0s     look old -> write-left-tag
			0.1s   ok       -> detach old
			0.2s   stale    -> wait
			0.3s   look x1 on i-a/1 attached -> finish superseded moved-by-other`},
		{"also if the verdict found the interface unattached", verdictScene(shown("unattached")), `
			0s     look unattached           -> wait 5s
			1s     look x1 on i-a/1 attached -> finish superseded moved-by-other`},
		{"a third invocation takes it off where another one has put it: join", spotScene(), `
			0s     look x on i-c/1 detaching -> wait 15.01s
			15s    look x on i-c/1 detaching -> detach x force
			15.1s  ok                        -> wait
			16s    look unattached           -> attach i-b/1`},
		{"another invocation takes it off where this one has put it: join", spotScene(), `
			0s     look old                    -> detach old
			0.1s   ok                          -> wait
			1s     look unattached             -> attach i-b/1
			1.1s   ok new                      -> wait
			2s     look new on i-b/1 detaching -> wait 17.01s
			3s     look unattached             -> wait 8.01s
			8.1s   look unattached             -> attach i-b/1`},
	})
}

// "a fresh reason to act (bounded number of rounds)": also where another invocation takes off what this move attaches,
// again and again.
func TestRoundsAreBounded(t *testing.T) {
	p := run(t, spotScene(), "0s look old -> detach old\n0.1s ok -> wait\n1s look unattached -> attach i-b/1")
	attaches := 1
	at := time.Second
	after := func(d time.Duration, line string) string {
		at += d
		p.input(at, line)
		return p.next()
	}
	for k := range 30 {
		after(time.Second, fmt.Sprintf("ok new%d", k))
		after(time.Second, fmt.Sprintf("look new%d on i-b/1 detaching", k))
		after(time.Second, "look unattached")
		got := after(6*time.Second, "look unattached")
		if strings.HasPrefix(got, "attach") {
			attaches++
		}
		if strings.HasPrefix(got, "finish") {
			break
		}
	}
	if attaches > 10 {
		t.Errorf("attached %d times to where it is always taken off again", attaches)
	}
}

// "Never … relieve a healthy holder except as section 2 dooms it": a sweep joins a detach that it found, without a
// doomed instance. If a look shows the interface attached there again, or still, nothing is to be done.
func TestHealthyHolderIsNotRelieved(t *testing.T) {
	for _, script := range []string{
		"0s look old -> -",
		"0s look old attaching -> -",
		"0s look old detaching -> wait\n1s look old -> -\n60s look old -> -",
		"0s look old detaching -> wait\n15s look old detaching -> detach old force\n16s conflict -> wait\n17s look old -> -\n60s look old -> -",
	} {
		p := play(t, foundScene())
		for line := range strings.Lines(strings.ReplaceAll(script, "-> -", "")) {
			at, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			rest, _, joined := strings.Cut(rest, " ->")
			d, err := time.ParseDuration(at)
			if err != nil {
				t.Fatal(err)
			}
			p.input(d, strings.TrimSpace(rest))
			if got := p.next(); !joined && strings.HasPrefix(got, "detach") {
				t.Errorf("%s: %s from its healthy holder", strings.Join(p.lines, ", "), got)
			}
		}
	}
}

// "Never … relieve a healthy holder": a move waits for a detach of another invocation from an instance that is not
// doomed. A look that shows the interface attached there is older than the one that showed it detaching, or the interface
// has a holder again.
func TestWhatOthersTakeOffIsNotTaken(t *testing.T) {
	for name, s := range map[string]scene{"terminated": terminatedScene(), "alarm": alarmScene(), "spot": spotScene()} {
		t.Run(name, func(t *testing.T) {
			run(t, s, `
				1s  look x on i-c/1 detaching -> wait 16.01s
				2s  look x on i-c/1 attached -> wait 6.01s
				3s  look x on i-c/1 detaching -> wait 16.01s
				7s  look x on i-c/1 attached -> finish superseded moved-by-other`)
		})
	}
}
