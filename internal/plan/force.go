package plan

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Force says when a detach may be forced. A forced detach does not wait for the guest to let go, and may
// leave the guest's device index unusable until it was stopped and started (DetachNetworkInterface in
// the EC2 API reference): it is for instances that will not answer any more.
type Force struct {
	// Allowed is whether this invocation's own detach may be forced; After is the time since it was
	// accepted. Zero: the first request is a forced one.
	Allowed bool
	After   time.Duration
	// Found is the time after which the detach of an interface that was found detaching is forced.
	// That is past the point of return, so somebody has to finish it.
	Found time.Duration
}

// urgency orders the causes of a move by how far gone the holder is.
type urgency int

const (
	// asked is a holder that is well: a person wants the interface off it.
	asked urgency = iota
	// leaving is a holder that will go or has gone to stop, or that a Spot interruption is announced for.
	leaving
	// unreachable is a holder that runs but does not answer.
	unreachable
	// ending is a holder that never comes back.
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

func (p Policy) force(u urgency) Force {
	f := Force{Found: p.DetachGrace}
	switch u {
	case asked:
	case leaving:
		f.Allowed, f.After = true, p.DetachGrace
	case unreachable:
		f.Allowed, f.After, f.Found = true, p.DetachGrace/3, p.DetachGrace/3
	case ending:
		f.Allowed, f.After, f.Found = true, 0, 0
	}
	return f
}
