package plan

import (
	"fmt"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Result is what became of an interface: what the plan says of one that it settles, what its move came to otherwise.
type Result struct {
	Outcome Outcome
	Reason  Reason
}

// Moved reports whether the interface has left its instance, by this invocation or by another one.
func (r Result) Moved() bool {
	return r.Outcome == OutcomeMoved || r.Outcome == OutcomeAttached || r.Outcome == OutcomeSuperseded
}

// LifecycleAction is an Auto Scaling group that waits to terminate an instance, with all that decides whether the
// group may go on. If it is not told to, the instance serves until the hook's own time-out.
type LifecycleAction struct {
	Trigger trigger.Trigger
	// Scaling is the instance's state in its Auto Scaling group, and Last are the managed interfaces, as last read: as
	// in the plan's snapshot, until they are asked for once more.
	Scaling inventory.Scaling
	Last    []inventory.Interface

	plan   Plan
	dryRun bool
	// first is the snapshot that the plan was made on, and results are those of its items, by interface.
	first   inventory.Snapshot
	results map[string]Result
}

// NewLifecycleAction makes the lifecycle action of a trigger from its plan, the snapshot that the plan was made on, and
// the results of the plan's items by interface.
func NewLifecycleAction(t trigger.Trigger, p Plan, dryRun bool, first inventory.Snapshot, results map[string]Result) LifecycleAction {
	return LifecycleAction{
		Trigger: t, plan: p, dryRun: dryRun, first: first, results: results,
		Scaling: first.Instances[t.Instance].Scaling, Last: first.Interfaces,
	}
}

// Moved reports whether an interface was moved, so that the first read is old by now.
func (a LifecycleAction) Moved() bool {
	for _, r := range a.results {
		if r.Moved() {
			return true
		}
	}
	return false
}

// LeftAlone says why the action is not completed, whatever becomes of the interfaces; empty if it may be completed.
func (a LifecycleAction) LeftAlone() string {
	switch {
	case !a.Trigger.Hook.Ours():
		return "only hooks whose name starts with " + trigger.HookPrefix + " are"
	case a.dryRun:
		return "this is a dry run"
	case a.plan.Ignored == ReasonStale:
		return a.plan.Detail
	}
	_, detail := staleLifecycle(a.Trigger.Instance, a.Scaling)
	return detail
}

// Blocked says which interface speaks against completing the action; empty if none does.
func (a LifecycleAction) Blocked() string {
	if id := a.remaining(); id != "" {
		return id + " was not moved"
	}
	return ""
}

// staleLifecycle says that Auto Scaling does not terminate the instance any more; empty if it does, or gives no answer.
func staleLifecycle(instance string, scaling inventory.Scaling) (Reason, string) {
	if scaling == inventory.ScalingInService || scaling == inventory.ScalingStandby {
		return ReasonStale, fmt.Sprintf("Auto Scaling says that %s is %s now", instance, scaling)
	}
	return "", ""
}

// remaining returns an interface that the instance would take with it, empty if there is none. Neither read is enough:
// after the first one an interface may have come to the instance, and the last one may show what was before that.
func (a LifecycleAction) remaining() string {
	for _, e := range a.first.Interfaces {
		if a.takes(e) && !a.settled(e) {
			return e.ID
		}
	}
	for _, e := range a.Last {
		if a.takes(e) && !a.outdated(e) {
			return e.ID
		}
	}
	return ""
}

// takes reports whether the instance takes the interface with it by what the given read shows. The group may be any,
// served here or not. A paused or unsupported interface stays where it is by intent.
func (a LifecycleAction) takes(e inventory.Interface) bool {
	doomed := a.first.Instances[a.Trigger.Instance]
	doomed.ID = a.Trigger.Instance
	return leaves(doomed, e) && e.Supported() && !e.Paused
}

// settled reports whether an interface that the first read shows on the instance has left it since, or is one that
// stays by intent.
func (a LifecycleAction) settled(e inventory.Interface) bool {
	r := a.results[e.ID]
	stays := r.Reason == ReasonPaused || r.Reason == ReasonUnsupportedInterface || r.Reason == ReasonGone
	return r.Moved() || stays || a.wentOn(e)
}

// wentOn reports whether the last read shows the interface on a newer attachment than the first: that proves that
// someone moved it, while to be shown on none may be history.
func (a LifecycleAction) wentOn(e inventory.Interface) bool {
	return e.Attachment != nil && slices.ContainsFunc(a.Last, func(l inventory.Interface) bool {
		return l.ID == e.ID && l.Attachment != nil && l.Attachment.AttachTime.After(e.Attachment.AttachTime)
	})
}

// outdated reports whether the last read shows an interface that was moved as it was before that: on no attachment, or
// on the one that it had at first. On any other attachment it has come back.
func (a LifecycleAction) outdated(e inventory.Interface) bool {
	first, known := a.first.Interface(e.ID)
	return known && a.results[e.ID].Moved() && (e.AttachmentID() == "" || e.AttachmentID() == first.AttachmentID())
}
