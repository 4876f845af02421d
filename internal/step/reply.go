package step

import (
	"cmp"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Reply is what came back from an action.
type Reply struct {
	Class fault.Class
	// Code is AWS's error code, for the report.
	Code string
	// Attachment is what an accepted attach got.
	Attachment string
}

// Replied takes in the reply to an action, at the instant now.
func (m *Move) Replied(now time.Time, did Action, r Reply) {
	if did.Do == WriteLeftTag {
		m.history.leftTagTried = true // it is a hint: a move does not wait for it
		if r.Class != fault.None {
			m.history.leftTagFault = r.Code
			if r.Code == "" {
				m.history.leftTagFault = "no answer"
			}
		}
		return
	}
	if r.Class == fault.Throttled {
		m.hold = m.hold.throttled(now, m.item.Interface.ID)
		return // nothing happened, so the last look still counts
	}
	m.hold = m.hold.answered(r.Class == fault.None)
	switch did.Do {
	case Detach:
		m.seen.fresh = false
		m.detachReplied(now, did, r)
	case Attach:
		m.attachReplied(now, r)
	case Wait, WriteLeftTag, AskOrigin, Replan, Finish:
	}
}

func (m *Move) detachReplied(now time.Time, did Action, r Reply) {
	off := &m.off
	switch r.Class {
	case fault.None:
		off.request, off.disbelieveUntil, m.history.changed = requestAccepted, now.Add(Disbelief), true
		if off.detachAccepted.IsZero() || !did.Force {
			off.detachAccepted = now
		}
		if did.Force {
			off.forcedAt, m.history.forced = now, true
		}
	case fault.Unavailable:
		// It may have been accepted. The grace counts from here if a look shows that it was.
		off.request, off.detachAccepted, off.disbelieveUntil = requestUnanswered, now, now.Add(RepeatAfter)
		if did.Force {
			off.forcedAt = now
		}
	case fault.Stale, fault.Gone:
		m.suspect(now)
		off.disbelieveUntil = now.Add(Disbelief)
	case fault.Conflict, fault.InUse:
		m.suspect(now)
		m.hold = m.hold.conflict(now)
		off.plainRefused = true
	case fault.Denied:
		// Under a policy with tag conditions, a detach that somebody else did already is denied too.
		off.refusal = refusal{plan.ReasonDenied, "the role may not detach it (" + r.Code + ")"}
	case fault.Forbidden, fault.Full, fault.IndexTaken, fault.Candidate, fault.Invalid:
		off.refusal = refusal{plan.ReasonNotPermitted, "EC2 does not let it be detached (" + r.Code + ")"}
	case fault.Throttled:
	}
}

// suspect notes that a detach which EC2 refuses now may have been done by a request of ours that got no reply.
func (m *Move) suspect(now time.Time) {
	if m.off.request == requestLost {
		m.off.request, m.off.detachAccepted = requestUnanswered, now
	}
}

func (m *Move) attachReplied(now time.Time, r Reply) {
	on := &m.on
	switch r.Class {
	case fault.None:
		m.retire(m.off.token)
		on.request, on.attachment, on.attachAccepted = requestAccepted, r.Attachment, now
		m.history.changed, m.seen.fresh = true, false
	case fault.Unavailable:
		on.request, on.attachAccepted = requestUnanswered, now
		on.unanswered++
		on.unansweredCode = cmp.Or(r.Code, "no answer")
		m.rememberUnanswered()
		m.seen.fresh = false
	case fault.Full:
		m.slots.Full(on.slot.Instance)
		m.refuse(plan.ReasonNoSlot, r.Code)
	case fault.IndexTaken:
		on.indexesTaken++
		if on.indexesTaken >= maxIndexes {
			m.refuse(plan.ReasonNoIndex, r.Code)
			return
		}
		on.slot, on.request = m.slots.IndexTaken(on.slot), requestNone
	case fault.Conflict, fault.Gone, fault.Stale:
		// The interface or the instance is in transition or not to be seen. If looks go on to show the
		// interface unattached, the cause is the instance.
		if m.contend(now) {
			m.putOff(plan.ReasonRefused, r.Code)
		}
	case fault.InUse:
		if m.history.inUseSince.IsZero() {
			m.history.inUseSince = now
		}
		if m.contend(now) {
			m.tried.busy = append(m.tried.busy, on.slot.Instance)
			m.refuse(plan.ReasonRefused, r.Code)
		}
	case fault.Denied:
		m.refuse(plan.ReasonDenied, r.Code)
	case fault.Forbidden:
		m.refuse(plan.ReasonNotPermitted, r.Code)
	case fault.Candidate, fault.Invalid:
		m.refuse(plan.ReasonRefused, r.Code)
	case fault.Throttled:
	}
}

// contend takes in that EC2 refused an attach for the state of things: it is asked for again after a look. It reports
// whether that has gone on for so long that another candidate is to be asked.
func (m *Move) contend(now time.Time) bool {
	m.seen.fresh = false
	m.hold = m.hold.conflict(now)
	switch {
	case m.on.conflictSince.IsZero():
		m.on.conflictSince = now
	case now.Sub(m.on.conflictSince) >= Disbelief:
		return true
	}
	if m.lostTo(m.on.slot) {
		// An attach without a reply came before: most likely it took effect, and looks lag behind.
		m.on.request, m.on.attachAccepted = requestUnanswered, now
		m.rememberUnanswered()
	}
	return false
}
