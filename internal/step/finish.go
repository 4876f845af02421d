package step

import (
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TimeOut ends the move because there is no time left for it.
func (m *Move) TimeOut() {
	switch {
	case m.result != nil:
	case m.history.replans > 1 && !m.on.underWay():
		reason, detail := m.refusals()
		m.finish(plan.OutcomeFailed, reason, "every candidate refused it until the time ran out"+detail)
	default:
		m.finish(plan.OutcomeFailed, plan.ReasonOutOfTime, "the time ran out")
	}
}

// refusals is why candidates refused, with the one that tells most.
func (m *Move) refusals() (reason plan.Reason, detail string) {
	if m.history.mostTelling.Reason == "" {
		return plan.ReasonRefused, ""
	}
	reason = plan.ReasonRefused
	if m.history.mostTelling.Reason == plan.ReasonDenied {
		reason = plan.ReasonDenied
	}
	return reason, ", " + m.history.mostTelling.Instance + " as " + string(m.history.mostTelling.Reason) + " (" + m.history.mostTelling.Detail + ")"
}

// finish ends the move.
func (m *Move) finish(outcome plan.Outcome, reason plan.Reason, detail string) Action {
	if m.result == nil {
		m.result = &Result{}
	}
	r := m.result
	r.Outcome, r.Reason, r.Detail, r.Forced, r.Done = outcome, reason, detail, m.history.forced, m.seen.ended
	m.locate(r)
	if !m.history.detachRequested.IsZero() && m.history.attachRequested.After(m.history.detachRequested) { // what a hung target let go again was asked for before
		r.Detached = m.history.attachRequested.Sub(m.history.detachRequested)
	}
	if !m.history.attachRequested.IsZero() && m.seen.began.After(m.history.attachRequested) {
		r.Attached, r.Verified = m.seen.began.Sub(m.history.attachRequested), m.seen.ended.Sub(m.seen.began)
	}
	return Action{Do: Finish}
}

// locate says where the interface is, by the last look or by what EC2 has accepted since.
func (m *Move) locate(r *Result) {
	e := m.seen.shown
	if e == nil && m.seen.missingSince.IsZero() {
		e = &m.item.Interface // there was no look but the one that the plan was made on
	}
	if e != nil && e.Attachment != nil {
		a := e.Attachment
		r.To, r.Attachment, r.Index, r.Where = a.Instance, a.ID, a.DeviceIndex, string(a.Status)
	}
	switch {
	case m.on.request == requestAccepted && r.Attachment != m.on.attachment &&
		(r.Attachment == "" || m.history.retired[r.Attachment] || m.seen.began.Before(m.on.attachAccepted.Add(Disbelief))):
		r.To, r.Attachment, r.Index, r.Where = m.on.slot.Instance, m.on.attachment, m.on.slot.Index, "attaching, as EC2 has accepted, and not seen there"
	case m.on.request == requestUnanswered && r.Attachment == "":
		r.To, r.Index, r.Where = m.on.slot.Instance, m.on.slot.Index, "perhaps attaching: the request got no reply"
	}
}
