package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// startTagged reports whether a tag allows starting an instance.
func startTagged(in *awssim.Instance) bool {
	value, tagged := in.Tags[tagStart]
	return tagged && value != "false"
}

// startable reports whether an instance that does not run could take the interface after a start.
func startable(w *awssim.World, e *awssim.Interface, in *awssim.Instance) bool {
	return (in.State == "stopped" || in.State == "pending") && startTagged(in) && in.Lifecycle != "spot" && in.AutoScalingGroup == "" &&
		suits(e, in) && freeSlots(w, in) > 0
}

// coldStandby returns an instance other than but that could take the interface after a start that succeeds.
func (r *run) coldStandby(w *awssim.World, e *awssim.Interface, but string) *awssim.Instance {
	for n := range w.Instances {
		if in := &w.Instances[n]; r.settings.Policy.StartStandbys && in.ID != but && !in.HungStart && startable(w, e, in) {
			return in
		}
	}
	return nil
}

// judgeStart judges a start: whether it is allowed, needed, and the only one.
func (r *run) judgeStart(inv *invocation, c awssim.Call) {
	id := c.Params.Get("InstanceId.1")
	was := func(match func(in *awssim.Instance) bool) bool {
		return r.sawInstance(inv, id, func(in *awssim.Instance) bool { return in != nil && match(in) })
	}
	switch {
	case id == "" || c.Params.Has("InstanceId.2"):
		r.violate("start-one", "%s starts %v", inv.name, c.Params)
		return
	case !r.settings.Policy.StartStandbys:
		r.violate("start-allowed", "%s starts %s without START_STANDBYS", inv.name, id)
	case !was(startTagged):
		r.violate("start-allowed", "%s starts %s, whose tags do not allow it", inv.name, id)
	case !was(func(in *awssim.Instance) bool { return in.Lifecycle != "spot" }):
		r.violate("start-allowed", "%s starts %s, a Spot instance", inv.name, id)
	case !was(func(in *awssim.Instance) bool { return in.AutoScalingGroup == "" }):
		r.violate("start-allowed", "%s starts %s, which is in an Auto Scaling group", inv.name, id)
	case !was(func(in *awssim.Instance) bool { return in.State == "stopped" }):
		r.violate("start-once", "%s starts %s, which it never saw stopped", inv.name, id)
	}
	wanting := r.wanting(inv, id)
	if len(wanting) == 0 {
		r.violate("start-needed", "%s starts %s, and no interface needs it", inv.name, id)
	}
	if len(wanting) == 1 {
		r.judgeOtherStandby(inv, wanting[0], id)
	}
}

// wanting lists the interfaces that may need the start of an instance: the invocation may move them, and their holder is
// doomed or absent.
func (r *run) wanting(inv *invocation, id string) []string {
	set := map[string]bool{}
	r.saw(inv, func(w *awssim.World) bool {
		in := findInstance(w, id)
		for n := range w.Interfaces {
			e := &w.Interfaces[n]
			if in == nil || !inv.touched[e.ID] && (!movable(e) || paused(e) || !r.serves(e.Tags[tagGroup])) {
				continue
			}
			if suits(e, in) && (e.Attachment == nil || e.Attachment.Status == "detaching" || r.mayTakeOff(inv, e)) {
				set[e.ID] = true // it may be deleted by now
			}
		}
		return false
	})
	return slices.Sorted(maps.Keys(set))
}

// mayTakeOff reports whether an interface may be taken off the instance that it is on.
func (r *run) mayTakeOff(inv *invocation, e *awssim.Interface) bool {
	if inv.event.Kind == "unreachable" {
		_, named := inv.event.verdictOn(e.ID)
		return named
	}
	return takeoff{r, inv, e}.justified()
}

