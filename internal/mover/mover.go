// Package mover carries out a plan: it looks, lets package step decide, and acts, until every interface is
// settled or the time is up.
//
// It is the fourth stage of the flow (event bytes → trigger → inventory → plan → move and record check →
// report). All interfaces of a plan move at the same time and share their looks. One goroutine owns all
// state; the calls run in goroutines of their own, at most one change per interface at a time, so that one
// that hangs delays no other.
package mover

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// Replan observes and plans anew for items whose candidates have all refused. Its items are those it is given,
// in their order, with new candidates. Reserved are the slots of the other moves under way.
type Replan func(ctx context.Context, items []plan.Item, reserved []plan.Slot) ([]plan.Item, *plan.SlotLedger)

// Denied is told of each attach that EC2 denies, at once: the interface is attached to no instance, and the move goes on
// trying. It must not wait for anything.
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
	r := &run{mover: m, again: again, denied: denied, done: make(chan func(time.Time)), flights: map[string]*flight{}}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(time.Hour)
	}
	moves, at := map[string]*step.Move{}, step.Times{Now: time.Now(), SecondRead: looked, Deadline: deadline}
	for _, item := range p.Items {
		if item.Settled == "" {
			move := step.New(item, m.policy, p.Slots, at)
			moves[item.Interface.ID] = move
			r.flights[item.Interface.ID] = &flight{move: move}
			r.order = append(r.order, item.Interface.ID)
		}
	}
	r.pacer.start(time.Now(), !looked.IsZero())
	r.loop(ctx)
	return moves
}

// flight is a move and whether a call of its own is under way. serial counts these calls: a look that
// began before one of them ended can't show what it did. unanswered counts the changes in a row that got no
// answer.
type flight struct {
	move       *step.Move
	busy       bool
	serial     int
	unanswered int
	blind      time.Time // until then a look is of no use to it
}

// run is one call of Run. Only loop's goroutine touches it; others send it functions to call.
type run struct {
	mover   *Mover
	again   Replan
	denied  Denied
	done    chan func(now time.Time)
	flights map[string]*flight
	order   []string
	// calls counts the goroutines that are under way; looking is whether one of them looks, planning whether one
	// makes a new plan.
	calls    int
	looking  bool
	planning bool
	pacer    pacer
	// asking is whether a question about the targets' states is under way; the next one does not come before askAgain.
	asking   bool
	askAgain time.Time
}

func (r *run) loop(ctx context.Context) {
	now := time.Now()
	for r.act(ctx, now) {
		timer := time.NewTimer(r.wait(now))
		select {
		case apply := <-r.done:
			now = time.Now()
			r.calls--
			apply(now)
		case <-timer.C:
			now = time.Now()
			if r.wanted(now) && r.pacer.due(now) {
				r.look(ctx, now)
			}
		case <-ctx.Done():
			timer.Stop()
			r.drain()
			return
		}
		timer.Stop()
	}
	// What is still under way has nothing left to change; it must not outlive the invocation.
	r.drain()
}

// drain waits for the calls that are under way, which end with ctx, and takes their results in.
func (r *run) drain() {
	for ; r.calls > 0; r.calls-- {
		apply := <-r.done
		apply(time.Now())
	}
}

// act starts what is due for every interface. It reports whether any is unfinished.
func (r *run) act(ctx context.Context, now time.Time) bool {
	unfinished := false
	var returning, anew []string
	r.pacer.wake = time.Time{}
	for _, id := range r.order {
		f := r.flights[id]
		if f.busy {
			unfinished = true
			continue
		}
		action := f.move.Next(now)
		switch action.Do {
		case step.Finish:
			continue
		case step.Wait:
			r.pacer.wakeAt(action.At)
			f.blind = time.Time{}
			if action.Blind {
				f.blind = action.At
			}
		case step.WriteLeftTag, step.Detach, step.Attach:
			r.start(ctx, id, f, action)
		case step.AskOrigin:
			returning = append(returning, id)
		case step.Replan:
			anew = append(anew, id)
		}
		unfinished = true
	}
	r.askOrigins(ctx, returning)
	r.planAnew(ctx, anew)
	return unfinished
}

// start makes the change that is due for an interface.
func (r *run) start(ctx context.Context, id string, f *flight, action step.Action) {
	item := f.move.Item()
	r.call([]string{id}, func() func(time.Time) { return r.perform(ctx, id, item, f, action) })
}

// call does what some interfaces wait for, in a goroutine of its own, and then has its result taken in.
func (r *run) call(ids []string, do func() (apply func(now time.Time))) {
	for _, id := range ids {
		f := r.flights[id]
		f.busy = true
		f.serial++
	}
	r.calls++
	go func() {
		apply := do()
		r.done <- func(now time.Time) {
			for _, id := range ids {
				r.flights[id].busy = false
			}
			apply(now)
		}
	}()
}

// perform makes the call for an action and returns how to take its result in.
func (r *run) perform(ctx context.Context, id string, item plan.Item, f *flight, action step.Action) func(now time.Time) {
	ec2 := r.mover.ec2
	switch action.Do {
	case step.WriteLeftTag:
		err := ec2.WriteLeftTag(ctx, id, inventory.LeftTag{Instance: item.From, Time: time.Now()})
		return r.replied(f, action, "", err)
	case step.Detach:
		err := ec2.Detach(ctx, action.Attachment, action.Force)
		return r.replied(f, action, "", err)
	case step.Attach:
		attachment, err := ec2.Attach(ctx, id, action.Slot.Instance, action.Slot.Index)
		if fault.ClassOf(err) == fault.Denied {
			r.denied(ctx, item, plan.Candidate{Instance: action.Slot.Instance, Reason: plan.ReasonDenied, Detail: fault.CodeOf(err)})
		}
		return r.replied(f, action, attachment, err)
	case step.AskOrigin, step.Replan, step.Wait, step.Finish:
	}
	return func(time.Time) {}
}

func (r *run) replied(f *flight, action step.Action, attachment string, err error) func(now time.Time) {
	reply := step.Reply{Class: fault.ClassOf(err), Code: fault.CodeOf(err), Attachment: attachment}
	return func(now time.Time) {
		f.move.Replied(now, action, reply)
		switch reply.Class {
		case fault.None:
			f.unanswered = 0
			r.pacer.changed(now, action.Do == step.Attach)
		case fault.Unavailable:
			// It may have been made, so the first look comes soon. But when EC2 answers nothing in a row, to
			// look at the pace of a fresh change each time would add to its trouble.
			if f.unanswered++; f.unanswered == 1 {
				r.pacer.changed(now, action.Do == step.Attach)
			}
		case fault.Throttled:
			r.pacer.failed()
		case fault.Denied, fault.Gone, fault.Stale, fault.Conflict, fault.InUse, fault.Full, fault.IndexTaken,
			fault.Candidate, fault.Forbidden, fault.Invalid:
			// Nothing was set in motion, so there is no reason to look, or to ask again, any sooner.
		}
	}
}
