package mover

import (
	"cmp"
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// change makes the change that is due for an interface, in a goroutine of its own.
func (r *run) change(ctx context.Context, id string, action step.Action) {
	r.logBegin(ctx, id, action)
	from := r.jobs[id].move.Item().From
	r.call([]string{id}, func() message {
		attachment, err := r.mover.change(ctx, id, from, action)
		reply := step.Reply{Class: fault.ClassOf(err), Code: fault.CodeOf(err), Attachment: attachment}
		return changeEnded{id: id, action: action, reply: reply}
	})
}

// change makes one change, with one attempt: whether it is repeated is for the move to say, after a look. It returns the
// id of the attachment that an attach has made.
func (m *Mover) change(ctx context.Context, id, from string, action step.Action) (attachment string, err error) {
	switch action.Do {
	case step.WriteLeftTag:
		return "", m.ec2.WriteLeftTag(ctx, id, inventory.LeftTag{Instance: from, Time: time.Now()})
	case step.Detach:
		return "", m.ec2.Detach(ctx, action.Attachment, action.Force)
	case step.Attach:
		return m.ec2.Attach(ctx, id, action.Slot.Instance, action.Slot.Index)
	case step.Start, step.AskOrigin, step.Replan, step.Wait, step.Finish:
	}
	return "", nil
}

// deliverReply gives a move the reply to its change, and sets the pace of the looks by it. The log comes last, so that it
// has the state after the reply.
func (r *run) deliverReply(ctx context.Context, now time.Time, msg changeEnded) {
	j, action := r.jobs[msg.id], msg.action
	if action.Do == step.Attach && msg.reply.Class == fault.Denied {
		r.denied(ctx, j.move.Item(), plan.Candidate{Instance: action.Slot.Instance, Reason: plan.ReasonDenied, Detail: msg.reply.Code})
	}
	j.move.Replied(now, action, msg.reply)
	r.logEnd(ctx, msg.id, action, string(msg.reply.Class), cmp.Or(msg.reply.Code, msg.reply.Attachment))
	switch msg.reply.Class {
	case fault.None:
		// The looks of all moves become frequent again. That costs little: changes come together.
		j.unanswered = 0
		r.pacer.changed(now, action.Do == step.Attach)
	case fault.Unavailable:
		// The change may have been made, so a look follows as soon as after an accepted one. But not each time that a
		// reply is missing in a row: EC2 is in trouble then, and looks would add to it.
		if j.unanswered++; j.unanswered == 1 {
			r.pacer.changed(now, action.Do == step.Attach)
		}
	case fault.Throttled:
		// A change has a token bucket of its own: the looks, which most invocations need, may have tokens left.
	case fault.Denied, fault.Gone, fault.Stale, fault.Conflict, fault.InUse, fault.Full, fault.IndexTaken,
		fault.Candidate, fault.Forbidden, fault.Invalid:
		// Nothing was set in motion, so there is no reason to look, or to ask again, any sooner.
	}
}
