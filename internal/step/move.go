// Package step holds the state machine of a move: from what a look shows and what was done before, the
// next action.
//
// It is the pure half of the fourth stage of the flow; package mover is the other half, which looks and
// acts. A move is level-triggered: every pass starts from an observation, so a retry, a duplicate, a lost
// reply, a lost race and a crash need no code of their own. EC2 is the lock: a detach names the exact
// attachment that was observed, an attach succeeds for one of those who race for it.
//
// Nothing here calls AWS or reads a clock. [Move.Next] has the whole machine: what a look can show is one
// of missing, unattached, on its way to us, on the attachment to be taken off, on somebody else's.
package step

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// Disbelief is for how long a look that contradicts an accepted call is not believed: what EC2's
	// Describe calls show may be older than what was just done ("Eventual consistency in the Amazon EC2
	// API").
	Disbelief = 5 * time.Second
	// RepeatAfter is how long an attach without a reply is looked for before it is asked for again. EC2
	// refuses the second one if the first took effect.
	RepeatAfter = 2 * time.Second
	// HangAfter is the least time that a target is given to finish an attach that it accepted.
	HangAfter = 30 * time.Second
	// maxRounds bounds how often a move starts over because the interface turned up on another attachment.
	maxRounds = 3
	// maxIndexes bounds how many device indexes are tried on one candidate.
	maxIndexes = 5
	// maxUnanswered bounds how many attaches in a row to one candidate may end without a clear answer (a
	// server error, or none) while another candidate is waiting.
	maxUnanswered = 3
	// lookLife is how old a look may be that a change is made on. Tags are read again in the look before the
	// detach; when looks fail and changes are throttled, the last one may be minutes old.
	lookLife = 10 * time.Second
)

// Verb is what to do.
type Verb string

// The verbs. Only Detach, Attach and WriteLeftTag change anything.
const (
	// Wait: nothing to do before the next look.
	Wait Verb = "wait"
	// WriteLeftTag: write the `left` tag.
	WriteLeftTag Verb = "write-left-tag"
	Detach       Verb = "detach"
	Attach       Verb = "attach"
	// AskOrigin: find out whether the origin runs, and report it with [Move.Origin].
	AskOrigin Verb = "ask-origin"
	// Replan: observe and plan anew, and report the candidates with [Move.Replanned].
	Replan Verb = "replan"
	// Finish: the move is over; its [Result] is final.
	Finish Verb = "finish"
)

// Action is what to do next for one interface.
type Action struct {
	Do Verb
	// Attachment is what to detach; Force whether to force it.
	Attachment string
	Force      bool
	// Slot is where to attach.
	Slot plan.Slot
	// At, for a Wait, is when something becomes due even if the looks show no change; zero: never. Blind is
	// whether nothing that a look shows before then could change what is done then.
	At    time.Time
	Blind bool
}

// Result is what became of a move.
type Result struct {
	Outcome plan.Outcome
	Reason  plan.Reason
	// Detail explains the reason to a person.
	Detail string
	// To, Attachment and Index say where the interface was last seen attached, if it was, and Where in
	// which status, or what else is known.
	To, Attachment, Where string
	Index                 int
	// Forced is whether a forced detach was accepted.
	Forced bool
	// Differences are what the interface lost or gained on the way, empty in a clean move.
	Differences []string
	// Detached and Attached say how long each half took, from the request to the look that proved it.
	Detached, Attached time.Duration
	// Verified is how long the look took that proved the result.
	Verified time.Duration
	// Done is when the last look that mattered was taken; zero if none was.
	Done time.Time
}

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
	// lost are the landings whose attach got no reply. What they asked for may show yet.
	lost []landing
	// tried is what the candidates of the current plan have said.
	tried tries
	// hold delays the next request.
	hold    holdback
	history history
	// now is the instant of the last call of Next.
	now time.Time
	// result is nil while the move is on its way.
	result *Result
}

