package mover

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// Several interfaces that go to one cold standby need one start. Those that come while it is requested wait for its reply, and
// those that come later get the reply that EC2 has given.

// next asks a move what is due. A start that EC2 has accepted already is not requested again.
func (r *run) next(now time.Time, move *step.Move) step.Action {
	action := move.Next(now)
	if _, ok := r.accepted[action.Slot.Instance]; ok && action.Do == step.Start {
		move.Replied(now, action, step.Reply{})
		action = move.Next(now)
	}
	return action
}

// start starts a cold standby for an interface.
func (r *run) start(ctx context.Context, id string, action step.Action) {
	r.logBegin(ctx, id, action)
	instance := action.Slot.Instance
	first := len(r.starting[instance]) == 0
	r.starting[instance] = append(r.starting[instance], id)
	r.jobs[id].busy = true // not held: a start changes no interface, so a look that is under way still counts
	if !first {
		return
	}
	r.call(nil, func() message {
		err := r.mover.ec2.StartInstance(ctx, instance)
		return startEnded{instance: instance, reply: step.Reply{Class: fault.ClassOf(err), Code: fault.CodeOf(err)}}
	})
}

// deliverStart gives the reply to a start to all moves that wait for it.
func (r *run) deliverStart(ctx context.Context, now time.Time, msg startEnded) {
	ids := r.starting[msg.instance]
	delete(r.starting, msg.instance)
	r.release(ids...)
	for _, id := range ids {
		action := step.Action{Do: step.Start, Slot: plan.Slot{Instance: msg.instance}}
		r.jobs[id].move.Replied(now, action, msg.reply)
		r.logEnd(ctx, id, action, string(msg.reply.Class), msg.reply.Code)
	}
	if msg.reply.Class == fault.None {
		r.accepted[msg.instance] = now
	}
}

// forgetStart takes in that an instance is shown stopped. If its start was accepted long enough before, it has failed, and
// the next one is requested anew.
func (r *run) forgetStart(began time.Time, in inventory.Instance) {
	stopped := in.State == inventory.StateStopping || in.State == inventory.StateStopped
	if at, ok := r.accepted[in.ID]; ok && stopped && !began.Before(at.Add(step.Disbelief)) {
		delete(r.accepted, in.ID)
	}
}
