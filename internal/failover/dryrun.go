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
func (h *Handler) rehearse(ctx context.Context, t trigger.Trigger, p plan.Plan) []interfaceResult {
	scheduled := t.Kind == trigger.KindRehearsal
	list := make([]interfaceResult, len(p.Items))
	later, tried := false, false
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
		if scheduled && tried && !later {
			later = !pace.Wait(ctx, rehearsalGap)
		}
		if !later {
			tried = true
			later = h.try(ctx, !scheduled, i)
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

// try asks EC2 whether it would allow an item's move, and reports whether it could not be asked because of the rate of
// calls or the time. EC2 checks permissions in a dry run; the plan has checked the rest. With insist, a throttled
// question is asked again.
func (h *Handler) try(ctx context.Context, insist bool, i *interfaceResult) (unasked bool) {
	e, slot := i.item.Interface, i.item.Choice
	if a := e.Attachment; a != nil {
		i.Attachment = a.ID
		if !e.Detaching() && i.tried(ctx, h.ec2.TryDetach(ctx, a.ID, insist)) {
			return true
		}
	}
	return i.tried(ctx, h.ec2.TryAttach(ctx, e.ID, slot.Instance, slot.Index, insist))
}

// tried takes in the answer to a dry run. It reports whether there was none.
func (i *interfaceResult) tried(ctx context.Context, err error) (unasked bool) {
	switch class := fault.ClassOf(err); {
	case class == fault.None:
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
