package simulation

import (
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// judgeCompletion judges whether a lifecycle action may be completed.
func (r *run) judgeCompletion(inv *invocation, c awssim.Call) {
	instance := c.Params.Get("InstanceId")
	if hook := c.Params.Get("LifecycleHookName"); !strings.HasPrefix(hook, "eni-failover") {
		r.violate("own-hooks", "%s completes %s", inv.name, hook)
	}
	for _, e := range r.now().Interfaces {
		// Completing is allowed if the interface came after the invocation's last look, or was hidden from it.
		if !inv.notShown[e.ID] && !r.saw(inv, func(w *awssim.World) bool { return !takesAlong(w, instance, e.ID) }) {
			r.violate("complete-when-empty", "%s completes the lifecycle action of %s with %s on it", inv.name, instance, e.ID)
		}
	}
	r.after(time.Millisecond, func() { r.afterCompletion(instance) })
}

// takesAlong reports whether an interface is lost with an instance that goes.
func takesAlong(w *awssim.World, instance, id string) bool {
	e := findInterface(w, id)
	return e != nil && movable(e) && !paused(e) && holderOf(e) == instance && e.Attachment.Status != "detaching"
}

// afterCompletion emits the events of an instance that Auto Scaling terminates.
func (r *run) afterCompletion(instance string) {
	in, ok := r.sim.Instance(instance)
	if !ok || in.State != "shutting-down" {
		return
	}
	name := "gone-" + instance
	r.emit(r.stateEvent(name+".0", instance, "shutting-down"))
	r.after(time.Duration(r.scenario.World.Timing.Terminate), func() { r.emit(r.stateEvent(name+".1", instance, "terminated")) })
}
