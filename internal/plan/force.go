package plan

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Force says when a detach may be forced. A forced detach does not wait for the guest to let go, and may leave the
// guest's device index unusable until it was stopped and started (DetachNetworkInterface in the EC2 API reference): it
// is for instances that will not answer any more.
type Force struct {
	// Allowed reports whether a detach that this invocation has requested may be forced.
	Allowed bool
	// After is the time from the acceptance of that detach to the forced one. Zero: the first request is a forced one.
	After time.Duration
	// Found is the time after which the detach of an interface that was found detaching is forced, allowed or not:
	// the interface serves no more, so the detach has to end.
	Found time.Duration
}

// urgency orders the causes of a move by how far gone the holder is.
type urgency int

const (
	// unforced: the holder answers, or the interface has none; a detach takes the time that it takes.
	unforced urgency = iota
	// leaving: the holder stops, or a Spot interruption or its Auto Scaling group announces its end.
	leaving
	// unreachable: the holder runs but does not answer.
	unreachable
	// ending: the holder never comes back.
	ending
)

// urgencyOf raises an urgency to what EC2 says of the instance now, if that is further gone.
func urgencyOf(u urgency, state inventory.State) urgency {
	switch {
	case state.Ending():
		return ending
	case state.Leaving():
		return max(u, leaving)
	}
	return u
}

// force says when a detach may be forced that is as urgent as u.
func (p Policy) force(u urgency) Force {
	f := Force{Found: p.DetachGrace}
	switch u {
	case unforced:
	case leaving:
		f.Allowed, f.After = true, p.DetachGrace
	case unreachable:
		// A guest that does not answer does not let go either, but it may still serve: a third of the grace.
		f.Allowed, f.After, f.Found = true, p.DetachGrace/3, p.DetachGrace/3
	case ending:
		// No guest is left that a forced detach could harm.
		f.Allowed, f.After, f.Found = true, 0, 0
	}
	return f
}
