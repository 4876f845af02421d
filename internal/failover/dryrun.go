package failover

import (
	"context"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// try asks EC2 whether it would allow an item's move. EC2 checks permissions in a dry run; whether the
// rest fits, the plan has checked.
func (h *Handler) try(ctx context.Context, item plan.Item) InterfaceReport {
	r := reportItem(item)
	r.Outcome = plan.OutcomePlanned
	a := item.Interface.Attachment
	if a != nil {
		r.Attachment = a.ID
		if !item.Interface.Detaching() {
			r.tried(h.ec2.TryDetach(ctx, a.ID))
		}
	}
	r.tried(h.ec2.TryAttach(ctx, item.Interface.ID, item.Choice.Instance, item.Choice.Index))
	if r.Outcome == plan.OutcomeFailed {
		r.To = item.From
	}
	return r
}

// tried takes in the answer to a dry run.
func (r *InterfaceReport) tried(err error) {
	if err == nil {
		return
	}
	r.Outcome, r.Reason = plan.OutcomeFailed, plan.ReasonNotPermitted
	if fault.ClassOf(err) == fault.Denied {
		r.Reason = plan.ReasonDenied
	}
	if r.Detail != "" {
		r.Detail += ", "
	}
	r.Detail += err.Error()
}
