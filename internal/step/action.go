package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// Verb is what to do.
type Verb string

// The verbs. Only Start, WriteLeftTag, Detach and Attach change anything in EC2.
const (
	// Wait: nothing is to be done before the next look.
	Wait Verb = "wait"
	// Start: start the instance of the slot.
	Start Verb = "start"
	// WriteLeftTag: write the `left` tag, with the instance that the interface is to leave.
	WriteLeftTag Verb = "write-left-tag"
	Detach       Verb = "detach"
	Attach       Verb = "attach"
	// AskOrigin: ask whether the origin runs, and report it with [Move.Origin].
	AskOrigin Verb = "ask-origin"
	// Replan: read the account and plan anew, and report the plan with [Move.Replanned].
	Replan Verb = "replan"
	// Finish: the move is over; its [Result] is final.
	Finish Verb = "finish"
)

// Action is what to do next for one interface. A field that the verb does not need is zero, so actions can be compared.
type Action struct {
	Do Verb
	// Attachment is what to detach; Force reports whether to force it.
	Attachment string
	Force      bool
	// Slot is where to attach. Of a start, it has the instance only.
	Slot plan.Slot
	// At, for a Wait, is when something becomes due even if looks show no change; zero: never.
	At time.Time
	// Blind reports whether looks before At are of no use: nothing that they show changes what is due then.
	Blind bool
}
