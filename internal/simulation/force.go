package simulation

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// judgeForce judges a forced detach by the rules for force.
func (r *run) judgeForce(inv *invocation, e *awssim.Interface) {
	holder, attachment := e.Attachment.Instance, e.Attachment.ID
	ends := r.sawInstance(inv, holder, ending) || (inv.event.Instance == holder && slices.Contains([]string{"shutting-down", "terminated"}, inv.event.Kind))
	if ends || e.Attachment.Status == "attaching" || inv.mayHaveMade(e) {
		return // force at once is allowed; an interface that hangs in attaching, by our doing or not, has no guest that could let go
	}
	grace := r.graceFor(inv, holder)
	const slack = 100 * time.Millisecond // parts of a call may differ by this
	waited := func(since time.Time) bool { return !since.IsZero() && time.Since(since) >= grace-slack }
	since, found := inv.detachedSince(attachment), inv.detachingSince[attachment]
	byItself := inv.event.Force || !slices.Contains([]string{"manual", "rebalance"}, inv.event.Kind) || r.sawInstance(inv, holder, leaving)
	// A detach that another party began cannot be taken back, whatever the event.
	joined := since.IsZero() || inv.accepted[attachment].IsZero()
	own := byItself && (grace == 0 || waited(since))
	theirs := (byItself || joined) && waited(found)
	if !own && !theirs {
		r.violate("force", "%s forces %s off %s after %s (found detaching %s ago), grace %s", inv.name, e.ID, holder,
			ago(since), ago(found), grace)
	}
}

// graceFor returns how long a detach may take before force is allowed.
func (r *run) graceFor(inv *invocation, holder string) time.Duration {
	grace := r.settings.Policy.DetachGrace
	healing := slices.Contains([]string{"sweep", "running"}, inv.event.Kind)
	if inv.event.Kind == "alarm" || inv.event.Kind == "unreachable" || (healing && r.sawInstance(inv, holder, func(in *awssim.Instance) bool { return in != nil && impaired(in) })) {
		return grace / 3
	}
	return grace
}

// detachedSince returns when a plain detach by the invocation was accepted, or may have been; zero if none was.
func (inv *invocation) detachedSince(attachment string) time.Time {
	accepted, unansweredSince := inv.accepted[attachment], inv.unansweredSince[attachment]
	if accepted.IsZero() || (!unansweredSince.IsZero() && unansweredSince.Before(accepted)) {
		return unansweredSince
	}
	return accepted
}

func ago(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return time.Since(t).String()
}