// judgeOtherStandby judges whether a start for one interface was needed: no other standby ran all the time that the
// invocation can have looked at, and none was starting.
func (r *run) judgeOtherStandby(inv *invocation, id, starts string) {
	// A rebalance recommendation passes over Spot instances of the same pool.
	if inv.blind || inv.attempts[id] > 0 || inv.targetStopped || len(inv.notShown) > 0 || inv.event.Target != "" ||
		inv.event.Kind == "rebalance" {
		return
	}
	for n := range r.now().Instances {
		other := &r.now().Instances[n]
		if other.ID == starts || !r.usable(inv, other) || len(r.wanting(inv, other.ID)) > 1 || r.leftToOthers(inv, id, other.ID) {
			continue // another interface may get its slot
		}
		always := func(match func(w *awssim.World, e *awssim.Interface, in *awssim.Instance) bool) bool {
			return !r.saw(inv, func(w *awssim.World) bool {
				e, in := findInterface(w, id), findInstance(w, other.ID)
				origin := e != nil && in != nil && (holderOf(e) == in.ID || strings.HasPrefix(e.Tags[tagLeft], in.ID))
				return e == nil || in == nil || origin || holdsOneOf(w, in, inv.event.Group) || !match(w, e, in)
			})
		}
		if always(func(w *awssim.World, e *awssim.Interface, in *awssim.Instance) bool { return eligible(w, e, in, false) }) {
			r.violate("start-needed", "%s starts %s for %s, and %s runs", inv.name, starts, id, other.ID)
		}
		const soon = 20 * time.Second // a start that takes longer may be given up
		if time.Since(inv.began) < soon && always(func(w *awssim.World, e *awssim.Interface, in *awssim.Instance) bool {
			return in.State == "pending" && startable(w, e, in)
		}) {
			r.violate("start-once", "%s starts %s for %s, and %s is starting", inv.name, starts, id, other.ID)
		}
	}
}

// leftToOthers reports whether the slot of a standby that runs may be left to an interface that another invocation is about
// to move: its holder is going away, and it is not the one of the two that can wait.
func (r *run) leftToOthers(inv *invocation, id, standby string) bool {
	return r.saw(inv, func(w *awssim.World) bool {
		mine, in := findInterface(w, id), findInstance(w, standby)
		return mine != nil && in != nil && slices.ContainsFunc(w.Interfaces, func(e awssim.Interface) bool {
			holder := findInstance(w, holderOf(&e))
			goes := holder != nil && (interrupted(holder) || terminating(holder) || leaving(holder))
			return e.ID != id && goes && suits(&e, in) && (leaving(holder) || !leaving(findInstance(w, holderOf(mine))))
		})
	})
}

// holdsOneOf reports whether an instance holds an interface of a group. An event that names only the group is about such
// instances.
func holdsOneOf(w *awssim.World, in *awssim.Instance, group string) bool {
	return group != "" && slices.ContainsFunc(w.Interfaces, func(e awssim.Interface) bool {
		return e.Tags[tagGroup] == group && holderOf(&e) == in.ID
	})
}

// usable reports whether the invocation has no reason of its own to pass over an instance.
func (r *run) usable(inv *invocation, in *awssim.Instance) bool {
	doomed := in.ID == inv.event.Instance || in.ID == inv.event.From ||
		slices.ContainsFunc(inv.event.Verdicts, func(v Verdict) bool { return v.Instance == in.ID })
	return !doomed && in.RefuseAttach == "" && !r.askedToStart(inv, in.ID)
}

// askedToStart reports whether the invocation has asked for the start of an instance.
func (r *run) askedToStart(inv *invocation, id string) bool {
	return slices.ContainsFunc(r.callsOf(inv), func(c awssim.Call) bool { return c.Action == actionStart && c.Params.Get("InstanceId.1") == id })
}

// followStart counts what became of a start that took effect, and lets EC2 send its events.
func (r *run) followStart(c awssim.Call) {
	in := findInstance(r.now(), c.Params.Get("InstanceId.1"))
	switch {
	case in == nil:
		return
	case in.State == "stopped":
		r.count(faultStartRefused)
		return
	case in.State != "pending" || !in.LaunchTime.Equal(time.Now()):
		return
	}
	r.starts++
	name := func(n int) string { return fmt.Sprintf("h%d.%d", 3000+r.starts, n) }
	pending, running := name(0), name(1)
	r.count(faultStart)
	r.emit(r.stateEvent(pending, in.ID, "pending"))
	if in.HungStart {
		r.count(faultStartHung)
		return
	}
	launched, id := in.LaunchTime, in.ID
	r.after(time.Duration(r.scenario.World.Timing.Start)+time.Millisecond, func() {
		in, ok := r.sim.Instance(id)
		switch {
		case !ok || !in.LaunchTime.Equal(launched):
		case in.State == "running":
			r.emit(r.stateEvent(running, id, "running"))
		case in.State == "stopped":
			r.count(faultStartFailed)
			r.emit(r.stateEvent(running, id, "stopped"))
		}
	})
}
