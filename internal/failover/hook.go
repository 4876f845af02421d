package failover

import (
	"context"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// HookReport says what became of a lifecycle action that waits.
type HookReport struct {
	AutoScalingGroup string `json:"autoScalingGroup"`
	Name             string `json:"name"`
	Completed        bool   `json:"completed"`
	Detail           string `json:"detail,omitempty"`
}

// completeHook lets Auto Scaling go on with terminating the event's instance, if the hook is ours and the
// instance has nothing more that anybody could miss. Otherwise the instance goes on serving until the
// hook's own time-out. It is an error only if Auto Scaling could not be told.
func (h *Handler) completeHook(ctx context.Context, t trigger.Trigger, s inventory.Snapshot, r *result) error {
	if t.Kind != trigger.KindLifecycle {
		return nil
	}
	r.hook = &HookReport{AutoScalingGroup: t.Hook.AutoScalingGroup, Name: t.Hook.Name}
	switch {
	case !t.Hook.Ours():
		r.hook.Detail = "not completed: only hooks whose name starts with " + trigger.HookPrefix + " are"
		return nil
	case r.dryRun:
		r.hook.Detail = "not completed: this is a dry run"
		return nil
	case r.outcome == plan.OutcomeIgnored && r.reason == plan.ReasonStale:
		r.hook.Detail = "not completed: " + r.detail
		return nil
	}
	ctx, cancel := pace.WithReserve(ctx) // what became of the move must be said, whatever Auto Scaling does
	defer cancel()
	if in := s.Instances[t.Instance]; in.Scaling == inventory.ScalingUnknown {
		// The look ended before Auto Scaling was asked: nothing on the instance concerned anybody.
		if states, err := h.scaling.States(ctx, []string{t.Instance}); err == nil {
			in.ID, in.Scaling = t.Instance, states[t.Instance]
			if _, stale := plan.StaleHook(in); stale != "" {
				r.hook.Detail = "not completed: " + stale
				return nil
			}
		}
	}
	interfaces := s.Interfaces
	if r.tookTime() {
		// By now an interface may have been unpaused, or put there by somebody.
		var err error
		if interfaces, err = h.ec2.ManagedInterfaces(ctx); err != nil {
			r.hook.Detail = "not completed: what is on the instance by now could not be asked: " + err.Error()
			return &FailedError{message: "failed: complete the lifecycle action of " + t.Instance + ": " + err.Error() +
				"; every interface was moved; next: nothing, a retry completes it, and so does the hook's own time-out"}
		}
	}
	if left := remaining(t.Instance, s, interfaces, r.interfaces); left != "" {
		r.hook.Detail = "not completed: " + left + " was not moved"
		return nil
	}
	err := h.scaling.Complete(ctx, t.Hook.AutoScalingGroup, t.Hook.Name, t.Hook.Token, t.Instance)
	if err != nil {
		r.hook.Detail = err.Error()
		return &FailedError{message: "failed: " + err.Error() + "; every interface is settled; next: allow autoscaling:CompleteLifecycleAction on the group (its tag " +
			inventory.TagGroup + "), or complete the action by hand"}
	}
	r.hook.Completed = true
	return nil
}

// moved reports whether an interface has left its instance, by this invocation or by somebody else.
func (i *interfaceResult) moved() bool {
	switch i.Outcome {
	case plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomeSuperseded:
		return true
	case plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomePlanned, plan.OutcomeNothingToDo, plan.OutcomeIgnored:
	}
	return false
}

// tookTime reports whether a move was waited for, so that the look that the plan was made on is old.
func (r *result) tookTime() bool {
	return slices.ContainsFunc(r.interfaces, func(i interfaceResult) bool { return i.moved() })
}

// remaining names an interface that an instance would take with it: one of any group, served here or not,
// that it leaves by the look that the plan was made on or by the last one, and that was not moved. Neither is
// enough: since the first one an interface may have come, and the last one may show what was before that.
// Paused and unsupported ones stay where they are by intent.
func remaining(instance string, s inventory.Snapshot, last []inventory.Interface, results []interfaceResult) string {
	doomed, known := s.Instances[instance]
	if !known {
		doomed.ID = instance
	}
	takes := func(e inventory.Interface) bool { return plan.Leaves(doomed, e) && e.Supported() && !e.Paused }
	reported := map[string]interfaceResult{}
	for _, i := range results {
		reported[i.id()] = i
	}
	for _, e := range s.Interfaces {
		if i := reported[e.ID]; takes(e) && !i.needsNothing() && !wentOn(e, last) {
			return e.ID
		}
	}
	for _, e := range last {
		first, known := s.Interface(e.ID)
		i := reported[e.ID]
		// A look may be older than the move; on another attachment it is back.
		old := known && i.moved() && (e.AttachmentID() == "" || e.AttachmentID() == first.AttachmentID())
		if takes(e) && !old {
			return e.ID
		}
	}
	return ""
}

// needsNothing reports whether an interface has left its instance, or is one that need not.
func (i *interfaceResult) needsNothing() bool {
	return i.moved() || i.Reason == plan.ReasonPaused || i.Reason == plan.ReasonUnsupportedInterface || i.Reason == plan.ReasonGone
}

// wentOn reports whether the last look shows an interface on a newer attachment than an earlier look did: it
// proves that somebody moved it, while to show it on none may be history.
func wentOn(e inventory.Interface, last []inventory.Interface) bool {
	return e.Attachment != nil && slices.ContainsFunc(last, func(l inventory.Interface) bool {
		return l.ID == e.ID && l.Attachment != nil && l.Attachment.AttachTime.After(e.Attachment.AttachTime)
	})
}
