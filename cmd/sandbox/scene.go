package main

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// scene brings the account into the state that an event of some kind speaks of, as it would be when the
// event arrives. The instance that the trigger is about runs until then.
type scene func(sim *awssim.Sim, t trigger.Trigger)

// scenes has a scene for each kind of event that is about a change of an instance. The others find the
// account as it is.
func scenes() map[trigger.Kind]scene {
	return map[trigger.Kind]scene{
		trigger.KindSpotInterruption: interrupted,
		trigger.KindStopping:         inState("stopping"),
		trigger.KindStopped:          inState("stopped"),
		trigger.KindShuttingDown:     inState("shutting-down"),
		trigger.KindTerminated:       inState("terminated"),
		trigger.KindLifecycle:        held,
		trigger.KindAlarm:            impaired,
	}
}

// setScene brings the account into the state that the trigger speaks of. An instance that does not run is
// left as the world has it: somebody wanted it so.
func setScene(sim *awssim.Sim, t trigger.Trigger) {
	set, ok := scenes()[t.Kind]
	if in, exists := sim.Instance(t.Instance); ok && exists && in.State == "running" {
		set(sim, t)
	}
}

// inState is the scene in which the instance has entered a state, from which it goes on by itself.
func inState(state string) scene {
	return func(sim *awssim.Sim, t trigger.Trigger) { enter(sim, t.Instance, state) }
}

// enter takes an instance into a state, and on from there in the time that the world says.
func enter(sim *awssim.Sim, id, state string) {
	edit(sim, id, func(in *awssim.Instance) { in.State = state })
	timing := sim.World().Timing
	switch state {
	case "stopping":
		sim.After(time.Duration(timing.Stop), becoming(id, state, "stopped"))
	case "shutting-down":
		sim.After(time.Duration(timing.Terminate), becoming(id, state, "terminated"))
	}
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
func interrupted(sim *awssim.Sim, t trigger.Trigger) {
	const notice = 2 * time.Minute
	_ = sim.Interrupt(t.Instance, notice) // it refuses what is no Spot instance, to which nothing happens then
}

// held is the scene in which an Auto Scaling group is to terminate the instance, and waits for the hook
// that the event names.
func held(sim *awssim.Sim, t trigger.Trigger) {
	edit(sim, t.Instance, func(in *awssim.Instance) {
		in.AutoScalingGroup, in.LifecycleState = t.Hook.AutoScalingGroup, "Terminating:Wait"
		in.LifecycleHook, in.LifecycleToken = t.Hook.Name, t.Hook.Token
	})
}

// impaired is the scene in which the instance fails the status check that an alarm is on.
func impaired(sim *awssim.Sim, t trigger.Trigger) {
	edit(sim, t.Instance, func(in *awssim.Instance) {
		in.ImpairedSince = t.Alarm.Since
		switch t.Alarm.Check {
		case trigger.CheckSystem:
			in.SystemStatus = "impaired"
		case trigger.CheckApplication, trigger.CheckOther:
			in.ApplicationStatus = "impaired"
		case trigger.CheckNone, trigger.CheckAny, trigger.CheckInstance, trigger.CheckEBS:
			in.InstanceStatus = "impaired"
		}
	})
}

// edit changes one instance.
func edit(sim *awssim.Sim, id string, f func(*awssim.Instance)) {
	sim.Edit(func(w *awssim.World) {
		if in := find(w, id); in != nil {
			f(in)
		}
	})
}

// find returns the instance with the id in a world; nil if there is none.
func find(w *awssim.World, id string) *awssim.Instance {
	i := slices.IndexFunc(w.Instances, func(in awssim.Instance) bool { return in.ID == id })
	if i < 0 {
		return nil
	}
	return &w.Instances[i]
}
