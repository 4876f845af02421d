package simulation

import (
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// judgeDetach judges a detach.
func (r *run) judgeDetach(inv *invocation, c awssim.Call, f awssim.Fault) {
	attachment := c.Params.Get("AttachmentId")
	e := onAttachment(r.now(), attachment)
	// An attachment that is over must at least have been seen.
	if e == nil && !r.saw(inv, func(w *awssim.World) bool { e = onAttachment(w, attachment); return e != nil }) {
		r.violate("observed-attachment", "%s detaches %s, which it never saw", inv.name, attachment)
		return
	}
	inv.statusBefore[attachment] = e.Attachment.Status
	resumed := inv.origin[e.ID] == holderOf(e) // the interface is back where this move took it from
	inv.beginMove(e)
	if !inv.mayHaveMade(e) {
		if _, ok := r.touchable(inv, e.ID, f); !ok {
			return
		}
	}
	r.answeredBefore(inv, e.ID, c.Action)
	if c.Params.Get("Force") == "true" {
		r.judgeForce(inv, e)
	}
	if e.Attachment.Status != "detaching" && !inv.mayHaveMade(e) && !resumed {
		r.judgeTakeoff(inv, e)
	}
	if inv.owns(attachment) && e.Attachment.Status == "attached" {
		r.judgeOwnAttachment(inv, e, f)
	}
}

// judgeOwnAttachment judges whether an invocation may take off an attachment that it made itself and that is attached
// by now. It may if the target has left, or if a look that came late enough showed the interface attaching.
func (r *run) judgeOwnAttachment(inv *invocation, e *awssim.Interface, f awssim.Fault) {
	const hangs = 30 * time.Second // the shortest time that a target is given
	since, attachment := inv.attachedAt[e.Attachment.ID], e.Attachment
	_, looked := r.lastLook(inv, e.ID, r.askedAt(f))
	if looked.Sub(since) < hangs-r.callTime() && !r.sawInstance(inv, attachment.Instance, leaving) {
		r.violate("healthy-attachment", "%s takes %s off %s again, %s after its own attach; its last look was %s after the attach", inv.name, e.ID, attachment.Instance, ago(since), looked.Sub(since))
	}
}

// judgeTakeoff judges whether an interface may be taken off its holder.
func (r *run) judgeTakeoff(inv *invocation, e *awssim.Interface) {
	holder := e.Attachment.Instance
	why := takeoff{r, inv, e}
	if inv.event.Kind == "unreachable" {
		why.judgeVerdict()
	} else if !why.justified() {
		r.violate("healthy-holder", "%s takes %s off %s without a reason", inv.name, e.ID, holder)
	}
	if !r.saw(inv, func(w *awssim.World) bool {
		seen := findInterface(w, e.ID)
		if seen == nil {
			seen = e // it was deleted, perhaps after the look that the detach is made on and before the standby was shown running
		}
		in := findInstance(w, holder)
		serves := !leaving(in) && seen.Attachment != nil && seen.Attachment.Status == "attached"
		nothingToLose := !serves || e.Attachment.Status == "attaching"
		// An interface that is not shown leaves a slot that seems free.
		return r.standbyIn(inv, w, seen, nothingToLose, holder) ||
			r.standbyIn(inv, without(w, slices.Collect(maps.Keys(inv.notShown))), seen, nothingToLose, holder)
	}) && !inv.blind {
		r.violate("standby-first", "%s takes %s off %s and saw no standby", inv.name, e.ID, holder)
	}
}

// standbyIn reports whether a state contains a possible standby. Other calls say whether it is interrupted, impaired,
// or leaving its Auto Scaling group, and may have been shown an earlier or a later state, or not the instance at all: then it
// is the last choice, and a choice. No call says that a stopped instance is impaired.
func (r *run) standbyIn(inv *invocation, w *awssim.World, e *awssim.Interface, nothingToLose bool, but string) bool {
	return slices.ContainsFunc(w.Instances, func(in awssim.Instance) bool {
		may := func(match func(in *awssim.Instance) bool) bool {
			return r.sawInstance(inv, in.ID, func(in *awssim.Instance) bool { return in == nil || match(in) })
		}
		return in.ID != but && hasRoom(w, e, &in) &&
			(inv.unknown[fact{"DescribeSpotInstanceRequests", in.ID}] || may(func(in *awssim.Instance) bool { return !interrupted(in) })) &&
			may(func(in *awssim.Instance) bool { return !leavingGroup(in) }) &&
			(nothingToLose || inv.unknown[fact{"DescribeInstanceStatus", in.ID}] || may(func(in *awssim.Instance) bool { return in.State != "running" || !impaired(in) }))
	})
}
