// Package mover carries out a plan: it looks, lets package step decide, and acts, until every move is over or the time is
// up.
//
// It is the fourth stage of the flow (event bytes → trigger → inventory → plan → move and record check → report). All
// interfaces of a plan move at the same time and share their looks. One goroutine, the loop of [run], owns all state. Each
// call to AWS runs in a goroutine of its own, which sends what came of it to the loop as a [message]. An interface has one
// call of its own at a time, so a call that hangs delays no other interface.
//
//	          ┌─ act: step.Move.Next says what is due ──→ calls, each in its goroutine ─┐
//	loop ─────┤                                                                          │
//	          └─ take: the moves take in what the calls found ←──────── message ─────────┘
//
// The mover never decides what to do about an interface: that is package plan's before the move, and package step's on
// the way.
package mover

import (
	"context"
	"log/slog"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// Denied is told of each attach that EC2 denies, at once: the interface is unattached, the move goes on trying for minutes,
// and its result would come too late. It is called by the loop's goroutine only, which it must not hold up.
type Denied func(ctx context.Context, item plan.Item, candidate plan.Candidate)

// Mover carries out plans. It is safe for concurrent use.
type Mover struct {
	ec2      *ec2api.Client
	observer *observe.Observer
	policy   plan.Policy
	log      *slog.Logger
}

// New makes a mover that makes its changes and looks by the client, reads for new plans by the observer, and logs each
// action at level DEBUG.
func New(ec2 *ec2api.Client, observer *observe.Observer, policy plan.Policy, log *slog.Logger) *Mover {
	return &Mover{ec2: ec2, observer: observer, policy: policy, log: log}
}

// Outcome is what became of a plan.
type Outcome struct {
	// Moves has the move of each interface that was to be moved, by the interface's id. All are over.
	Moves map[string]*step.Move
	// Malformed are the instances with a malformed tag among those that were read for new plans. An instance may be among
	// them more than once.
	Malformed []inventory.Instance
}

// Run moves the items of a plan that are to be carried out. It keeps a reserve: the work ends early enough before the
// deadline of ctx to look once more at what is not over, and to report it. If look is not zero, it is the read that the plan was
// made on, and as good as a look of its own.
func (m *Mover) Run(ctx context.Context, p plan.Plan, look inventory.Period, throttled bool, denied Denied) Outcome {
	r := &run{mover: m, denied: denied, messages: make(chan message), jobs: map[string]*job{}, starting: map[string][]string{}, accepted: map[string]time.Time{}}
	work, cancel := pace.WithReserve(ctx)
	defer cancel()
	at := step.Times{Now: time.Now(), Look: look, Deadline: deadlineOf(work)}
	for _, item := range p.Items {
		if item.Settled == "" {
			r.jobs[item.Interface.ID] = &job{move: step.New(item, m.policy, p.Slots, at)}
			r.order = append(r.order, item.Interface.ID)
		}
	}
	// That read spares the first look: the moves have taken it in already.
	r.pacer.start(at.Now, !look.Began.IsZero(), throttled)
	r.loop(work)
	r.settle(ctx)
	outcome := Outcome{Moves: map[string]*step.Move{}, Malformed: r.malformed}
	for id, j := range r.jobs {
		outcome.Moves[id] = j.move
	}
	return outcome
}

// unlimited is the time that moves have if their context has no deadline.
const unlimited = time.Hour

// deadlineOf returns when the time for the moves is up.
func deadlineOf(ctx context.Context) time.Time {
	if deadline, ok := ctx.Deadline(); ok {
		return deadline
	}
	return time.Now().Add(unlimited)
}
