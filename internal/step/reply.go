package step

import (
	"cmp"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// noAnswer stands for AWS's error code where a call got no reply.
const noAnswer = "no answer"

// Reply is what came back from an action.
type Reply struct {
	// Class is the class of the error; [fault.None] if EC2 has accepted the change.
	Class fault.Class
	// Code is AWS's error code, for the report.
	Code string
	// Attachment is the id that an accepted attach got.
	Attachment string
}

// Replied takes in the reply to an action, at the instant now.
func (m *Move) Replied(now time.Time, did Action, r Reply) {
	if did.Do == WriteLeftTag {
		// The tag is a hint. A move goes on without it, and does not wait for it.
		m.history.leftTag = leftTagWrite{done: true}
		if r.Class != fault.None {
			m.history.leftTag.fault = cmp.Or(r.Code, noAnswer)
		}
		return
	}
	if r.Class == fault.Throttled {
		m.hold = m.hold.throttled(now, m.item.Interface.ID)
		return // nothing was changed, so the last look still counts
	}
	m.hold = m.hold.answered(r.Class == fault.None)
	switch did.Do {
	case Detach:
		m.seen.fresh = false
		m.detachReplied(now, did, r)
	case Attach:
		m.attachReplied(now, r)
	case Start:
		m.startReplied(now, r)
	case Wait, WriteLeftTag, AskOrigin, Replan, Finish:
	}
}

// detachReplied takes in the reply to a detach. What it did shows in the next look.
func (m *Move) detachReplied(now time.Time, did Action, r Reply) {
	switch r.Class {
	case fault.None:
		// There is no way back from here: an accepted detach ends with an unattached interface.
		m.off = m.off.sent(now, requestAccepted, did.Force)
		m.off.disbelieveUntil = now.Add(Disbelief)
		m.history.changed = true
		m.history.forced = m.history.forced || did.Force
	case fault.Unavailable:
		// It may have been accepted. The grace counts from here if a look shows that it was.
		m.off = m.off.sent(now, requestUnanswered, did.Force)
		m.off.disbelieveUntil = now.Add(RepeatAfter)
	case fault.Stale, fault.Gone:
		// EC2 does not know the attachment (InvalidAttachmentID.NotFound): another invocation was first, or a request of this
		// move whose reply was lost. Looks that go on to show the attachment may be old.
		m.off = m.off.refusedNow(now)
		m.off.disbelieveUntil = now.Add(Disbelief)
	case fault.Conflict, fault.InUse:
		// The instance is stopping, or the attachment is in transition (IncorrectState). It is asked for again at the pace of
		// the looks, and starts no grace.
		m.off = m.off.refusedNow(now)
		m.off.plainRefused = true
		m.hold = m.hold.conflict(now)
	case fault.Denied:
		// Under a policy with tag conditions, EC2 also denies a detach that another invocation has made already
		// (terraform-provider-aws pull request 46211). So a look decides.
		m.off.refusal = refusal{plan.ReasonDenied, "the role may not detach it (" + r.Code + ")"}
	case fault.Forbidden, fault.Full, fault.IndexTaken, fault.Candidate, fault.Invalid:
		// Any other refusal is for good, whatever its code: see package awsfault for those that EC2 gives.
		m.off.refusal = refusal{plan.ReasonNotPermitted, "EC2 does not let it be detached (" + r.Code + ")"}
	case fault.Throttled:
	}
}

// attachReplied takes in the reply to an attach. An error about the candidate leads to the next candidate, one about the
// index to the next index, and one about the interface to another look.
func (m *Move) attachReplied(now time.Time, r Reply) {
	on := &m.on
	switch r.Class {
	case fault.None:
		// EC2 has let go of the token before it accepts an attach, so a look that shows it is old.
		m.retire(m.off.token)
		on.request, on.attachment, on.attachAccepted = requestAccepted, r.Attachment, now
		m.history.changed, m.seen.fresh = true, false
	case fault.Unavailable:
		// No reply, or a server error: it may have taken effect. Looks come first, then the same slot once more.
		on.request, on.attachAccepted = requestUnanswered, now
		on.unanswered, on.unansweredCode = on.unanswered+1, cmp.Or(r.Code, noAnswer)
		m.rememberUnanswered()
		m.seen.fresh = false
	case fault.Full:
		// The plan counted wrong, or another invocation was quicker: no interface of this plan fits there any more.
		m.slots.Full(on.slot.Instance)
		m.refuse(plan.ReasonNoSlot, r.Code)
	case fault.IndexTaken:
		// Another invocation was quicker, or looks lag behind. If there is another slot, it is at another index.
		on.indexesTaken++
		next, ok := m.slots.IndexTaken(on.slot)
		switch {
		case !ok:
			m.refuse(plan.ReasonNoSlot, r.Code)
		case on.indexesTaken >= maxIndexes:
			m.refuse(plan.ReasonNoIndex, r.Code)
		default:
			on.slot, on.request = next, requestNone
		}
	case fault.Conflict, fault.Gone, fault.Stale:
		// The interface or the instance is in transition, or is not to be seen. If looks go on to show the interface
		// unattached, the instance is the cause.
		if m.contend(now) {
			m.putOff(plan.ReasonRefused, r.Code)
		}
	case fault.InUse:
		// EC2 says so of the interface, whichever instance asks for it (InvalidNetworkInterface.InUse). If looks go on to
		// show it unattached, this is the trace of the detach, and other candidates get the same answer for some seconds.
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

// contend takes in that EC2 refused an attach for the state of things, which is asked for again after a look. It reports
// whether that has lasted for so long that another candidate is to be asked.
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
		// An attach without a reply came before. Most likely it took effect, and looks lag behind.
		m.on.request, m.on.attachAccepted = requestUnanswered, now
		m.rememberUnanswered()
	}
	return false
}
