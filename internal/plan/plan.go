// Package plan decides: from a trigger, a snapshot of the account and a policy it makes a [Plan], which says for each
// interface in scope what is to be done about it, and why.
//
// It is the third stage of the flow (event bytes → trigger → inventory → plan → move and record check → report). It is
// pure: no AWS, no clock (the instant comes as an argument), no errors, no log. What a rule forbids is a [Reason] in the
// plan, so that the report, the dry run and the audit show the same thing that a failover does.
//
// The flow enters it in this order: [Expired] before anything is read, [ScopeOf] for what to read, [Decide], then
// [Policy.Untouchable] before each detach, [Replan] when every candidate has refused, and [LifecycleAction] at the end.
// Each kind of event has a file named after it, or after what it has in common with others: departure.go (Spot warnings,
// state changes, lifecycle actions), alarm.go, unreachable.go and reached.go (with probed.go), rebalance.go, running.go,
// sweep.go, rehearsal.go (Health events, too) and manual.go. They make items (item.go), whose candidates are judged
// (eligible.go, cold.go), ranked (prefer.go) and given slots (assign.go, slots.go).
package plan

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Outcome is what became of an interface, or of a whole event.
type Outcome string

// The outcomes, the one that says most about the event first: the event has the first outcome that an interface has.
const (
	OutcomeFailed      Outcome = "failed"
	OutcomeStranded    Outcome = "stranded"
	OutcomeMoved       Outcome = "moved"
	OutcomeAttached    Outcome = "attached"
	OutcomePlanned     Outcome = "planned"
	OutcomeSuperseded  Outcome = "superseded"
	OutcomeNothingToDo Outcome = "nothing-to-do"
	OutcomeIgnored     Outcome = "ignored"
)

// Mode says how far a plan is to be carried out.
type Mode int

const (
	// ModeAct carries it out.
	ModeAct Mode = iota
	// ModeReport only reports it: nothing is asked of EC2.
	ModeReport
	// ModeRehearse asks EC2 whether it would allow each change.
	ModeRehearse
)

// Plan is what to do about an event. A plan without items is a plan to do nothing: the event is ignored or refused, or
// everything is as it should be.
type Plan struct {
	// Mode says how far it is to be carried out.
	Mode Mode
	// Lenient makes a stranded interface a success: no answer is waited for, and the report and the metrics say it.
	Lenient bool
	// Ignored is the reason why the event as a whole is left alone; then there are no items.
	Ignored Reason
	// Refused is the reason why a request can't be carried out; then there are no items. It is an error.
	Refused Reason
	// Detail explains to a person why there are no items.
	Detail string
	// Doubts are the instances, sorted, of which the plan believes something that one read does not prove. A plan with
	// doubts must not be carried out: see [ConfirmAfter].
	Doubts []string
	// Items are the interfaces in scope, in the order of their ids.
	Items []Item
	// Slots holds the slots that are reserved for the items. It is used further while the plan is carried out.
	Slots *SlotLedger
}

// Item is one interface in scope.
type Item struct {
	// Interface is the interface as the snapshot shows it.
	Interface inventory.Interface
	// Settled is the outcome of an item that needs no action; empty for one that is to be carried out.
	Settled Outcome
	// Reason says why it is settled, and Detail explains that to a person.
	Reason Reason
	Detail string
	// Next says what a person can do about an item that is stranded or refused; empty for others.
	Next string
	// Refused marks an item of a request that the rules forbid: it is an error, whatever its outcome.
	Refused bool

	// From is the instance that the interface leaves; empty if that is not known.
	From string
	// Doomed is the instance that the interface must not be on; empty if any member may have it. It need not be From: an
	// interface may be detaching from another instance.
	Doomed string
	// Origin is From, if the interface may go back there when every standby has refused; empty if it may not.
	Origin string
	// Candidates are all instances that were considered: the eligible ones in the order of preference, then the refused
	// ones.
	Candidates []Candidate
	// Choice is the slot to attach to first. It is reserved in the plan's ledger; empty if the item is settled.
	Choice Slot

	// Force says when a detach may be forced.
	Force Force
	// WriteLeftTag asks for the tag eni-failover:left before the detach.
	WriteLeftTag bool
	// WriteReachedTag asks for the tag eni-failover:reached with the id of the interface's attachment, if that is still its
	// attachment in the end.
	WriteReachedTag bool
	// Serving reports whether a running instance holds the interface, and nothing says that it does not answer: it may still
	// be of use to its clients.
	Serving bool
	// RelieveBy is the time at which the holder is relieved at the latest, although a started standby may not have booted;
	// zero if the holder is not about to be interrupted by Spot.
	RelieveBy time.Time
	// OneAttachment reports whether the event is about one attachment: a later one is not taken off, even if it is on the
	// doomed instance.
	OneAttachment bool
	// Stuck reports whether the interface has been attaching for far too long: EC2 may refuse to detach it without force.
	Stuck bool
	// OrphanGrace is the time for which the interface must have been seen unattached before it is attached: another
	// invocation or a person may be in the middle of a move.
	OrphanGrace time.Duration
	// Target is the only instance that satisfies the request; empty if any eligible one does.
	Target string
	// LastResort reports whether a new plan may take a member that it would not take an interface off a running instance
	// for: every candidate has refused, and the origin, too.
	LastResort bool

	need need
}

// Replanned returns the item with the candidates of a new plan for it, and what they were judged by.
func (i Item) Replanned(p Item) Item {
	i.Candidates, i.need = slices.Clone(p.Candidates), p.need
	return i
}

// Explanation returns the item's detail together with its next step.
func (i Item) Explanation() string {
	if i.Next == "" {
		return i.Detail
	}
	return i.Detail + "; next: " + i.Next
}

// Chosen returns the candidate of the choice; the zero value if there is none.
func (i Item) Chosen() Candidate {
	for _, c := range i.Candidates {
		if c.Instance == i.Choice.Instance {
			return c
		}
	}
	return Candidate{}
}

// Candidate is an instance that was considered for an interface. The names of its fields in JSON are published.
type Candidate struct {
	Instance string `json:"instance"`
	Eligible bool   `json:"eligible"`
	// Start reports whether it does not run and would be started first, or is being started already.
	Start bool `json:"start,omitempty"`
	// Pending reports whether it is being started already, so that its start need not be requested.
	Pending bool `json:"-"`
	// BootsUntil is the time until which it counts as booting: a cold standby that was started a short while ago. Nil if it
	// has booted, or does not run. A pointer keeps candidates small: a plan may have a million of them.
	BootsUntil *time.Time `json:"-"`
	// Reason says why it is not eligible; empty if it is.
	Reason Reason `json:"reason"`
	// Detail says more about the reason, like AWS's error code.
	Detail string `json:"detail,omitempty"`
	// Unknown names what could not be asked about it. It ranks behind candidates that are known.
	Unknown []string `json:"unknown,omitempty"`
}

// Slot is a place for an interface: a device index of network card 0 of an instance.
type Slot struct {
	Instance string
	Index    int
	// own reports whether the interface occupies the slot already, on its holder: then it is not counted.
	own bool
}
