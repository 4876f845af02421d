package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/step"
)

// TestForce: when a detach is forced.
func TestForce(t *testing.T) {
	playAll(t, []script{
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
		{"found detaching by a request without force: the detach has to be finished", manualScene(shown("old on i-a/1 detaching"), nonMember("i-a")), `
			3s     look old detaching -> wait 18.01s
			18s    look old detaching -> detach old force
			18.1s  ok                 -> wait
			19s    look unattached    -> attach i-b/1`},
		{"another invocation detaches it before this one", manualScene(), `
			0s     look old detaching -> wait 15.01s
			15s    look old detaching -> detach old force`},
		{"another invocation detaches it while this one is refused", manualScene(), `
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
	})
}

// A detach that was refused for good is not asked for again at every look: attach and detach share a bucket of 50, with 5
// a second for the whole account.
func TestRefusedForceIsNotRepeatedAtEveryLook(t *testing.T) {
	for _, class := range []string{"denied", "forbidden", "invalid"} {
		p := run(t, foundScene(), "0s look old detaching -> wait\n15.1s look old detaching -> detach old force")
		asked := 1
		at := 15 * time.Second
		for range 60 {
			p.input(at+100*time.Millisecond, class)
			p.next()
			at += time.Second
			p.input(at, "look old detaching")
			if strings.HasPrefix(p.next(), "detach") {
				asked++
			} else if p.last.Do == step.Finish {
				break
			}
		}
		if asked > 15 {
			t.Errorf("%s: asked %d times in a minute", class, asked)
		}
	}
}

// "`detaching` is past the point of return: any later trigger or sweep joins it, and after `DETACH_GRACE` in
// that invocation forces it": also where the reply to the forced detach is lost, whatever force the trigger
// allows for a detach of its own.
func TestForceOfFoundDetachingIsRepeated(t *testing.T) {
	for _, reply := range []string{"unavailable", "ok"} {
		for name, s := range map[string]scene{
			"sweep":   foundScene(),
			"request": manualScene(shown("old on i-a/1 detaching"), nonMember("i-a")),
		} {
			t.Run(name+" "+reply, func(t *testing.T) {
				run(t, s, `
					0s     look old detaching -> wait 15.01s
					15s    look old detaching -> detach old force
					15.1s  `+reply+` -> wait
					16s    look old detaching -> wait
					25s    look old detaching -> detach old force`)
			})
		}
	}
}

// "an interface found `detaching` | after `DETACH_GRACE`": the force that the trigger
// allows is for the doomed instance. What another invocation takes off any other instance gets the whole grace.
func TestNoForceAtOnceOnAnotherInstance(t *testing.T) {
	for name, s := range map[string]scene{"terminated": terminatedScene(), "alarm": alarmScene(), "spot": spotScene()} {
		for _, look := range []string{"x on i-c/1 detaching", "x on i-b/1 detaching"} {
			t.Run(name+" "+look, func(t *testing.T) {
				run(t, s, "1s look "+look+" -> wait 16.01s")
			})
		}
	}
	run(t, terminatedScene(), "1s look x on i-a/1 detaching -> detach x force") // but from the doomed one
}
