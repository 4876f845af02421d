package step_test

import (
	"testing"
)

// TestUnattached: an interface that this move did not detach.
func TestUnattached(t *testing.T) {
	playAll(t, []script{
		// "Every trigger attaches an orphan only if it was unattached in two looks at least 5 s apart …
		// except a manual request, and shutting-down and terminated."
		{"an unattached interface waits for a second look 5 s after the plan's", unattachedScene(), `
			0.1s   look unattached            -> wait 5s
			4.9s   look unattached            -> wait 5s
			60s    tick                       -> wait # time alone is no look
			61s    look unattached            -> attach i-b/1
			61.1s  ok new                     -> wait
			62s    look new on i-b/1 attached -> finish attached`},
		{"an unattached interface that is attached in between begins again", unattachedScene(), `
			1s     look unattached           -> wait 5s
			2s     look x on i-b/1 detaching -> wait 17.01s
			6s     look unattached           -> wait 11.01s
			11.1s  look unattached           -> attach i-b/1`},
		{"one that the read for a new plan showed attached begins again", unattachedScene(without("i-c")), `
			5.1s   look unattached           -> attach i-b/1
			5.2s   candidate                 -> replan
			6s     read attached             -> replan
			15s    replanned i-c/1           -> wait
			15.1s  look unattached           -> wait 20.11s
			20.2s  look unattached           -> attach i-c/1`},
		{"one that it showed unattached does not", unattachedScene(without("i-c")), `
			5.1s   look unattached           -> attach i-b/1
			5.2s   candidate                 -> replan
			15s    replanned i-c/1           -> wait
			15.1s  look unattached           -> attach i-c/1`},
		{"one that another invocation took off waits from the first look that showed it unattached", spotScene(), `
			0s     look old detaching -> wait 15.01s
			7s     look unattached    -> wait 12.01s
			11.9s  look unattached    -> wait 12.01s
			12.1s  look unattached    -> attach i-b/1`},
		{"one that was detached before this move's own detach", spotScene(), `
			0s     look old        -> detach old
			0.1s   stale           -> wait
			1s     look unattached -> wait 6.01s
			6.1s   look unattached -> attach i-b/1`},
		{"one that this move took off does not wait", spotScene(), `
			0s     look old        -> detach old
			0.1s   ok              -> wait
			1s     look unattached -> attach i-b/1`},
		{"a manual request does not wait", manualScene(shown("unattached"), nonMember("i-a")), `
			0.1s   look unattached -> attach i-b/1`},
		{"terminated does not wait", terminatedScene(shown("unattached")), `
			0.1s   look unattached -> attach i-b/1`},
		{"an unattached interface that another invocation attaches in the meantime", unattachedScene(), `
			1s     look unattached           -> wait 5s
			5s     look x on i-c/1 attaching -> finish superseded moved-by-other`},
	})
}
