package step_test

import (
	"fmt"
	"testing"
)

// TestDetach: a detach that EC2 refuses.
func TestDetach(t *testing.T) {
	playAll(t, []script{
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

		// Detaches that are refused for good.
		{"the role may not detach it", spotScene(), `
			0s     look old -> detach old
			0.1s   denied   -> wait
			0.2s   look old -> finish failed denied`},
		{"the role may not detach it, and another invocation did: a denial under tag conditions", spotScene(), `
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
	})
}

// TestDetachErrors plays every class of error of a detach, before a look that shows the interface as it was, and before
// one that shows it unattached.
func TestDetachErrors(t *testing.T) {
	tests := map[string][2]string{
		"throttled":   {"detach old", "wait 5.61s"},
		"unavailable": {"wait 2.1s", "attach i-b/1"},
		"denied":      {"finish failed denied", "wait 5.61s"},
		"gone":        {"wait 5.1s", "wait 5.61s"},
		"stale":       {"wait 5.1s", "wait 5.61s"},
		"conflict":    {"detach old", "wait 5.61s"},
		"in-use":      {"detach old", "wait 5.61s"},
		"full":        {"finish failed not-permitted", "wait 5.61s"},
		"index-taken": {"finish failed not-permitted", "wait 5.61s"},
		"candidate":   {"finish failed not-permitted", "wait 5.61s"},
		"forbidden":   {"finish failed not-permitted", "wait 5.61s"},
		"invalid":     {"finish failed not-permitted", "wait 5.61s"},
	}
	for _, class := range classes {
		want, ok := tests[string(class)]
		if !ok {
			t.Errorf("no test for %s", class)
			continue
		}
		t.Run(string(class), func(t *testing.T) {
			begin := fmt.Sprintf("0s look old -> detach old\n0.1s %s -> wait\n", class)
			run(t, spotScene(), begin+"0.6s look old -> "+want[0])
			run(t, spotScene(), begin+"0.6s look unattached -> "+want[1])
			run(t, spotScene(), begin+"0.6s look x on i-c/1 attached -> finish superseded moved-by-other")
			run(t, spotScene(), begin+"0.6s look none -> wait 5.6s")
			if class != "throttled" {
				run(t, spotScene(), begin+"0.2s tick -> wait")
			}
		})
	}
}
