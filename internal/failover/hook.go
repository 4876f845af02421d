package failover

import (
	"context"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// HookReport says what became of a lifecycle action that waits.
type HookReport struct {
	AutoScalingGroup string `json:"autoScalingGroup"`
	Name             string `json:"name"`
	Completed        bool   `json:"completed"`
	Detail           string `json:"detail,omitempty"`
}

// completeHook lets Auto Scaling go on with terminating an instance, unless something speaks against that. It is an
// error only if Auto Scaling could not be told.
func (h *Handler) completeHook(ctx context.Context, action plan.LifecycleAction) (*HookReport, error) {
	hook, instance := action.Trigger.Hook, action.Trigger.Instance
	r := &HookReport{AutoScalingGroup: hook.AutoScalingGroup, Name: hook.Name}
	ctx, cancel := pace.WithReserve(ctx) // what became of the move must be said, whatever Auto Scaling does
	defer cancel()
	why, err := h.blocked(ctx, action)
	switch {
	case err != nil:
		r.Detail = "not completed: what is on the instance by now could not be asked: " + err.Error()
		return r, &FailedError{message: "failed: complete the lifecycle action of " + instance + ": " + err.Error() +
			"; every interface was moved; next: nothing, a retry completes it, and so does the hook's own time-out"}
	case why != "":
		r.Detail = "not completed: " + why
		return r, nil
	}
	if err := h.scaling.Complete(ctx, hook.AutoScalingGroup, hook.Name, hook.Token, instance); err != nil {
		r.Detail = err.Error()
		return r, &FailedError{message: "failed: " + err.Error() + "; every interface is settled; next: allow autoscaling:CompleteLifecycleAction on the group (its tag " +
			inventory.TagGroup + "), or complete the action by hand"}
	}
	r.Completed = true
	return r, nil
}

// blocked asks what the plan's snapshot does not tell of a lifecycle action, and says why it is not completed; empty if
// it may be.
func (h *Handler) blocked(ctx context.Context, action plan.LifecycleAction) (string, error) {
	if why := action.LeftAlone(); why != "" {
		return why, nil
	}
	if action.Scaling == inventory.ScalingUnknown {
		// The instance concerned no interface, so the read ended before Auto Scaling was asked.
		instance := action.Trigger.Instance
		if states, err := h.scaling.States(ctx, []string{instance}); err == nil {
			action.Scaling = states[instance]
		}
		if why := action.LeftAlone(); why != "" {
			return why, nil
		}
	}
	if action.Moved() {
		// Meanwhile an interface may have been unpaused, or attached to the instance.
		var err error
		if action.Last, err = h.ec2.ManagedInterfaces(ctx); err != nil {
			return "", err
		}
	}
	return action.Blocked(), nil
}

// resultsOf returns the results of interfaces by their ids.
func resultsOf(interfaces []interfaceResult) map[string]plan.Result {
	results := map[string]plan.Result{}
	for _, i := range interfaces {
		results[i.id()] = plan.Result{Outcome: i.Outcome, Reason: i.Reason}
	}
	return results
}
