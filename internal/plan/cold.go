package plan

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// A cold standby is a member whose start tag allows starting it when an interface needs it. It costs its disk until then.
// The move starts it first and takes the interface off its holder when it runs: see package step.

// startable reports whether an instance is a cold standby that does not run: one to start, or one that is being started.
// Whether it may be started for an interface, refuseStart says.
func startable(in *inventory.Instance) bool {
	return in.Start && (in.State == inventory.StateStopped || in.State == inventory.StatePending)
}

// refuseStart says why an instance does not run, and can't be started for the interface; empty if it runs, or can.
func (n *need) refuseStart(in *inventory.Instance) Reason {
	switch {
	case in.State == inventory.StateRunning:
		return ""
	case !startable(in):
		return ReasonNotRunning
	case in.ID == n.doomed, slices.Contains(n.alsoDoomed, in.ID):
		return ReasonDoomed
	case in.Spot:
		// Only EC2 restarts a Spot instance that it has interrupted ("Stop and start a Spot Instance" in the EC2 User Guide).
		return ReasonColdSpot
	case inScalingGroup(in):
		// The group replaces an instance that it finds stopped, and starts those of its warm pool itself ("Health checks for
		// instances in an Auto Scaling group" and "Warm pools" in the user guide of Auto Scaling).
		return ReasonColdScaled
	case !n.mayStart:
		return ReasonColdNotAllowed
	}
	return ""
}

// inScalingGroup reports whether an instance is in an Auto Scaling group, by its tag or by what Auto Scaling says.
func inScalingGroup(in *inventory.Instance) bool {
	return in.ScalingGroup != "" || (in.Scaling != inventory.ScalingUnknown && in.Scaling != inventory.ScalingNone)
}

// coldness ranks instances by how much is left to do before they run. No second standby is started beside one that is being
// started, or that is started for another interface of the plan, as long as that one has a slot.
func (d *decision) coldness(in *inventory.Instance) int {
	const runs, starting, stopped = 0, 1, 2
	switch {
	case !startable(in):
		return runs
	case in.State == inventory.StatePending || d.slots.reserved(in.ID):
		return starting
	}
	return stopped
}

// bootsUntil returns until when a cold standby that runs counts as booting: an earlier invocation may have started it for
// the same interface. It is nil for one that has booted or does not run. EC2 does not say since when it runs, so START_SETTLE counts from now; from the end of StartLimit at
// the latest, so that no wait follows if it was started long ago. ResumeDelay lets that invocation finish what it began,
// because only that one knows what it did and can report it.
func (d *decision) bootsUntil(in *inventory.Instance) *time.Time {
	if !d.policy.StartStandbys || !in.Start || in.State != inventory.StateRunning || in.LaunchTime.IsZero() {
		return nil
	}
	runs := in.LaunchTime.Add(StartLimit)
	if d.now.Before(runs) {
		runs = d.now
	}
	if until := runs.Add(d.policy.StartSettle + ResumeDelay); until.After(d.now) {
		return &until
	}
	return nil
}

// relieveBy returns when the holder of an interface has to be relieved at the latest, although its standby may not have
// booted: SpotReserve before a Spot interruption takes it. Zero if none is pending.
func (d *decision) relieveBy(e inventory.Interface) time.Time {
	holder := d.instance(e.Holder())
	switch {
	case d.trigger.Kind == trigger.KindSpotInterruption && holder.ID == d.trigger.Instance:
		return d.trigger.Time.Add(SpotNotice - SpotReserve)
	case holder.Interruption == inventory.InterruptionPending:
		// The time of the warning is not known.
		return d.now.Add(SpotNotice - SpotReserve - SweepInterval)
	}
	return time.Time{}
}
