// Package mover carries out a plan: it looks, lets package step decide, and acts, until every interface is
// settled or the time is up.
//
// It is the fourth stage of the flow (event bytes → trigger → inventory → plan → move and record check →
// report). All interfaces of a plan move at the same time and share their looks. One goroutine, the loop of [run], owns
// all state. Each call to AWS runs in a goroutine of its own, which sends what came of it to the loop as a message; an
// interface has one call of its own at a time, so a call that hangs delays no other interface.
package mover

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// Replan observes and plans anew for items whose candidates have all refused. Its items are those it is given,
// in their order, with new candidates. Reserved are the slots of the other moves under way.
type Replan func(ctx context.Context, items []plan.Item, reserved []plan.Slot) ([]plan.Item, *plan.SlotLedger)

// Denied is told of each attach that EC2 denies, at once: the interface is unattached, and the move goes on trying for
// minutes. It is called by one goroutine, which it must not hold up.
type Denied func(ctx context.Context, item plan.Item, candidate plan.Candidate)

// Mover carries out plans. It is safe for concurrent use.
type Mover struct {
	ec2    *ec2api.Client
	policy plan.Policy
}

// New makes a mover.
func New(ec2 *ec2api.Client, policy plan.Policy) *Mover {
	return &Mover{ec2: ec2, policy: policy}
}

// Run moves the items of a plan that are to be carried out, and returns each interface's move by its id. If
// looked is not zero, the plan was made on a second look, which began then. Run returns when all moves are
// over, or when ctx ends; then [Mover.Settle] ends the rest.
func (m *Mover) Run(ctx context.Context, p plan.Plan, looked time.Time, again Replan, denied Denied) map[string]*step.Move {
	r := &run{mover: m, again: again, denied: denied, messages: make(chan message), jobs: map[string]*job{}}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Hour)
	}
	moves, at := map[string]*step.Move{}, step.Times{Now: time.Now(), SecondRead: looked, Deadline: deadline}
	for _, item := range p.Items {
		if item.Settled == "" {
			move := step.New(item, m.policy, p.Slots, at)
			moves[item.Interface.ID] = move
			r.jobs[item.Interface.ID] = &job{move: move}
			r.order = append(r.order, item.Interface.ID)
		}
	}
	r.pacer.start(time.Now(), !looked.IsZero())
	r.loop(ctx)
	return moves
}
