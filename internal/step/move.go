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
	// most bounds how often a move starts over because the interface turned up on another attachment.
	most = 3
	// replanPause is the most between two plans for an interface that nobody wants to have.
	replanPause = 15 * time.Second
	// conflictPause is the pause after a request that EC2 refused for the state of things; it doubles up to
	// maxConflictPause. Changes have a bucket of five a second for the whole account.
	conflictPause    = 200 * time.Millisecond
	maxConflictPause = time.Second
	// maxIndexes bounds how many device indexes are tried on one candidate.
	maxIndexes = 5
	// maxUnanswered bounds how many attaches in a row to one candidate may end without a clear answer (a
	// server error, or none) while another candidate is waiting.
	maxUnanswered = 3
	// inUseLife is for how long EC2 may refuse every attach of an interface that looks show unattached because it is
	// in use. What EC2 shows and what it does may differ for some seconds after a detach; no instance could have
	// it then, the origin neither.
	inUseLife = 30 * time.Second
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
	result   *Result

	seen sighting

	off takeoff

	past   map[string]bool
	newest time.Time // when the newest attachment was asked for that was seen; an older one is history
	asked  time.Time // the first detach request
	begun  bool      // something was changed, so the move is finished whatever the tags say
	// everForced is whether a forced detach was accepted for any attachment.
	everForced     bool
	leftTagWritten bool
	leftTagFault   string // why the tag could not be written; empty if it could, or was not to be

	on landing
	// lost are the landings whose attach got no reply.
	lost []landing

	chosen time.Time // when the plan that chose slot was made
	wanted time.Time // the first attach request

	// telling is the candidate whose refusal tells most: a missing permission, else the last. A new plan
	// does not forget it.
	telling plan.Candidate
	// tried are the candidates that have refused since the last plan; deferred those that gave no clear answer, which
	// are asked again after a new plan; busy those that EC2 refused because the interface was in use, which inUse
	// is the first time of.
	tried, deferred, busy []string
	inUse                 time.Time
	// renewed is whether a new plan was made since the first one: nothing goes back to its origin on what the
	// first plan saw alone.
	renewed                bool
	originAsked, returning bool
	rounds, replans        int
	throttles, refused     int // in a row
	notBefore              time.Time
}

// New starts a move at the instant now for an item that is to be carried out. If looked is not zero, the item
// was made on a second look, which began then and was answered by now, and which is as good as one that
// [Move.Observe] gives. The book is shared by all moves of a plan.
func New(item plan.Item, policy plan.Policy, slots *plan.SlotLedger, looked, now, deadline time.Time) *Move {
	m := &Move{item: item, policy: policy, slots: slots, deadline: deadline, on: landing{slot: item.Choice}, chosen: now, past: map[string]bool{}}
	if a := item.Interface.Attachment; a != nil {
		m.off, m.newest = m.newTakeoff(a), a.AttachTime
		if item.Stuck {
			m.off.purpose = purposeHung
		}
	} else {
		m.seen.unattachedSince = item.Interface.UnattachedSince
	}
	if !looked.IsZero() {
		m.Observe(looked, now, &item.Interface)
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
	if m.leftTagFault != "" {
		list = append(list, "CreateTags of "+inventory.TagLeft+": "+m.leftTagFault+"; a later event may hand the interface back to "+m.item.From)
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
