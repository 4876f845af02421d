package main

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// scene brings the account into the state that an event of some kind speaks of, as it would be when the
// event arrives, and returns it in words. The instance in question runs until then.
type scene func(sim *awssim.Sim, instance string) string

// scenes has a scene for each kind of event that is about a change of the account. The others find it as
// it is.
func scenes() map[trigger.Kind]scene {
	return map[trigger.Kind]scene{
		trigger.KindSpotInterruption: interrupted,
		trigger.KindStopping:         inState("stopping"),
		trigger.KindStopped:          inState("stopped"),
		trigger.KindShuttingDown:     inState("shutting-down"),
		trigger.KindTerminated:       inState("terminated"),
	}
}

// setScene brings the account into the state that the trigger speaks of, and returns what was changed;
// empty if nothing was. An instance that does not run is left as the world has it: somebody wanted it so.
func setScene(sim *awssim.Sim, t trigger.Trigger) string {
	set, ok := scenes()[t.Kind]
	if in, exists := sim.Instance(t.Instance); !ok || !exists || in.State != "running" {
		return ""
	}
	return set(sim, t.Instance)
}

// inState is the scene in which the instance has entered a state, from which it goes on by itself.
func inState(state string) scene {
	return func(sim *awssim.Sim, id string) string {
		enter(sim, id, state)
		return id + " is " + state
	}
}

// enter takes an instance into a state, and on from there in the time that the world says.
func enter(sim *awssim.Sim, id, state string) {
	setState(sim, id, state)
	timing := sim.World().Timing
	switch state {
	case "stopping":
		sim.After(time.Duration(timing.Stop), becoming(id, state, "stopped"))
	case "shutting-down":
		sim.After(time.Duration(timing.Terminate), becoming(id, state, "terminated"))
	}
}

func setState(sim *awssim.Sim, id, state string) {
	sim.Edit(func(w *awssim.World) {
		if in := find(w, id); in != nil {
			in.State = state
		}
	})
}

// becoming is the edit that takes an instance from one state to the next, unless it has left the first.
func becoming(id, from, to string) func(*awssim.World) {
	return func(w *awssim.World) {
		if in := find(w, id); in != nil && in.State == from {
			in.State = to
		}
	}
}

// interrupted is the scene in which EC2 has just warned of a Spot interruption. It takes the instance two
// minutes later ("Spot Instance interruption notices" in the EC2 User Guide), which a move seldom sees.
func interrupted(sim *awssim.Sim, id string) string {
	const notice = 2 * time.Minute
	in, _ := sim.Instance(id)
	if in.Lifecycle != "spot" {
		return ""
	}
	mark, next := "marked-for-stop", "stopping"
	if in.SpotBehavior == "terminate" {
		mark, next = "marked-for-termination", "shutting-down"
	}
	sim.Edit(func(w *awssim.World) {
		if in := find(w, id); in != nil && in.SpotStatus == "fulfilled" {
			in.SpotStatus = mark
		}
	})
	sim.After(notice, becoming(id, "running", next))
	return "the Spot request of " + id + " is " + mark
}

// find returns the instance with the id in a world; nil if there is none.
func find(w *awssim.World, id string) *awssim.Instance {
	i := slices.IndexFunc(w.Instances, func(in awssim.Instance) bool { return in.ID == id })
	if i < 0 {
		return nil
	}
	return &w.Instances[i]
}
