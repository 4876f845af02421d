// Package step holds the state machine of a move: from what a look shows and what was done before, it derives the next
// action.
//
// It is the pure half of the fourth stage of the flow; package mover is the other half, which looks and acts. A move is
// level-triggered: every pass starts from an observation, so a retry, a duplicate, a lost reply, a lost race and a crash
// need no code of their own. EC2 is the lock: a detach names the exact attachment that was observed, and of several
// attaches that race for an interface EC2 accepts one.
//
// Nothing here calls AWS or reads a clock. [Move.Next] is the whole machine. A look can show that the interface is
// missing, unattached, on the attachment that this move makes, on the attachment that is to be taken off, or on an
// attachment of another invocation or a person.
//
// The words, here and in the log:
//
//	look       one Describe of the interfaces on their way; it may show the past
//	token      the attachment that is to be taken off
//	doomed     the instance that the interface is to leave; it is never a candidate
//	origin     the instance that the interface may go back to when every candidate has refused
//	candidate  an instance that the plan would give the interface to, best first
//	slot       a device index on a candidate, reserved in the ledger that all moves of a plan share
//	target     the instance of the slot that is being tried
//	standby    the same, where it has to be started first
//
// The state of a move is a few values, each of which is replaced as a whole when what it describes begins anew:
// [sighting], [takeoff], [landing] with its [startup], [tries] and [holdback]. Only [history] outlives them all.
package step

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// Disbelief limits the time in which a look that contradicts an accepted call is not believed. What EC2's Describe
	// calls show may be older than what was just done ("Eventual consistency in the Amazon EC2 API").
	Disbelief = 5 * time.Second
	// RepeatAfter limits the time in which looks may yet show what a request without a reply has done. After that it is
	// sent again; EC2 refuses the second attach if the first one took effect.
	RepeatAfter = 2 * time.Second
	// HangAfter is the least time that a target gets to finish an attach.
	HangAfter = 30 * time.Second
	// maxRounds limits how often a move starts over because the interface turned up on another attachment.
	maxRounds = 3
	// lookLife limits the age of the look that a change is made on. Tags are read again in the look before the detach;
	// when looks fail and changes are throttled, the last look may be minutes old.
	lookLife = 10 * time.Second
)

// Move is one interface on its way. It is not safe for concurrent use.
type Move struct {
	item     plan.Item
	policy   plan.Policy
	slots    *plan.SlotLedger
	deadline time.Time

	// seen is what looks show, off is the removal of the attachment that is in the way, and on is the attempt on the
	// candidate of the moment.
	seen sighting
	off  takeoff
	on   landing
	// lost are the landings whose attach got no reply; a look may yet show what they asked for. Invariant: all were sent
	// while the interface was on no attachment but that of off.
	lost []landing
	// tried is what the candidates of the current plan have said.
	tried tries
	// hold delays the next request.
	hold    holdback
	history history
	// result is nil while the move is on its way. Invariant: a move that has a result does not change any more.
	result *Result
}

// history is what outlives the attachments and the candidates that a move deals with.
type history struct {
	// now is the instant of the last call of Next.
	now time.Time
	// retired are the attachments that only a stale look can show: another attachment, or none, has followed.
	retired map[string]bool
	// newest is the attach time of the newest attachment that the plan or a look has shown. A look that shows an
	// attachment with an earlier one is stale.
	newest time.Time
	// changed reports whether EC2 has accepted a change. From then on the move is finished whatever the tags say.
	changed bool
	// forced reports whether EC2 has accepted a forced detach, of any attachment.
	forced bool
	// leftTag is what became of the `left` tag.
	leftTag leftTagWrite
	// detachRequested and attachRequested are when the first request of each kind became due.
	detachRequested, attachRequested time.Time
	// rounds counts the attachments that had to be taken off after the first one. Invariant: rounds <= maxRounds while
	// the move is on its way.
	rounds int
	// replans counts the new plans.
	replans int
	// inUseSince is when EC2 first refused an attach because the interface was in use.
	inUseSince time.Time
	// startRefused reports whether a candidate was given up because it did not start.
	startRefused bool
	// mostTelling is the candidate whose refusal says most about the cause: a missing permission, else the last refusal.
	mostTelling plan.Candidate
}

