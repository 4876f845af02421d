package mover

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/step"
)

// job is a move, and what the loop knows of the calls that are made for it.
type job struct {
	move *step.Move
	// over reports whether the end of the move was logged.
	over bool
	// busy reports whether a call of its own is under way. Meanwhile the move is not asked what is due, and gets no look.
	busy bool
	// serial counts these calls. A look that began before one of them ended can't show what it did.
	serial int
	// unanswered counts the changes in a row that got no reply.
	unanswered int
	// blindUntil is the time until which looks are of no use to the move.
	blindUntil time.Time
}

// run carries out one plan. Its fields belong to the goroutine of loop; the goroutines of calls use mover only, and what
// they were given.
type run struct {
	mover  *Mover
	denied Denied
	// jobs are the moves by the ids of their interfaces, and order is the order of the plan.
	jobs  map[string]*job
	order []string
	// pacer says when to look.
	pacer pacer

	// messages come from the goroutines that are under way, one from each; calls counts them. Invariant: no goroutine
	// outlives loop.
	messages chan message
	calls    int
	// looking, asking and planning report whether one of them looks, asks for the states of targets, or makes a plan. There
	// is one of each at a time.
	looking, asking, planning bool
	// origins are the instances that questions under way ask about, because interfaces may go back to them.
	origins []string
	// askAfter is the earliest time of the next question about targets.
	askAfter time.Time
	// starting are the interfaces that wait for the start of an instance, by its id. Accepted is when EC2 has accepted the
	// start of an instance that was not seen stopped again since.
	starting map[string][]string
	accepted map[string]time.Time
	// malformed are the instances with a malformed tag that were read for new plans.
	malformed []inventory.Instance
}

// loop starts what is due and takes in what comes of it, until all moves are over or ctx ends. It sleeps until a message
// comes, the next look is due, or something else is due that a move has named.
func (r *run) loop(ctx context.Context) {
	now := time.Now()
	for r.act(ctx, now) {
		if r.wanted(now) && r.pacer.due(now) {
			r.look(ctx, now)
		}
		timer := time.NewTimer(r.wait(now))
		select {
		case msg := <-r.messages:
			now = time.Now()
			r.take(ctx, now, msg)
		case <-timer.C:
			now = time.Now()
		case <-ctx.Done():
			timer.Stop()
			r.drain(ctx)
			return
		}
		timer.Stop()
	}
	// What is still under way are looks and questions, which have nothing left to say. They must not outlive the invocation.
	r.drain(ctx)
}

// drain takes in the messages of the calls that are under way. When ctx has ended they come at once.
func (r *run) drain(ctx context.Context) {
	for r.calls > 0 {
		msg := <-r.messages
		r.take(ctx, time.Now(), msg)
	}
}

// take takes in a message at the instant now. It is the only place where what the goroutines found comes to the moves.
func (r *run) take(ctx context.Context, now time.Time, msg message) {
	r.calls--
	// Looks and questions about targets are for all moves; the others are for those that wait for them.
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
	case startEnded:
		r.deliverStart(ctx, now, msg)
	case changeEnded:
		r.release(msg.id)
		r.deliverReply(ctx, now, msg)
	case planMade:
		r.planning = false
		r.release(msg.ids...)
		r.deliverPlan(ctx, now, msg)
	}
}

// act asks each move that waits for no call what is due, and starts it. It reports whether any move is not over. What
// several moves need at the same time is asked for together.
func (r *run) act(ctx context.Context, now time.Time) bool {
	unfinished := false
	var returning, anew []string
	r.pacer.wake, r.pacer.urgency = time.Time{}, r.urgency()
	for _, id := range r.order {
		j := r.jobs[id]
		if j.busy {
			unfinished = true
			continue
		}
		// Next is asked after every message, for each move: it costs microseconds, and a look may concern all of them.
		action := r.next(now, j.move)
		switch action.Do {
		case step.Finish:
			r.finished(ctx, id)
			continue
		case step.Wait:
			r.pacer.wakeAt(action.At) // a look comes by itself
			j.blindUntil = time.Time{}
			if action.Blind {
				j.blindUntil = action.At
			}
		case step.WriteLeftTag, step.Detach, step.Attach:
			r.change(ctx, id, action)
		case step.Start:
			r.start(ctx, id, action)
		case step.AskOrigin: // the questions that moves share are collected
			returning = append(returning, id)
		case step.Replan:
			anew = append(anew, id)
		}
		unfinished = true
	}
	r.askOrigins(ctx, now, returning)
	r.planAnew(ctx, anew)
	return unfinished
}

// call makes a call in a goroutine of its own, which sends its message to the loop. The given interfaces wait for it, and
// for nothing else meanwhile: see release.
func (r *run) call(ids []string, do func() message) {
	r.hold(ids...)
	r.calls++
	go func() { r.messages <- do() }()
}

// hold lets interfaces wait for a call.
func (r *run) hold(ids ...string) {
	for _, id := range ids {
		j := r.jobs[id]
		j.busy = true
		j.serial++
	}
}

// finished takes in that a move is over. It is told each time that the move is asked.
func (r *run) finished(ctx context.Context, id string) {
	if j := r.jobs[id]; !j.over {
		j.over = true
		r.logOver(ctx, id)
	}
}

// release lets interfaces go on: their call has ended.
func (r *run) release(ids ...string) {
	for _, id := range ids {
		r.jobs[id].busy = false
	}
}

// wait returns how long the loop may sleep: until the next look, if one is wanted, or until something else is due. It is
// never longer than maxGap, so that a move whose wait ends without a look is asked again.
func (r *run) wait(now time.Time) time.Duration {
	at := now.Add(maxGap)
	if r.wanted(now) {
		at = r.pacer.next()
	}
	if wake := r.pacer.wake; !wake.IsZero() && wake.After(now) && wake.Before(at) {
		at = wake
	}
	return max(0, at.Sub(now))
}
