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

// rehearsalGap is the time between the dry runs of two interfaces in a scheduled rehearsal. Dry runs spend the token
// buckets that real moves need: five calls a second for the whole account.
const rehearsalGap = time.Second

// rehearse asks EC2 whether it would allow the plan's moves. The dry run of an event or a request asks for all of them at
// once. The scheduled rehearsal pauses between them and begins with another interface each hour. What it has no time for,
// or what EC2 throttles, it leaves to later hours.
func (h *Handler) rehearse(ctx context.Context, t trigger.Trigger, p plan.Plan) []interfaceResult {
	scheduled := t.Kind == trigger.KindRehearsal
	list := make([]interfaceResult, len(p.Items))
	later, asked := false, false
	order := inOrder(len(p.Items))
	if scheduled {
		order = rotation(len(p.Items), time.Now().Truncate(time.Hour))
	}
	for _, n := range order {
		i := &list[n]
		*i = planned(p.Items[n])
		if i.settled {
			continue
		}
		i.Outcome = plan.OutcomePlanned
		if scheduled && asked && !later { // the first call needs no pause
			later = !pace.Wait(ctx, rehearsalGap)
		}
		if !later {
			asked = true
			later = h.askEC2(ctx, !scheduled, i)
		}
		switch {
		case later && scheduled:
			i.Reason, i.Detail = plan.ReasonRehearsedLater, "there was no time to ask EC2 for it; a later rehearsal will"
		case later:
			i.Outcome, i.Reason, i.Detail = plan.OutcomeFailed, plan.ReasonNotObserved, "EC2 throttled the dry run, or the time ran out"
		}
	}
	return list
}

// inOrder returns the indexes of n things in their order.
func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// rotation returns the indexes of n things in an order that begins with another one in each period, so that each thing
// comes first at some time. The period is named by its start.
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

// askEC2 asks EC2 whether it would allow the interface's move, and reports whether there was no answer for lack of rate or
// time. A dry run only checks permissions (EC2 API, DryRun); the plan has checked the rest, but for the capacity that a cold
// standby needs, and the keys of its volumes. With insist, a throttled call is repeated.
func (h *Handler) askEC2(ctx context.Context, insist bool, i *interfaceResult) (unasked bool) {
	e, slot := i.item.Interface, i.item.Choice
	if i.item.Chosen().Start && i.answered(ctx, h.ec2.TryStartInstance(ctx, slot.Instance, insist)) {
		return true
	}
	if a := e.Attachment; a != nil {
		i.Attachment = a.ID
		if !e.Detaching() && i.answered(ctx, h.ec2.TryDetach(ctx, a.ID, insist)) {
			return true
		}
	}
	return i.answered(ctx, h.ec2.TryAttach(ctx, e.ID, slot.Instance, slot.Index, insist))
}

// answered records the answer to a dry run. It reports whether there was none.
func (i *interfaceResult) answered(ctx context.Context, err error) (unasked bool) {
	switch class := fault.ClassOf(err); {
	case class == fault.None:
	// An answer that did not come in time says nothing about the move.
	case class == fault.Throttled, class == fault.Unavailable && ctx.Err() != nil:
		return true
	case class == fault.Denied:
		i.refuse(plan.ReasonDenied, err)
	default:
		i.refuse(plan.ReasonNotPermitted, err)
	}
	return false
}

// refuse records what EC2 would not have allowed. The interface would stay where it is.
func (i *interfaceResult) refuse(reason plan.Reason, err error) {
	if i.Detail != "" {
		i.Detail += ", "
	}
	i.Outcome, i.Reason, i.To = plan.OutcomeFailed, reason, i.item.From
	i.Detail += err.Error()
}
