package step_test

import (
	"testing"
)

// TestRequest: a request that names its target.
func TestRequest(t *testing.T) {
	playAll(t, []script{
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
		{"another invocation gave it to another member than the target", manualScene(target("i-c")), `
			0s     look x on i-b/1 attached -> finish failed not-on-target`},
		{"another invocation gave it to the target", manualScene(target("i-c")), `
			0s     look x on i-c/1 attached -> finish superseded moved-by-other`},
	})
}
