package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Next returns the next action at the instant now.
func (m *Move) Next(now time.Time) Action {
	m.now = now
	switch {
	case m.result != nil:
		return Action{Do: Finish}
	case now.Before(m.hold.notBefore):
		return Action{Do: Wait, At: m.hold.notBefore}
	case !m.seen.fresh, m.seen.ended.Add(lookLife).Before(now):
		return Action{Do: Wait}
	case m.seen.shown == nil:
		return m.vanished()
	case m.seen.shown.Unattached():
		return m.unattached(now)
	}
	a := m.seen.shown.Attachment
	switch {
	case m.ownAttachment(a):
		return m.arriving(now, a)
	case m.history.retired[a.ID], a.AttachTime.Before(m.history.newest):
		return Action{Do: Wait} // the look is older than the detach that it contradicts, or than the plan
	case m.on.request == requestAccepted && m.seen.began.Before(m.on.attachAccepted.Add(Disbelief)):
		return Action{Do: Wait, At: m.on.attachAccepted.Add(Disbelief)} // or than the attach
	case a.ID == m.off.token:
		return m.onToken(now)
	}
	return m.onOther(now, a)
}

// vanished waits for an interface that looks do not show. One look proves nothing.
func (m *Move) vanished() Action {
	if gone := m.seen.missingSince.Add(Disbelief); m.seen.began.Before(gone) {
		return Action{Do: Wait, At: gone}
	}
	return m.finish(plan.OutcomeFailed, plan.ReasonGone, "EC2 does not show the interface any more: it was deleted")
}

// unattached attaches an interface that is unattached.
func (m *Move) unattached(now time.Time) Action {
	if action, stop := m.notYet(); stop {
		return action
	}
	if m.on.target.left() {
		m.putOff(plan.ReasonNotRunning, "it was "+string(m.on.target.state)+" before the interface could be attached")
	}
	found := m.on.slot.Instance != "" || m.nextSlot() || (m.askBusy() && m.nextSlot())
	if !found {
		return m.exhausted()
	}
	if m.history.attachRequested.IsZero() {
		m.history.attachRequested = now
	}
	return Action{Do: Attach, Slot: m.on.slot}
}

// notYet waits with the attach as long as an earlier one may have taken effect, or another invocation may be in the
// middle of a move, and stops a move that may not begin any more.
func (m *Move) notYet() (Action, bool) {
	switch m.on.request {
	case requestAccepted:
		// The attach was accepted, and the look does not show it.
		if end := m.on.attachAccepted.Add(Disbelief); m.seen.began.Before(end) {
			return Action{Do: Wait, At: end}, true
		}
		m.refuse(plan.ReasonRefused, "the attach was accepted and did not last")
	case requestUnanswered:
		if end := m.on.attachAccepted.Add(RepeatAfter); m.seen.began.Before(end) {
			return Action{Do: Wait, At: end}, true
		}
		m.on.request = requestLost
		// It did not arrive, so nothing may have been changed yet.
		if action, stop := m.forbidden(); stop {
			return action, true
		}
		if m.on.unanswered >= maxUnanswered {
			m.putOff(plan.ReasonRefused, m.on.unansweredCode)
		}
	case requestNone, requestLost:
		if m.off.ours() {
			break
		}
		if action, stop := m.forbidden(); stop {
			return action, true
		}
		// Somebody else took it off, and may be about to attach it.
		if due := m.seen.unattachedSince.Add(m.item.OrphanGrace); m.item.OrphanGrace > 0 && m.seen.began.Before(due) {
			return Action{Do: Wait, At: due, Blind: true}, true
		}
	}
	return Action{}, false
}

// exhausted goes on when every candidate has refused: with a new plan, then back to the origin, then with new plans
// as long as there is time. A request that names its target goes back before any other member may have it.
func (m *Move) exhausted() Action {
	if m.item.Origin != "" && !m.tried.originAsked && (m.history.replans > 0 || m.item.Target != "") {
		return Action{Do: AskOrigin}
	}
	return Action{Do: Replan}
}

// ownAttachment reports whether an attachment is the one that this move made.
func (m *Move) ownAttachment(a *inventory.Attachment) bool {
	if m.on.request == requestAccepted {
		return a.ID == m.on.attachment
	}
	_, lost := m.lostOn(a)
	return lost && a.ID != m.off.token && !m.history.retired[a.ID]
}

// arriving waits until our attachment is attached, and proves the move.
func (m *Move) arriving(now time.Time, a *inventory.Attachment) Action {
	if m.on.request != requestAccepted {
		m.found(a)
	}
	switch {
	case m.seen.shown.Detaching(), a.Status == inventory.StatusDetached:
		// Somebody takes it off again. It is past the point of return: join.
		return m.startOver(now)
	case m.on.target.gone():
		return m.abandon(now, purposeDead, plan.ReasonNotRunning, "it was "+string(m.on.target.state)+" when the interface was attached")
	case a.Status == inventory.StatusAttached:
		return m.prove(now)
	}
	switch hangs := m.on.hangsAt(m.deadline); {
	case m.seen.began.Before(hangs):
		return Action{Do: Wait, At: hangs} // of an older look nobody knows whether it still hangs
	case !m.alternative():
		return Action{Do: Wait} // nobody else would have it: it may yet come up
	}
	return m.abandon(now, purposeHung, plan.ReasonRefused, "it accepted the interface and did not finish attaching it")
}

// alternative reports whether the interface could go anywhere else than where it is attaching.
func (m *Move) alternative() bool {
	if m.on.returning {
		return false
	}
	if m.item.Origin != "" && !m.tried.originAsked {
		return true
	}
	for _, c := range m.item.Candidates {
		if c.Instance != m.on.slot.Instance && m.promising(c) && m.slots.Fits(c.Instance, m.item.Interface) {
			return true
		}
	}
	return false
}

// arrived ends the move, with its proof from the look that showed the attachment.
func (m *Move) arrived() Action {
	e := *m.seen.shown
	m.result = &Result{Differences: Differences(m.item.Interface, e, m.on.slot)}
	outcome, reason, detail := plan.OutcomeMoved, plan.Reason(""), ""
	switch {
	case m.on.returning:
		outcome, reason, detail = plan.OutcomeFailed, plan.ReasonReturned, "every candidate refused it, so it went back to where it was"
	case m.item.Target != "" && m.on.slot.Instance != m.item.Target:
		outcome, reason, detail = plan.OutcomeFailed, plan.ReasonNotOnTarget, m.item.Target+" refused it, so it went to another member"
	case m.item.Interface.Unattached():
		outcome = plan.OutcomeAttached
	}
	return m.finish(outcome, reason, detail)
}
