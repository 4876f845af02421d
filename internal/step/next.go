package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Next returns the next action at the instant now. It may be asked any number of times: only looks, replies and the time
// make a difference.
//
// It is the table of the machine. What the last look shows chooses the row:
//
//	missing           wait, and end as gone when looks agree              vanished
//	unattached        attach to the candidate of the moment               unattached
//	on our attachment wait until it is attached, prove it, give it up     arriving
//	on an old one     wait: the look is stale
//	on token          start the standby, detach it, force that            onToken
//	on another one    end as superseded, or take it off, too              onOther
//
// What was done before (off, on, lost) chooses the action in the row. testdata/table.txt has all of it.
func (m *Move) Next(now time.Time) Action {
	m.history.now = now
	switch {
	case m.result != nil:
		return Action{Do: Finish}
	case now.Before(m.hold.notBefore):
		// EC2 throttled or refused the last request. A refusal is for the state of things, which a look may show changed.
		return Action{Do: Wait, At: m.hold.notBefore, Blind: m.hold.throttles > 0 && m.idle()}
	case !m.seen.fresh, m.seen.ended.Add(lookLife).Before(now):
		// The look can't show what the last request did, or it is too old to change anything on.
		return Action{Do: Wait}
	case m.seen.shown == nil:
		return m.vanished()
	case m.seen.shown.Unattached():
		return m.unattached(now)
	}
	// It is on an attachment. Whose it is decides, after the looks are sorted out that show the past.
	a := m.seen.shown.Attachment
	switch {
	case m.ownAttachment(a):
		return m.arriving(now, a)
	case m.history.retired[a.ID], a.AttachTime.Before(m.history.newest):
		// The look is older than the detach that ended this attachment, or than the plan. There is no instant to wait for:
		// an attachment never comes back under its id.
		return Action{Do: Wait}
	case m.on.request == requestAccepted && m.seen.began.Before(m.on.attachAccepted.Add(Disbelief)):
		// The look may be older than the attach. If looks go on, another invocation has taken the interface from us.
		return Action{Do: Wait, At: m.on.attachAccepted.Add(Disbelief)}
	case a.ID == m.off.token:
		return m.onToken(now)
	}
	return m.onOther(now, a)
}

// idle reports whether nothing is under way that a look could show: neither a request of this move, nor a detach of another
// invocation. Looks would only take tokens then that other moves need, while a throttled request waits.
func (m *Move) idle() bool {
	if !m.seen.fresh || m.seen.shown == nil || m.on.underWay() {
		return false
	}
	return m.seen.shown.Unattached() || (m.off.request == requestNone && !m.seen.shown.Detaching())
}

// vanished waits for an interface that looks do not show. One look proves nothing ("Eventual consistency in the Amazon
// EC2 API").
func (m *Move) vanished() Action {
	if gone := m.seen.missingSince.Add(Disbelief); m.seen.began.Before(gone) {
		return Action{Do: Wait, At: gone}
	}
	return m.finish(plan.OutcomeFailed, plan.ReasonGone, "EC2 does not show the interface any more: it was deleted")
}

// unattached attaches an interface that is unattached: to the slot that is reserved for it, else to the next candidate. An
// interface is never left unattached while a candidate is left and time remains.
func (m *Move) unattached(now time.Time) Action {
	if action, stop := m.notYet(); stop {
		return action
	}
	if m.judgeStart(now); m.on.target.left() && !m.on.startup.awaited {
		m.putOff(plan.ReasonNotRunning, "it was "+string(m.on.target.state)+" before the interface could be attached")
	}
	// Candidates that were only busy come last: they may have time to recover meanwhile.
	found := m.on.slot.Instance != "" || m.nextSlot() || (m.askBusy() && m.nextSlot())
	if !found {
		return m.exhausted()
	}
	if action, stop := m.start(now); stop {
		return action
	}
	if m.history.attachRequested.IsZero() {
		m.history.attachRequested = now
	}
	return Action{Do: Attach, Slot: m.on.slot}
}

// notYet reports whether an attach must not be sent now, and returns the action that takes its place. EC2 has no client
// token for an attach, so before it is sent twice, looks must say that the first one took no effect.
func (m *Move) notYet() (Action, bool) {
	switch m.on.request {
	case requestAccepted:
		return m.attachContradicted()
	case requestUnanswered:
		return m.attachUnseen()
	case requestNone, requestLost:
		if !m.off.ours() {
			return m.foundUnattached()
		}
	}
	return Action{}, false
}

// attachContradicted believes an accepted attach for a while against looks that show the interface unattached. After
// that the candidate has lost it again.
func (m *Move) attachContradicted() (Action, bool) {
	if end := m.on.attachAccepted.Add(Disbelief); m.seen.began.Before(end) {
		return Action{Do: Wait, At: end}, true
	}
	m.refuse(plan.ReasonRefused, "the attach was accepted and did not last")
	return Action{}, false
}

