package failover

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// writeReachedTags writes the tag eni-failover:reached where the plan asks for it, one after the other: nothing is urgent,
// and EC2's bucket for changes belongs to the moves. Each gets one attempt. The probe says it again in its next run as
// long as the tag is not there, so only a missing permission is an error.
func (h *Handler) writeReachedTags(ctx context.Context, list []interfaceResult) {
	for n := range list {
		i := &list[n]
		// After a move the attachment is another one, which has not answered yet.
		if !i.item.WriteReachedTag || i.Attachment != i.item.Interface.AttachmentID() {
			continue
		}
		err := h.ec2.WriteReachedTag(ctx, i.id(), i.Attachment)
		class := fault.ClassOf(err)
		switch {
		case class == fault.None:
			i.reachedTagWritten = true
		case class == fault.Denied && i.Reason == plan.ReasonReached: // what became of a verdict says more
			i.settled, i.Outcome, i.Reason, i.Detail = false, plan.OutcomeFailed, plan.ReasonDenied, err.Error()
		default:
			i.warnings = append(i.warnings, "the tag eni-failover:reached was not written, the probe's next run asks for it again: "+err.Error())
		}
	}
}

// attachToReached returns the time from the attach to the probe's first answer. It reports false if the tag was not
// written, or if the answer has no time.
func (r *result) attachToReached(i *interfaceResult) (time.Duration, bool) {
	at := trigger.FindProbed(r.trigger.Answered, i.id()).ReachedAt
	if !i.reachedTagWritten || at.IsZero() {
		return 0, false
	}
	return max(0, at.Sub(i.item.Interface.Attachment.AttachTime)), true
}
