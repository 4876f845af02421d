package failover

import (
	"context"
	"hash/fnv"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// rehearsalGap is the least time between two dry runs of a kind in a scheduled rehearsal: they spend the
// same token buckets that real moves need, five a second for the whole account.
const rehearsalGap = time.Second

// rehearse asks EC2 whether it would allow the plan's moves. A person's dry run is answered at once; the
// scheduled rehearsal takes its time, starts elsewhere each hour, and leaves to later hours what does not
// fit, or what EC2 throttles.
func (h *Handler) rehearse(ctx context.Context, t trigger.Trigger, p plan.Plan) []InterfaceReport {
	scheduled := t.Kind == trigger.KindRehearsal
	list := make([]InterfaceReport, len(p.Items))
	later, tried := false, false
	order := inOrder(len(p.Items))
	if scheduled {
		order = rotation(len(p.Items), time.Now().Truncate(time.Hour))
	}
	for _, i := range order {
		item := p.Items[i]
		list[i] = reportItem(item)
		if item.Settled != "" {
			continue
		}
		list[i].Outcome = plan.OutcomePlanned
		if scheduled && tried && !later {
			later = !pace.Wait(ctx, rehearsalGap)
		}
		if !later {
			tried = true
			later = h.try(ctx, item, !scheduled, &list[i])
		}
		switch {
		case later && scheduled:
			list[i].Reason, list[i].Detail = plan.ReasonRehearsedLater, "there was no time to ask EC2 for it; a later rehearsal will"
		case later:
			list[i].Outcome, list[i].Reason = plan.OutcomeFailed, plan.ReasonNotObserved
			list[i].Detail = "EC2 throttled the dry run, or the time ran out"
		}
	}
	return list
}

func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// rotation is an order of n things that begins with another one in each period, which starts at the instant given:
// what there is no time for in one has its turn in another.
func rotation(n int, period time.Time) []int {
	order := inOrder(n)
	if n == 0 {
		return order
	}
	h := fnv.New32a()
	h.Write([]byte(period.UTC().Format(time.RFC3339)))
	first := int(h.Sum32()>>1) % n
	return append(order[first:], order[:first]...)
}

// try asks EC2 whether it would allow an item's move, and reports whether it could not be asked for the
// rate of calls or the time. EC2 checks permissions in a dry run; whether the rest fits, the plan has
// checked. With patience a throttled question is asked again.
func (h *Handler) try(ctx context.Context, item plan.Item, patient bool, r *InterfaceReport) (unasked bool) {
	if a := item.Interface.Attachment; a != nil {
		r.Attachment = a.ID
		if !item.Interface.Detaching() && r.tried(ctx, h.ec2.TryDetach(ctx, a.ID, patient)) {
			return true
		}
	}
	return r.tried(ctx, h.ec2.TryAttach(ctx, item.Interface.ID, item.Choice.Instance, item.Choice.Index, patient))
}

// tried takes in the answer to a dry run. It reports whether there was none.
func (r *InterfaceReport) tried(ctx context.Context, err error) (unasked bool) {
	switch class := fault.ClassOf(err); {
	case class == fault.None:
	case class == fault.Throttled, class == fault.Unavailable && ctx.Err() != nil:
		return true
	case class == fault.Denied:
		r.refuse(plan.ReasonDenied, err)
	default:
		r.refuse(plan.ReasonNotPermitted, err)
	}
	return false
}

// refuse notes what a dry run would not have allowed.
func (r *InterfaceReport) refuse(reason plan.Reason, err error) {
	if r.Detail != "" {
		r.Detail += ", "
	}
	r.Outcome, r.Reason, r.To = plan.OutcomeFailed, reason, r.From
	r.Detail += err.Error()
}
