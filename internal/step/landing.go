package step

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// landing is the attempt to attach the interface to one candidate. When another candidate is tried, or the interface
// has to be taken off once more, a new landing replaces it as a whole.
type landing struct {
	// slot is where the interface is to go; zero if no candidate is chosen. The slot is reserved in the move's ledger.
	slot plan.Slot
	// returning reports whether slot is on the origin, because every candidate has refused.
	returning bool
	// target is what is known of the slot's instance.
	target target

	// request is how far the attach to slot is.
	request requestState
	// attachment is what EC2 made. Invariant: it is empty exactly if request is not requestAccepted.
	attachment string
	// attachAccepted is when the last attach was accepted, or sent without a reply; zero if none was.
	attachAccepted time.Time
	// attachedSince is when the first look was answered that showed attachment attached; zero if none did.
	attachedSince time.Time
	// unproven is what could not be asked for the proof; empty in a whole proof.
	unproven string

	// conflictSince is when the first conflict in a row came; zero if the last answer was another one.
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

// hangsAt returns when the attach counts as hung: the target gets a third of the time that was left, HangAfter at
// least.
func (l landing) hangsAt(deadline time.Time) time.Time {
	return l.attachAccepted.Add(max(HangAfter, deadline.Sub(l.attachAccepted)/3))
}

// on reports whether an attachment is at the landing's slot.
func (l landing) on(a *inventory.Attachment) bool {
	return l.slot.Instance == a.Instance && l.slot.Index == a.DeviceIndex
}

// again returns a landing on the same slot, with nothing done for it.
func (l landing) again() landing {
	return landing{slot: l.slot, returning: l.returning, target: l.target}
}

// rememberUnanswered keeps the landing, whose attach got no reply, for the case that a look shows it later, when another
// candidate is being tried.
func (m *Move) rememberUnanswered() {
	m.lost = slices.DeleteFunc(m.lost, func(l landing) bool { return l.slot == m.on.slot })
	m.lost = append(m.lost, m.on)
}

// lostTo reports whether an attach to the slot got no reply, however long ago.
func (m *Move) lostTo(slot plan.Slot) bool {
	return slices.ContainsFunc(m.lost, func(l landing) bool { return l.slot == slot })
}

// lostOn finds the landing that an attachment belongs to among those whose attach got no reply.
func (m *Move) lostOn(a *inventory.Attachment) (landing, bool) {
	i := slices.IndexFunc(m.lost, func(l landing) bool { return l.on(a) })
	if i < 0 {
		return landing{}, false
	}
	return m.lost[i], true
}

// found takes in that a look shows what an attach without a reply has done.
func (m *Move) found(a *inventory.Attachment) {
	l, ok := m.lostOn(a)
	if !ok {
		return
	}
	if l.slot == m.on.slot {
		l.target = m.on.target // asked since
	}
	l.request, l.attachment = requestAccepted, a.ID
	m.on, m.history.changed = l, true
	m.retire(m.off.token)
}
