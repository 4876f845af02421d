package session

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// setScene brings the account into the state that an event speaks of, as it is when such an event arrives. An
// instance that does not run is left as it is, since the world says so.
func setScene(sim *awssim.Sim, t trigger.Trigger) {
	if in, exists := sim.Instance(t.Instance); !exists || in.State != "running" {
		return
	}
	timing := sim.World().Timing
	switch t.Kind { //nolint:exhaustive // the other kinds find the account as it is
	case trigger.KindSpotInterruption:
		// EC2 takes the instance two minutes after its warning ("Spot Instance interruption notices" in the EC2 User Guide).
		_ = sim.Interrupt(t.Instance, 2*time.Minute) // nothing happens to an On-Demand instance
	case trigger.KindStopping:
		enter(sim, t.Instance, "stopping", "stopped", timing.Stop)
	case trigger.KindShuttingDown:
		enter(sim, t.Instance, "shutting-down", "terminated", timing.Terminate)
	case trigger.KindStopped:
		Edit(sim, t.Instance, func(in *awssim.Instance) { in.State = "stopped" })
	case trigger.KindTerminated:
		Edit(sim, t.Instance, func(in *awssim.Instance) { in.State = "terminated" })
	case trigger.KindLifecycle:
		Edit(sim, t.Instance, func(in *awssim.Instance) {
			in.AutoScalingGroup, in.LifecycleState = t.Hook.AutoScalingGroup, "Terminating:Wait"
			in.LifecycleHook, in.LifecycleToken = t.Hook.Name, t.Hook.Token
		})
	case trigger.KindAlarm:
		Edit(sim, t.Instance, func(in *awssim.Instance) { impair(in, t.Alarm) })
	}
}

// enter takes an instance into a state, and later into the next.
func enter(sim *awssim.Sim, id, state, next string, after awssim.Duration) {
	Edit(sim, id, func(in *awssim.Instance) { in.State = state })
	sim.After(time.Duration(after), func(w *awssim.World) {
		if in := FindInstance(w, id); in != nil && in.State == state {
			in.State = next
		}
	})
}

// impair makes an instance fail the status check that an alarm watches.
func impair(in *awssim.Instance, alarm trigger.Alarm) {
	in.ImpairedSince = alarm.Since
	switch alarm.Check {
	case trigger.CheckSystem:
		in.SystemStatus = "impaired"
	case trigger.CheckApplication, trigger.CheckOther:
		in.ApplicationStatus = "impaired"
	case trigger.CheckNone, trigger.CheckAny, trigger.CheckInstance, trigger.CheckEBS:
		in.InstanceStatus = "impaired"
	}
}

// Edit changes one instance.
func Edit(sim *awssim.Sim, id string, f func(*awssim.Instance)) {
	sim.Edit(func(w *awssim.World) {
		if in := FindInstance(w, id); in != nil {
			f(in)
		}
	})
}

// FindInstance returns the instance with the id in a world; nil if there is none.
func FindInstance(w *awssim.World, id string) *awssim.Instance {
	i := slices.IndexFunc(w.Instances, func(in awssim.Instance) bool { return in.ID == id })
	if i < 0 {
		return nil
	}
	return &w.Instances[i]
}
