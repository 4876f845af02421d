package step

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// maxIndexes limits how many device indexes are tried on one candidate. EC2 refuses an index that is in use, also if
	// looks do not show that yet.
	maxIndexes = 5
	// maxUnanswered limits how many attaches in a row to one candidate may end without a clear answer (a server error, or
	// none). Then the next candidate is tried.
	maxUnanswered = 3
)

// landing is the attempt to attach the interface to one candidate. It begins when a slot is reserved, from the plan or by
// nextSlot, and ends when the candidate has refused, or the interface is attached there and proven. When another candidate
// is tried, or the interface has to be taken off once more, a new landing replaces it as a whole.
type landing struct {
	// slot is where the interface is to go; zero if no candidate is chosen. It was reserved in the move's ledger.
	slot plan.Slot
	// returning reports whether the interface goes back to its origin, because every candidate has refused.
	returning bool
	// target is what is known of the slot's instance, and startup is its start.
	target  target
	startup startup

	// request is how far the attach to slot is.
	request requestState
	// attachment is the id of what EC2 made. Invariant: it is empty exactly if request is not requestAccepted.
	attachment string
	// attachAccepted is when the last attach was accepted, or sent without a reply; zero if none was. What is asked of the
	// target must be younger to prove anything.
	attachAccepted time.Time
	// attachedSince is when the first look ended that showed attachment attached; zero if none did.
	attachedSince time.Time
	// unproven names what could not be asked for the proof; empty in a whole proof.
	unproven string

	// conflictSince is when EC2 first refused the attach for the state of things, with no look since that showed the
	// interface on an attachment; zero if it did not. After Disbelief, looks have caught up, and the candidate is to blame.
	conflictSince time.Time
	// indexesTaken counts the device indexes that EC2 has refused.
	indexesTaken int
	// unanswered counts the attaches in a row without a clear answer; unansweredCode is the last error code.
	unanswered     int
	unansweredCode string
}

// underWay reports whether the interface may be on its way to the slot.
func (l landing) underWay() bool {
	return l.request == requestAccepted || l.request == requestUnanswered
}

// hangsAt returns when the attach counts as hung: its target gets a third of the time that was left, and HangAfter at
// least.
func (l landing) hangsAt(deadline time.Time) time.Time {
	return l.attachAccepted.Add(max(HangAfter, deadline.Sub(l.attachAccepted)/3))
}

// on reports whether an attachment is at the landing's slot.
func (l landing) on(a *inventory.Attachment) bool {
	return l.slot.Instance == a.Instance && l.slot.Index == a.DeviceIndex
}

// again returns a landing on the same slot for which nothing was done yet.
func (l landing) again() landing {
	return landing{slot: l.slot, returning: l.returning, target: l.target, startup: l.startup}
}

// landingAt returns the landing on a slot of a candidate.
func (m *Move) landingAt(slot plan.Slot) landing {
	l := landing{slot: slot}
	for _, c := range m.item.Candidates {
		if c.Instance == slot.Instance {
			l.startup = newStartup(c, m.tried.planned)
		}
	}
	return l
}

// rememberUnanswered keeps the landing, whose attach got no reply: a look may show its attachment when another candidate
// is being tried.
func (m *Move) rememberUnanswered() {
	m.lost = slices.DeleteFunc(m.lost, func(l landing) bool { return l.slot == m.on.slot })
	m.lost = append(m.lost, m.on)
}

// lostTo reports whether an attach to the slot got no reply, however long ago.
func (m *Move) lostTo(slot plan.Slot) bool {
	return slices.ContainsFunc(m.lost, func(l landing) bool { return l.slot == slot })
}

// lostOn returns the landing that an attachment belongs to, among those whose attach got no reply.
func (m *Move) lostOn(a *inventory.Attachment) (landing, bool) {
	i := slices.IndexFunc(m.lost, func(l landing) bool { return l.on(a) })
	if i < 0 {
		return landing{}, false
	}
	return m.lost[i], true
}

// found takes in that a look shows the attachment which an attach without a reply has made. The landing that it belongs
// to becomes the current one again.
func (m *Move) found(a *inventory.Attachment) {
	l, ok := m.lostOn(a)
	if !ok {
		return
	}
	if l.slot == m.on.slot {
		l.target, l.startup = m.on.target, m.on.startup // it may have been asked since
	}
	l.request, l.attachment = requestAccepted, a.ID
	m.on, m.history.changed = l, true
	m.retire(m.off.token)
}