// attachUnseen waits until looks would show what an attach without a reply has done. After that it counts as lost.
func (m *Move) attachUnseen() (Action, bool) {
	if end := m.on.attachAccepted.Add(RepeatAfter); m.seen.began.Before(end) {
		return Action{Do: Wait, At: end}, true
	}
	m.on.request = requestLost
	if action, stop := m.forbidden(); stop { // nothing may have been changed yet
		return action, true
	}
	if m.on.unanswered >= maxUnanswered {
		m.putOff(plan.ReasonRefused, m.on.unansweredCode)
	}
	return Action{}, false
}

// foundUnattached waits with an interface that this move did not detach: another invocation may be in the middle of its
// own move, between its detach and its attach.
func (m *Move) foundUnattached() (Action, bool) {
	if action, stop := m.forbidden(); stop {
		return action, true
	}
	if due := m.seen.unattachedSince.Add(m.item.OrphanGrace); m.item.OrphanGrace > 0 && m.seen.began.Before(due) {
		return Action{Do: Wait, At: due, Blind: true}, true
	}
	return Action{}, false
}

// exhausted goes on when every candidate of the plan has refused: with a new plan, then back to the origin, then with new plans as
// long as there is time. A request that names its target goes back before any other member may have the interface. A move that
// has changed nothing yet ends when no standby starts: the next sweep tries again.
func (m *Move) exhausted() Action {
	if m.item.Origin != "" && !m.tried.originAsked && (m.history.replans > 0 || m.item.Target != "") {
		return Action{Do: AskOrigin}
	}
	// Without a request, nothing but a start can have been refused.
	requested := !m.history.attachRequested.IsZero() || !m.history.detachRequested.IsZero()
	if m.history.startRefused && !requested && len(m.tried.deferred) == 0 && (m.item.Origin == "" || m.tried.originAsked) {
		return m.unstarted()
	}
	return Action{Do: Replan}
}

// ownAttachment reports whether this move made an attachment. EC2 says the id of one that it accepts. One that was made by
// a request without a reply is known by its instance and its device index: no other invocation attaches there, unless it
// chose the same slot, and then the interface is where it was to go.
func (m *Move) ownAttachment(a *inventory.Attachment) bool {
	if m.on.request == requestAccepted {
		return a.ID == m.on.attachment
	}
	_, lost := m.lostOn(a)
	return lost && a.ID != m.off.token && !m.history.retired[a.ID]
}

// arriving waits until the move's own attachment is attached, and proves the move. The attachment is given up only if its
// target does not run, or if it does not finish in its time and there is another place to go.
func (m *Move) arriving(now time.Time, a *inventory.Attachment) Action {
	if m.on.request != requestAccepted {
		m.found(a)
	}
	switch {
	case m.seen.shown.Detaching(), a.Status == inventory.StatusDetached:
		// It is being taken off again, by another invocation or a person. That is past the point of return: join.
		return m.startOver(now)
	case m.on.target.gone():
		return m.abandon(now, purposeDead, plan.ReasonNotRunning, "it was "+string(m.on.target.state)+" when the interface was attached")
	case a.Status == inventory.StatusAttached:
		return m.prove(now)
	}
	switch hangs := m.on.hangsAt(m.deadline); {
	case m.seen.began.Before(hangs):
		return Action{Do: Wait, At: hangs} // by the look, not by now: it may have finished since
	case !m.alternative():
		return Action{Do: Wait} // it may yet finish, and there is nowhere else to go
	}
	return m.abandon(now, purposeHung, plan.ReasonRefused, "it accepted the interface and did not finish attaching it")
}

// alternative reports whether the interface could go anywhere else than where it is attaching. Without an alternative an
// attach that hangs is better than none.
func (m *Move) alternative() bool {
	if m.on.returning {
		return false // every candidate has refused
	}
	return (m.item.Origin != "" && !m.tried.originAsked) || m.otherCandidate()
}

// otherCandidate reports whether another candidate may be tried.
func (m *Move) otherCandidate() bool {
	for _, c := range m.item.Candidates {
		if c.Instance != m.on.slot.Instance && m.promising(c) && m.slots.Fits(c.Instance, m.item) {
			return true
		}
	}
	return false
}

// arrived ends the move, with its proof from the look that showed the attachment.
func (m *Move) arrived() Action {
	e := *m.seen.shown
	m.result = &Result{Differences: Differences(m.item.Interface, e, m.on.slot)}
	// That it serves is a success for its clients, but not always what was asked for.
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
