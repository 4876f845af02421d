package plan

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Policy is what the deployment's settings say about deciding.
type Policy struct {
	// Groups are the groups that this deployment serves; none: all.
	Groups []string
	// DetachGrace is how long an accepted detach may take before force is considered.
	DetachGrace time.Duration
	// Cooldown is the age below which the attachment of a holder that is merely impaired is not touched.
	Cooldown time.Duration
	// ImpairedAfter is for how long a holder's status checks must have been impaired before it is
	// relieved for that; 0: never.
	ImpairedAfter time.Duration
	// ActOnRebalance is whether a rebalance recommendation is a reason to move.
	ActOnRebalance bool
}

// Serves reports whether group is one that this deployment serves.
func (p Policy) Serves(group string) bool {
	return len(p.Groups) == 0 || slices.Contains(p.Groups, group)
}

// Untouchable returns why an interface must be left alone whatever happens; empty if it may be moved. It
// is asked again in the look before a detach.
func (p Policy) Untouchable(e inventory.Interface) (Reason, string) {
	switch {
	case e.Regrouped:
		return ReasonRegrouped, "its group tag was changed to " + e.Group + " in the meantime"
	case e.Group == "":
		return ReasonNoValidGroup, "its group tag holds no valid group name"
	case !p.Serves(e.Group):
		return ReasonGroupNotServed, "group " + e.Group + " is not among those that this deployment serves (GROUPS)"
	case !e.Supported():
		return ReasonUnsupportedInterface, "only plain secondary interfaces on network card 0, of this account and managed by nobody else, are moved"
	case e.Paused:
		return ReasonPaused, "its tag " + inventory.TagPaused + " is set; remove it to have the interface moved"
	}
	return "", ""
}

const (
	// StaleSlack is by how much an event may be older than its instance's launch time, because clocks
	// differ and both are given in whole seconds.
	StaleSlack = 2 * time.Second
	// SpotWarningLife is for how long a Spot interruption warning counts by itself: the two minutes that
	// it announces, and some time for its delivery.
	SpotWarningLife = 150 * time.Second
	// LeftTagLife is for how long the instance that an interface left is the last choice for it.
	LeftTagLife = 30 * time.Minute
	// OrphanGrace is how far apart the two looks are that must both show an interface unattached.
	OrphanGrace = 5 * time.Second
	// ConfirmAfter is the time between two reads that must both say that an instance does not run or is not there,
	// before anything is taken off it for that; or that must both contradict an event, before it is dropped.
	ConfirmAfter = 5 * time.Second
	// AlarmLife is how old the state of an alarm may be: what it said then need not be so any more.
	AlarmLife = 10 * time.Minute
	// StuckAfter is for how long an interface may be attaching before a sweep takes it off again.
	StuckAfter = 5 * time.Minute
)
