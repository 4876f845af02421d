package plan

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Policy holds the settings of the deployment that decide something.
type Policy struct {
	// Groups are the groups that this deployment serves; none: all.
	Groups []string
	// DetachGrace limits the time that an accepted detach may take before force is considered.
	DetachGrace time.Duration
	// Cooldown protects a young attachment: while it is younger than this, alarms, verdicts of the probe, rebalance
	// recommendations and the relief of a holder that is impaired do not touch it.
	Cooldown time.Duration
	// ImpairedAfter is the time for which the status checks of a holder must have failed before it is relieved for that;
	// 0: it never is.
	ImpairedAfter time.Duration
	// ActOnRebalance makes a rebalance recommendation a reason to move.
	ActOnRebalance bool
	// StartStandbys allows starting cold standbys.
	StartStandbys bool
	// StartSettle is the time that a started standby gets to boot before the interface leaves a holder that still serves.
	StartSettle time.Duration
}

// Serves reports whether this deployment serves the group.
func (p Policy) Serves(group string) bool {
	return len(p.Groups) == 0 || slices.Contains(p.Groups, group)
}

// Untouchable says why an interface must be left alone, whatever happens; empty if it may be moved. It is asked once more
// on the look before a detach.
func (p Policy) Untouchable(e inventory.Interface) (Reason, string) {
	switch {
	case e.Regrouped:
		return ReasonRegrouped, "its group tag was changed to " + e.Group + " in the meantime"
	case e.Group == "":
		return ReasonNoValidGroup, "its group tag holds no valid group name"
	case !p.Serves(e.Group):
		return ReasonGroupNotServed, "group " + e.Group + " is not among those that this deployment serves (GROUPS)"
	case !e.Supported():
		return ReasonUnsupportedInterface, "only plain secondary interfaces on network card 0 are moved, of this account and not managed by a service"
	case e.Paused:
		return ReasonPaused, "its tag " + inventory.TagPaused + " is set; remove it to have the interface moved"
	}
	return "", ""
}

const (
	// StaleSlack limits the time by which an event may be older than the launch of its instance: clocks differ, and both
	// instants are given in whole seconds.
	StaleSlack = 2 * time.Second
	// SpotWarningLife limits the age at which a Spot interruption warning counts by itself: the two minutes that it
	// announces ("Spot Instance interruption notices" in the EC2 User Guide), and some time for its delivery.
	SpotWarningLife = 150 * time.Second
	// LeftTagLife limits the time for which the instance that an interface left is the last choice for it.
	LeftTagLife = 30 * time.Minute
	// OrphanGrace is the time between two reads that must both show an interface unattached before it is attached:
	// another invocation or a person may be in the middle of a move.
	OrphanGrace = 5 * time.Second
	// ConfirmAfter is the time between two reads that must both say that an instance does not run or is not there,
	// before anything is taken off it for that; or that must both contradict an event, before it is dropped.
	ConfirmAfter = 5 * time.Second
	// AlarmLife limits the age of an alarm's state, and of a verdict: what they said earlier may not be so any more.
	AlarmLife = 10 * time.Minute
	// ResumeDelay is added to the time that a cold standby gets to boot, if another invocation may have started it.
	ResumeDelay = 5 * time.Second
	// StartLimit limits the time that a start may take until EC2 shows the instance running, as long as another candidate is
	// left. Starts were measured to take 16 to 21 s, whatever the type and the region (brevdev/ec2-coldboot-research).
	StartLimit = time.Minute
	// SpotNotice is the time from a Spot interruption warning to the interruption ("Spot Instance interruption notices" in
	// the EC2 User Guide).
	SpotNotice = 2 * time.Minute
	// SpotReserve is the part of SpotNotice that is left for the detach and the attach.
	SpotReserve = 20 * time.Second
	// SweepInterval is the usual time between two sweeps. A sweep that finds a Spot interruption comes at most that long after
	// its warning.
	SweepInterval = time.Minute
	// StuckAfter limits the time for which an interface may be attaching before it is taken off again.
	StuckAfter = 5 * time.Minute
)
