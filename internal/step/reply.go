package step

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
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
		m.leftTagWritten = true // it is a hint: a move does not wait for it
		if r.Class != fault.None {
			m.leftTagFault = r.Code
			if r.Code == "" {
				m.leftTagFault = "no answer"
			}
		}
		return
	}
	if r.Class == fault.Throttled {
		m.throttles++
		m.notBefore = now.Add(m.backoff(m.throttles))
		return // nothing happened, so the last look still counts
	}
	m.throttles = 0
	if r.Class == fault.None {
		m.refused = 0
	}
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
		off.request, off.disbelieveUntil, m.begun = requestAccepted, now.Add(Disbelief), true
		if off.detachAccepted.IsZero() || !did.Force {
			off.detachAccepted = now
		}
		if did.Force {
			off.forcedAt, m.everForced = now, true
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
		m.holdBack(now)
		off.plainRefused = true
	case fault.Denied:
		// Under a policy with tag conditions, a detach that somebody else did already is denied too.
		off.refusal = refusal{plan.ReasonDenied, "the role may not detach it (" + r.Code + ")"}
	case fault.Forbidden, fault.Full, fault.IndexTaken, fault.Candidate, fault.Invalid:
		off.refusal = refusal{plan.ReasonNotPermitted, "EC2 does not let it be detached (" + r.Code + ")"}
	case fault.Throttled:
	}
}

// holdBack lets some time pass before the next request: EC2 refused this one for the state of things, which
// won't have changed at once.
func (m *Move) holdBack(now time.Time) {
	m.notBefore = now.Add(min(maxConflictPause, conflictPause<<min(m.refused, 10)))
	m.refused++
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
		m.begun, m.seen.fresh = true, false
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
		if m.inUse.IsZero() {
			m.inUse = now
		}
		if m.contend(now) {
			m.busy = append(m.busy, on.slot.Instance)
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
	m.holdBack(now)
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

// askBusy lets the candidates that EC2 refused because the interface was in use be asked again, and reports whether
// there are any: as long as that may be the trace of the detach, it is no candidate's doing.
func (m *Move) askBusy() bool {
	if len(m.busy) == 0 || m.seen.began.After(m.inUse.Add(inUseLife)) {
		return false
	}
	m.busy = nil
	return true
}

// putOff is refuse for a candidate that did not give a clear answer: it gets another chance after a new plan.
func (m *Move) putOff(reason plan.Reason, detail string) {
	m.deferred = append(m.deferred, m.on.slot.Instance)
	m.refuse(reason, detail)
}

// refuse notes that the candidate that was asked can't have the interface, and why.
func (m *Move) refuse(reason plan.Reason, detail string) {
	for i := range m.item.Candidates {
		c := &m.item.Candidates[i]
		if c.Instance == m.on.slot.Instance {
			c.Eligible, c.Reason, c.Detail = false, reason, detail
		}
	}
	if m.telling.Reason != plan.ReasonDenied || reason == plan.ReasonDenied {
		m.telling = plan.Candidate{Instance: m.on.slot.Instance, Reason: reason, Detail: detail}
	}
	if reason != plan.ReasonNoSlot {
		m.slots.Release(m.on.slot)
	}
	if !slices.Contains(m.deferred, m.on.slot.Instance) && !slices.Contains(m.busy, m.on.slot.Instance) {
		m.tried = append(m.tried, m.on.slot.Instance)
	}
	m.on = landing{}
}

// nextSlot takes a slot on the best candidate that was not tried. It reports false if there is none.
func (m *Move) nextSlot() bool {
	for _, c := range m.item.Candidates {
		if !m.promising(c) {
			continue
		}
		if slot, ok := m.slots.Reserve(c.Instance, m.item.Interface); ok {
			m.on = landing{slot: slot}
			return true
		}
	}
	return false
}

// promising reports whether a candidate may be tried: it is eligible, or was not for want of a slot,
// which another interface may have given back.
func (m *Move) promising(c plan.Candidate) bool {
	if slices.Contains(m.tried, c.Instance) || slices.Contains(m.deferred, c.Instance) || slices.Contains(m.busy, c.Instance) {
		return false
	}
	return c.Eligible || c.Reason == plan.ReasonNoSlot || c.Reason == plan.ReasonRefused
}

// Origin takes in the state of the origin, which decides whether the interface may go back there.
func (m *Move) Origin(state inventory.State) {
	m.originAsked = true
	if state != inventory.StateRunning {
		return
	}
	if slot, ok := m.slots.Reserve(m.item.Origin, m.item.Interface); ok {
		m.on = landing{slot: slot, returning: true}
	}
}

// Replanned takes in the candidates of a new plan and the book that their slots are counted in; the book is nil if no
// plan could be made. The first new plan is for those that were not asked yet or gave no clear answer: it comes before
// the interface goes back to its origin. After each further one everything is tried again, after a pause that doubles
// each time, up to replanPause.
func (m *Move) Replanned(now time.Time, item plan.Item, book *plan.SlotLedger) {
	m.seen.fresh = false
	again := m.renewed
	m.renewed, m.deferred, m.busy = true, nil, nil
	if again {
		m.replans++
		m.notBefore = now.Add(min(replanPause, time.Second<<min(m.replans, 10)))
	}
	if book == nil {
		return
	}
	if again {
		m.tried, m.originAsked = nil, false
	}
	refused := m.item.Candidates
	m.item.Candidates, m.slots, m.on, m.chosen = item.Candidates, book, landing{slot: item.Choice}, now
	for i := range m.item.Candidates {
		c := &m.item.Candidates[i]
		if k := slices.IndexFunc(refused, func(o plan.Candidate) bool { return o.Instance == c.Instance }); k >= 0 && slices.Contains(m.tried, c.Instance) {
			*c = refused[k]
		}
	}
	if slices.Contains(m.tried, m.on.slot.Instance) {
		m.slots.Release(m.on.slot)
		m.on = landing{}
	}
}

// backoff is how long to hold back after the n-th throttle in a row: it doubles from 100 ms up to 5 s, and
// half of it is jitter that differs between interfaces.
func (m *Move) backoff(n int) time.Duration {
	d := min(5*time.Second, 100*time.Millisecond<<min(n, 6))
	h := fnv.New32a()
	h.Write([]byte(m.item.Interface.ID + strconv.Itoa(n)))
	return d/2 + time.Duration(h.Sum32())%(d/2)
}
