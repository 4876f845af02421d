package awssim

import (
	"strings"
	"time"
)

// forcedDetach is the longest that a forced detach takes: it does not wait for the guest.
const forcedDetach = time.Second

// detachNetworkInterface answers DetachNetworkInterface: the attachment is `detaching` at once, and the
// interface free after Timing.Detach; at a hung guest, never, until it is forced. The attachment's id is
// a compare-and-set token: one that is over is not found, whatever the interface does now.
func detachNetworkInterface(e *exchange, out *xmlWriter) *refusal {
	id, refused := e.required("AttachmentId")
	if refused != nil {
		return refused
	}
	i, refused := e.attachmentOf(id)
	if refused != nil {
		return refused
	}
	if holder := e.acc.findInstance(i.Attachment.Instance); holder != nil {
		if refused := deniedByWorld(holder.RefuseDetach, "detachment from", holder.ID); refused != nil {
			return refused
		}
	}
	if refused := e.permit(e.holderResource(i.Attachment), e.interfaceResource(i)); refused != nil {
		return refused
	}
	force := e.req.params.Get("Force") == "true"
	if refused := e.detachable(i, force); refused != nil {
		return refused
	}
	i.setStatus(detaching)
	holder := e.acc.findInstance(i.Attachment.Instance)
	takes := time.Duration(e.acc.Timing.Detach)
	if force {
		takes = min(takes, forcedDetach)
	}
	if force || !holder.HungGuest || holder.State != running {
		e.sim.scheduleUnlessSooner(e.now.Add(takes), id, func() { e.sim.completeDetach(id) })
	}
	out.flag("return", true)
	return nil
}

// detached completes a detach, unless the attachment has been changed in the meantime.
func (s *Sim) completeDetach(id string) {
	if i := s.acc.findAttachment(id); i != nil && i.Attachment.Status == detaching {
		s.acc.detach(i)
	}
}

// attachmentOf finds the interface that has an attachment.
func (e *exchange) attachmentOf(id string) (*Interface, *refusal) {
	i := e.acc.findAttachment(id)
	switch {
	case strings.HasPrefix(id, "ela-attach-"):
		return nil, refuse("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")
	case i != nil:
		return i, nil
	case !wellFormed(id, "eni-attach-"):
		return nil, refuse("InvalidNetworkInterfaceAttachmentId.Malformed",
			"Invalid id: %q (expecting \"eni-attach-...\")", id)
	}
	// Without an instance and an interface there is nothing that a policy with conditions on tags could
	// allow: the caller then hears of its permissions rather than of the attachment that is over. (Which
	// of the two EC2 says is not documented; it has been seen to say this.)
	unknown := []resource{{arn: e.arn("instance", "*", e.acc.Account)}, {arn: e.arn("network-interface", "*", e.acc.Account)}}
	if refused := e.unauthorized(unknown); refused != nil {
		return nil, refused
	}
	return nil, refuse("InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", id)
}

// detachable judges whether this attachment can be ended now.
func (e *exchange) detachable(i *Interface, force bool) *refusal {
	a := i.Attachment
	if a.InstanceOwner != e.acc.Account {
		return refuse("AuthFailure", "You do not have permission to access the specified resource.")
	}
	holder := e.acc.findInstance(a.Instance)
	if refused := e.movable(i, holder.State); refused != nil {
		return refused
	}
	switch {
	case holder.RefuseDetach != "":
		return refuse(holder.RefuseDetach, "The detachment from '%s' was refused", holder.ID)
	case i.primary():
		// EC2 guide: the primary network interface cannot be detached.
		return refuse("OperationNotPermitted",
			"The network interface at device index 0 and networkCard index 0 cannot be detached.")
	case a.Status == detaching && force:
		// The way out of a detach that hangs (API reference, Force), whatever the instance does.
		return nil
	case a.Status == detaching:
		return refuse("IncorrectState", "The attachment '%s' is 'detaching'", a.ID)
	case holder.State != running && holder.State != stopped:
		// In transition, and refused with Force as well: which code EC2 gives for which state is not
		// documented.
		return refuse("IncorrectState", "The instance '%s' is '%s'", holder.ID, holder.State)
	case a.Status == attaching && !force && e.now.Sub(a.AttachTime) <= time.Duration(e.acc.Timing.Attach):
		// An attach in progress. One that hangs, past its time, can be detached.
		return refuse("IncorrectState", "The attachment '%s' is 'attaching'", a.ID)
	}
	return nil
}