// history is what a move has seen and done. It only grows.
type history struct {
	// retired are the attachments that were taken off, or that another one has followed. Only a stale look shows them.
	retired map[string]bool
	// newest is when the newest attachment was asked for that the plan or a look has shown. A look that shows an older
	// one is stale.
	newest time.Time
	// changed reports whether EC2 has accepted a change. From then on the move is finished whatever the tags say.
	changed bool
	// forced reports whether EC2 has accepted a forced detach, of any attachment.
	forced bool
	// leftTagTried reports whether the `left` tag was to be written; leftTagFault is why it could not be.
	leftTagTried bool
	leftTagFault string
	// detachRequested and attachRequested are when the first request of each kind was due.
	detachRequested, attachRequested time.Time
	// rounds counts the attachments that had to be taken off after the first one; replans counts the new plans.
	rounds, replans int
	// inUseSince is when EC2 first refused an attach because the interface was in use.
	inUseSince time.Time
	// mostTelling is the candidate whose refusal tells most: a missing permission, else the last one.
	mostTelling plan.Candidate
}

// Times are the instants that a move begins with.
type Times struct {
	// Now is when the move begins; whatever it is given was answered by then.
	Now time.Time
	// SecondRead is when the second read began that the item's interface is from; zero if there was one read only. A
	// second read is as good as a look that [Move.Observe] gives.
	SecondRead time.Time
	// Deadline is when the time is up.
	Deadline time.Time
}

// New starts a move for an item that is to be carried out. The ledger is shared by all moves of a plan.
func New(item plan.Item, policy plan.Policy, slots *plan.SlotLedger, at Times) *Move {
	item.Candidates = slices.Clone(item.Candidates) // what candidates say goes there, and the plan stays as it is
	m := &Move{
		item: item, policy: policy, slots: slots, deadline: at.Deadline,
		on: landing{slot: item.Choice}, tried: tries{planned: at.Now}, history: history{retired: map[string]bool{}},
	}
	if a := item.Interface.Attachment; a != nil {
		m.off, m.history.newest = m.newTakeoff(a), a.AttachTime
		if item.Stuck {
			m.off.purpose = purposeHung
		}
	} else {
		m.seen.unattachedSince = item.Interface.UnattachedSince
	}
	if !at.SecondRead.IsZero() {
		m.Observe(at.SecondRead, at.Now, &item.Interface)
	}
	return m
}

// Item returns the item, with what is known of its candidates by now.
func (m *Move) Item() plan.Item { return m.item }

// Reserved returns the slot that the move has booked; false if it has none, or is over.
func (m *Move) Reserved() (plan.Slot, bool) {
	return m.on.slot, m.result == nil && m.on.slot.Instance != ""
}

// Result returns the result; nil while the move is on its way.
func (m *Move) Result() *Result { return m.result }

// Warnings says what went wrong beside the move, and did not stop it.
func (m *Move) Warnings() []string {
	var list []string
	if m.history.leftTagFault != "" {
		list = append(list, "CreateTags of "+inventory.TagLeft+": "+m.history.leftTagFault+"; a later event may hand the interface back to "+m.item.From)
	}
	if m.on.unproven != "" {
		list = append(list, m.on.unproven)
	}
	return list
}

// Observe takes in what a look showed that was started at the instant at and answered at end; nil if it did not show the
// interface. A look that was started before the last reply came can't show what that call did, and must
// not be given.
func (m *Move) Observe(at, end time.Time, e *inventory.Interface) {
	if m.result != nil {
		return
	}
	m.seen = m.seen.next(at, end, e)
	if e == nil {
		return
	}
	if !e.Unattached() {
		m.on.conflictSince = time.Time{}
	}
	if e.Attachment != nil && e.Attachment.ID == m.off.token && e.Detaching() && m.off.detachingSince.IsZero() {
		m.off.detachingSince = end // a slow look may have been true at any instant until then
	}
}
