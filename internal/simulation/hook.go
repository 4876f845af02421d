package simulation

import (
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// judgeCompletion judges whether Auto Scaling may be told to go on.
func (r *run) judgeCompletion(inv *invocation, c awssim.Call) {
	inv.completed = true
	instance := c.Params.Get("InstanceId")
	if hook := c.Params.Get("LifecycleHookName"); !strings.HasPrefix(hook, "eni-failover") {
		r.violate("own-hooks", "%s completes %s", inv.name, hook)
	}
	// Whatever it has must have come after the invocation looked.
	if left := r.always(inv, func(w *awssim.World) string { return leftOn(w, instance) }); left != "" {
		r.violate("complete-when-empty", "%s lets %s go with %s on it", inv.name, instance, left)
	}
	r.in(time.Millisecond, func() { r.afterCompletion(instance) })
}

// always returns an interface that stood in the way in every state since the invocation began to look.
func (r *run) always(inv *invocation, left func(w *awssim.World) string) string {
	found := ""
	if r.saw(inv, func(w *awssim.World) bool { found = left(w); return found == "" }) {
		return ""
	}
	return found
}

// leftOn names an interface that an instance would take with it.
func leftOn(w *awssim.World, instance string) string {
	for n := range w.Interfaces {
		e := &w.Interfaces[n]
		if movable(e) && !paused(e) && holderOf(e) == instance && e.Attachment.Status != "detaching" {
			return e.ID
		}
	}
	return ""
}

// afterCompletion sends the notices of an instance that Auto Scaling terminates.
func (r *run) afterCompletion(instance string) {
	in, ok := r.sim.Instance(instance)
	if !ok || in.State != "shutting-down" {
		return
	}
	name := "gone-" + instance
	r.emit(r.stateEvent(name+".0", instance, "shutting-down"))
	r.in(time.Duration(r.scenario.World.Timing.Terminate), func() { r.emit(r.stateEvent(name+".1", instance, "terminated")) })
}
