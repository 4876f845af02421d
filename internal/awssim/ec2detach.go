package awssim

import (
	"strings"
	"time"
)

// maxForcedDetach limits the time of a forced detach, which does not wait for the guest.
const maxForcedDetach = time.Second

// detachNetworkInterface answers DetachNetworkInterface. The attachment is `detaching` at once, and the interface is
// unattached after Timing.Detach, or with a hung guest only after a forced detach. The attachment's id is a
// compare-and-set token: an attachment that is over is not found, even if the interface has another one.
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
		takes = min(takes, maxForcedDetach)
	}
	if force || !holder.HungGuest || holder.State != running {
		e.sim.scheduleUnlessSooner(e.now.Add(takes), id, func() { e.sim.completeDetach(id) })
	}
	out.flag("return", true)
	return nil
}

// completeDetach completes a detach, unless the attachment has changed meanwhile.
func (s *Sim) completeDetach(id string) {
	if i := s.acc.findAttachment(id); i != nil && i.Attachment.Status == detaching {
		s.acc.detach(i)
	}
}

// attachmentOf returns the interface with an attachment.
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
	// An attachment that is over has neither instance nor interface, so a policy with conditions on tags cannot allow
	// the call: the caller is told about its permissions rather than about the attachment. (AWS does not document which
	// of the two EC2 says; it has been seen to say this.)
	unknown := []resource{{arn: e.arn("instance", "*", e.acc.Account)}, {arn: e.arn("network-interface", "*", e.acc.Account)}}
	if refused := e.unauthorized(unknown); refused != nil {
		return nil, refused
	}
	return nil, refuse("InvalidAttachmentID.NotFound", "The attachment ID '%s' does not exist", id)
}

// detachable refuses a detach that the states do not allow.
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
		// Force ends a detach that hangs (API reference, Force), in any state of the instance.
		return nil
	case a.Status == detaching:
		return refuse("IncorrectState", "The attachment '%s' is 'detaching'", a.ID)
	case holder.State != running && holder.State != stopped:
		// In transition even Force is refused. AWS does not document the code for each state.
		return refuse("IncorrectState", "The instance '%s' is '%s'", holder.ID, holder.State)
	case a.Status == attaching && !force && e.now.Sub(a.AttachTime) <= time.Duration(e.acc.Timing.Attach):
		// An attach in progress can't be detached; one that hangs beyond its time can.
		return refuse("IncorrectState", "The attachment '%s' is 'attaching'", a.ID)
	}
	return nil
}
