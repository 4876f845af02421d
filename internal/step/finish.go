package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// Result is what became of a move.
type Result struct {
	Outcome plan.Outcome
	Reason  plan.Reason
	// Detail explains the reason to a person.
	Detail string
	// To, Attachment and Index say where the interface was last seen attached, or where EC2 has accepted to attach it
	// since; empty if it is unattached. Where is the status there, or what else is known.
	To, Attachment, Where string
	Index                 int
	// Forced reports whether EC2 has accepted a forced detach, or has let go of the interface after one that got no reply.
	Forced bool
	// Started reports whether the interface goes to a standby that was started for it, or was found starting, and StartTime is
	// how long that took: from the request to the answer that showed the standby running.
	Started   bool
	StartTime time.Duration
	// Differences are what the interface lost or gained on the way; empty in a clean move.
	Differences []string
	// Detached and Attached are how long each half took, from its first request to the look that proved it.
	Detached, Attached time.Duration
	// Verified is how long the look took that proved the result.
	Verified time.Duration
	// Done is when the last look ended; zero if there was none.
	Done time.Time
}

// TimeOut ends the move because there is no time left for it. A move that is over stays as it is. If candidates have
// refused all the time, their reason says more than that the time is up.
func (m *Move) TimeOut() {
	switch {
	case m.result != nil:
	case m.history.replans > 1 && !m.on.underWay():
		reason, detail := m.refusals()
		m.finish(plan.OutcomeFailed, reason, "every candidate refused it until the time ran out"+detail)
	case m.on.startup.awaited:
		m.finish(plan.OutcomeFailed, plan.ReasonOutOfTime, "the time ran out before "+m.on.slot.Instance+" was started and running")
	default:
		m.finish(plan.OutcomeFailed, plan.ReasonOutOfTime, "the time ran out")
	}
}

// refusals returns why candidates refused, with the one that tells most.
func (m *Move) refusals() (reason plan.Reason, detail string) {
	told := m.history.mostTelling
	if told.Reason == "" {
		return plan.ReasonRefused, ""
	}
	reason = plan.ReasonRefused
	if told.Reason == plan.ReasonDenied {
		reason = plan.ReasonDenied // a person can mend that
	}
	return reason, ", " + told.Instance + " as " + string(told.Reason) + " (" + told.Detail + ")"
}

// finish ends the move. The proof may be in the result already.
func (m *Move) finish(outcome plan.Outcome, reason plan.Reason, detail string) Action {
	if m.result == nil {
		m.result = &Result{}
	}
	// The halves of a move are told apart by their first requests, since an attach follows the detach at once.
	r, h, s := m.result, m.history, m.seen
	r.Outcome, r.Reason, r.Detail, r.Done = outcome, reason, detail, s.ended
	r.Forced = h.forced || !m.off.forcedAt.IsZero() && h.attachRequested.After(m.off.forcedAt)
	m.locate(r)
	if s := m.on.startup; s.request == requestAccepted {
		r.Started, r.StartTime = true, max(0, s.ran.Sub(s.since))
	}
	if !h.detachRequested.IsZero() && h.attachRequested.After(h.detachRequested) {
		// Not if the attach came first: then the detach was from a target that hung, and no time lies between them.
		r.Detached = h.attachRequested.Sub(h.detachRequested)
	}
	if !h.attachRequested.IsZero() && s.began.After(h.attachRequested) {
		r.Attached, r.Verified = s.began.Sub(h.attachRequested), s.ended.Sub(s.began)
	}
	return Action{Do: Finish}
}

// locate notes where the interface is, by the last look or by what EC2 has accepted since.
func (m *Move) locate(r *Result) {
	e := m.seen.shown
	if e == nil && m.seen.missingSince.IsZero() {
		e = &m.item.Interface // there was no look but the one that the plan was made on
	}
	if e != nil && e.Attachment != nil {
		a := e.Attachment
		r.To, r.Attachment, r.Index, r.Where = a.Instance, a.ID, a.DeviceIndex, string(a.Status)
	}
	// A look that is older than an accepted attach does not say where the interface is.
	switch {
	case m.on.request == requestAccepted && r.Attachment != m.on.attachment &&
		(r.Attachment == "" || m.history.retired[r.Attachment] || m.seen.began.Before(m.on.attachAccepted.Add(Disbelief))):
		r.To, r.Attachment, r.Index, r.Where = m.on.slot.Instance, m.on.attachment, m.on.slot.Index, "attaching, as EC2 has accepted, and not seen there"
	// Where an attach without a reply may have put it is the best guess, if no look says better.
	case m.on.request == requestUnanswered && r.Attachment == "":
		r.To, r.Index, r.Where = m.on.slot.Instance, m.on.slot.Index, "perhaps attaching: the request got no reply"
	}
}