// leftTagWrite is what became of the one attempt to write the `left` tag.
type leftTagWrite struct {
	done bool
	// fault is why it could not be written; empty if it was.
	fault string
}

// Times are the instants that a move begins with.
type Times struct {
	// Now is when the move begins.
	Now time.Time
	// Look is the read that shows the item's interface as it is, and is as good as a look that [Move.Observe] takes in; zero
	// if the plan was made on none that is.
	Look inventory.Period
	// Deadline is when the time for the move is up.
	Deadline time.Time
}

// New starts a move for an item that is to be carried out. The ledger is shared by all moves of a plan.
func New(item plan.Item, policy plan.Policy, slots *plan.SlotLedger, at Times) *Move {
	item.Candidates = slices.Clone(item.Candidates) // refusals are noted there, and the plan must not change
	m := &Move{
		item: item, policy: policy, slots: slots, deadline: at.Deadline,
		tried: tries{planned: at.Now}, history: history{retired: map[string]bool{}},
	}
	m.on = m.landingAt(item.Choice)
	// Without an attachment nothing is to be taken off, and the plan's own read counts as the first that showed it so.
	if a := item.Interface.Attachment; a != nil {
		m.off, m.history.newest = m.newTakeoff(a), a.AttachTime
		if item.Stuck {
			m.off.purpose = purposeHung
		}
	} else {
		m.seen.unattachedSince = item.Interface.UnattachedSince
	}
	if !at.Look.Began.IsZero() {
		m.Observe(at.Look.Began, at.Look.Ended, &item.Interface)
	}
	return m
}

// Item returns the item, with what its candidates have said by now.
func (m *Move) Item() plan.Item { return m.item }

// Reserved returns the slot that the move has reserved. It reports false if there is none, or the move is over.
func (m *Move) Reserved() (plan.Slot, bool) {
	return m.on.slot, m.result == nil && m.on.slot.Instance != ""
}

// Unserved reports whether clients wait for this move: it has begun, and EC2 has not accepted an attach yet.
func (m *Move) Unserved() bool {
	return m.result == nil && m.on.request != requestAccepted && (m.off.ours() || !m.history.attachRequested.IsZero())
}

// Watches reports whether the move has asked for nothing yet, and another one seems to be under way with the interface: it
// is released.
func (m *Move) Watches() bool {
	e := m.seen.shown
	return m.result == nil && !m.off.ours() && !m.on.underWay() && m.history.attachRequested.IsZero() && e != nil && e.Released()
}

// Result returns the result; nil while the move is on its way.
func (m *Move) Result() *Result { return m.result }

// Warnings lists what went wrong beside the move and did not stop it.
func (m *Move) Warnings() []string {
	var list []string
	if fault := m.history.leftTag.fault; fault != "" {
		list = append(list, "CreateTags of "+inventory.TagLeft+": "+fault+"; a later event may hand the interface back to "+m.item.From)
	}
	if m.on.unproven != "" {
		list = append(list, m.on.unproven)
	}
	return list
}

// Observe takes in a look that began and ended at these instants; e is nil if it did not show the interface. A look that
// began before the last reply came can't show what that call did, and must not be given.
func (m *Move) Observe(began, ended time.Time, e *inventory.Interface) {
	if m.result != nil {
		return
	}
	m.seen = m.seen.next(began, ended, e)
	if e == nil {
		return
	}
	// A conflict of an attach is explained by a look that shows the interface on an attachment: the candidate is not to
	// blame, and its time begins anew.
	if !e.Unattached() {
		m.on.conflictSince = time.Time{}
	}
	if e.Attachment != nil && e.Attachment.ID == m.off.token && e.Detaching() && m.off.detachingSince.IsZero() {
		m.off.detachingSince = ended // a slow look may have been true at any instant until then
	}
}
