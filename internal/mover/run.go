package mover

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/step"
)

// job is a move and the call that it waits for.
type job struct {
	move *step.Move
	// over reports whether the end of the move was logged.
	over bool
	// busy reports whether a call of its own is under way; serial counts these calls. A look that began before one of
	// them ended can't show what it did.
	busy   bool
	serial int
	// unanswered counts the changes in a row that got no answer.
	unanswered int
	// blind is when looks begin to be of use to the move.
	blind time.Time
}

// run carries out one plan. Its fields belong to the goroutine of loop.
type run struct {
	mover  *Mover
	denied Denied
	// jobs are the moves by the ids of their interfaces, and order is the order of the plan.
	jobs  map[string]*job
	order []string
	pacer pacer

	// messages come from the goroutines that are under way; calls counts these.
	messages chan message
	calls    int
	// looking, asking and planning report whether one of them looks, asks for the states of targets, or makes a plan.
	looking, asking, planning bool
	// askAfter is the earliest time of the next question about targets.
	askAfter time.Time
	// malformed are the instances with a malformed tag that were read for new plans.
	malformed []inventory.Instance
}

// loop starts what is due and takes in what comes of it, until all moves are over or ctx ends.
func (r *run) loop(ctx context.Context) {
	now := time.Now()
	for r.act(ctx, now) {
		timer := time.NewTimer(r.wait(now))
		select {
		case msg := <-r.messages:
			now = time.Now()
			r.take(ctx, now, msg)
		case <-timer.C:
			now = time.Now()
			if r.wanted(now) && r.pacer.due(now) {
				r.look(ctx, now)
			}
		case <-ctx.Done():
			timer.Stop()
			r.drain(ctx)
			return
		}
		timer.Stop()
	}
	// What is still under way has nothing left to change; it must not outlive the invocation.
	r.drain(ctx)
}

// drain takes in the messages of the calls that are under way, which end with ctx.
func (r *run) drain(ctx context.Context) {
	for r.calls > 0 {
		msg := <-r.messages
		r.take(ctx, time.Now(), msg)
	}
}

// take takes in a message at the instant now.
func (r *run) take(ctx context.Context, now time.Time, msg message) {
	r.calls--
	switch msg := msg.(type) {
	case lookEnded:
		r.looking = false
		r.deliver(now, msg)
	case targetStates:
		r.asking = false
		r.deliverTargets(now, msg)
	case originStates:
		r.release(msg.ids...)
		r.deliverOrigins(ctx, msg)
	case changeEnded:
		r.release(msg.id)
		r.deliverReply(ctx, now, msg)
	case planMade:
		r.planning = false
		r.release(msg.ids...)
		r.deliverPlan(ctx, now, msg)
	}
}

// act starts what is due for every interface. It reports whether any is unfinished.
func (r *run) act(ctx context.Context, now time.Time) bool {
	unfinished := false
	var returning, anew []string
	r.pacer.wake = time.Time{}
	for _, id := range r.order {
		j := r.jobs[id]
		if j.busy {
			unfinished = true
			continue
		}
		action := j.move.Next(now)
		switch action.Do {
		case step.Finish:
			r.finished(ctx, id)
			continue
		case step.Wait:
			r.pacer.wakeAt(action.At)
			j.blind = time.Time{}
			if action.Blind {
				j.blind = action.At
			}
		case step.WriteLeftTag, step.Detach, step.Attach:
			r.change(ctx, id, action)
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

// call makes a call in a goroutine of its own. The given interfaces wait for it, and for nothing else meanwhile.
func (r *run) call(ids []string, do func() message) {
	for _, id := range ids {
		j := r.jobs[id]
		j.busy = true
		j.serial++
	}
	r.calls++
	go func() { r.messages <- do() }()
}

// finished takes in that a move is over.
func (r *run) finished(ctx context.Context, id string) {
	if j := r.jobs[id]; !j.over {
		j.over = true
		r.logOver(ctx, id)
	}
}

// release lets interfaces go on whose call has ended.
func (r *run) release(ids ...string) {
	for _, id := range ids {
		r.jobs[id].busy = false
	}
}
