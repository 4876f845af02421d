package failover

import (
	"context"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// HookReport says what became of a lifecycle action that waits.
type HookReport struct {
	Group     string `json:"group"`
	Name      string `json:"name"`
	Completed bool   `json:"completed"`
	Detail    string `json:"detail,omitempty"`
}

// completeHook lets Auto Scaling go on with terminating the event's instance, if the hook is ours and the
// instance has nothing more that anybody could miss. Otherwise the instance goes on serving until the
// hook's own time-out. It is an error only if Auto Scaling could not be told.
func (h *Handler) completeHook(ctx context.Context, t trigger.Trigger, s inventory.Snapshot, r *Report) error {
	if t.Kind != trigger.KindLifecycle {
		return nil
	}
	r.Hook = &HookReport{Group: t.Hook.Group, Name: t.Hook.Name}
	switch {
	case !t.Hook.Ours():
		r.Hook.Detail = "not completed: only hooks whose name starts with " + trigger.HookPrefix + " are"
		return nil
	case r.DryRun:
		r.Hook.Detail = "not completed: this is a dry run"
		return nil
	case r.Outcome == plan.OutcomeIgnored && r.Reason == plan.ReasonStale:
		r.Hook.Detail = "not completed: " + r.Detail
		return nil
	}
	if in := s.Instances[t.Instance]; in.Scaling == inventory.ScalingUnknown {
		// The look ended before Auto Scaling was asked: nothing on the instance concerned anybody.
		if states, err := h.scaling.States(ctx, []string{t.Instance}); err == nil {
			in.ID, in.Scaling = t.Instance, states[t.Instance]
			if _, stale := plan.StaleHook(in); stale != "" {
				r.Hook.Detail = "not completed: " + stale
				return nil
			}
		}
	}
	if r.changed() {
		// The move took its time, in which an interface may have been unpaused, or put there by somebody.
		interfaces, err := h.ec2.Managed(ctx)
		if err != nil {
			r.Hook.Detail = "not completed: what is on the instance by now could not be asked: " + err.Error()
			return &FailedError{message: "failed: complete the lifecycle action of " + t.Instance + ": " + err.Error() +
				"; every interface was moved; next: nothing, a retry completes it, and so does the hook's own time-out"}
		}
		s.Interfaces = interfaces
	}
	if left := remaining(t.Instance, s, r.Interfaces); left != "" {
		r.Hook.Detail = "not completed: " + left + " was not moved"
		return nil
	}
	err := h.scaling.Complete(ctx, t.Hook.Group, t.Hook.Name, t.Hook.Token, t.Instance)
	if err != nil {
		r.Hook.Detail = err.Error()
		return &FailedError{message: "failed: " + err.Error() + "; every interface is settled; next: allow autoscaling:CompleteLifecycleAction on the group (its tag " +
			inventory.TagGroup + "), or complete the action by hand"}
	}
	r.Hook.Completed = true
	return nil
}

// changed reports whether any interface was moved or attached.
func (r *Report) changed() bool {
	return slices.ContainsFunc(r.Interfaces, func(i InterfaceReport) bool {
		return i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached
	})
}

// remaining names an interface that an instance would take with it: one of any group, served here or not,
// that it leaves and that was not moved. Paused and unsupported ones stay where they are by intent.
func remaining(instance string, s inventory.Snapshot, reports []InterfaceReport) string {
	settled := map[string]bool{}
	for _, i := range reports {
		switch i.Outcome {
		case plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomeSuperseded:
			settled[i.Interface] = true
		case plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomePlanned, plan.OutcomeNothingToDo, plan.OutcomeIgnored:
		}
	}
	doomed, known := s.Instances[instance]
	if !known {
		doomed.ID = instance
	}
	for _, e := range s.Interfaces {
		if plan.Leaves(doomed, e) && e.Supported() && !e.Paused && !settled[e.ID] {
			return e.ID
		}
	}
	return ""
}
