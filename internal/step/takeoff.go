package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// purpose is why an attachment is to be taken off.
type purpose string

const (
	// purposeRelieve: it is on the instance that the interface is to leave. This is the only purpose for which the move
	// itself begins to take off what serves.
	purposeRelieve purpose = "relieve"
	// purposeJoin: another invocation or a person was found to take it off an instance that this move has nothing
	// against.
	purposeJoin purpose = "join"
	// purposeHung: it has been attaching for too long. EC2 may refuse to detach it without force.
	purposeHung purpose = "hung"
	// purposeDead: its instance died while it was attaching. EC2 may refuse to detach it without force.
	purposeDead purpose = "dead"
)

// refusal is why EC2 will never detach an attachment. The zero value refuses nothing.
type refusal struct {
	reason plan.Reason
	detail string
}

// takeoff is the removal of one attachment. When another attachment is to be taken off, a new takeoff replaces it as a
// whole.
type takeoff struct {
	// token is the attachment's id, EC2's compare-and-set: a detach that names it can't hit a newer attachment. It is
	// empty if the move began with an unattached interface and met no attachment since.
	token   string
	purpose purpose
	// request is how far this move's own detach of token is.
	request requestState
	// detachAccepted is when the last plain detach was accepted, or sent without a reply. DETACH_GRACE counts from then.
	// Invariant: it is zero exactly if ours is false.
	detachAccepted time.Time
	// detachingSince is when the first look ended that showed token detaching; zero if none did.
	detachingSince time.Time
	// forcedAt is when the last forced detach was accepted, or sent without a reply; zero if none was.
	forcedAt time.Time
	// disbelieveUntil is the time until which a look that shows token attached may be older than the last request.
	disbelieveUntil time.Time
	// plainRefused reports whether EC2 has refused a detach for the state of the attachment.
	plainRefused bool
	// holder is what is known of the state of the instance that token is on. It is asked for while a standby starts.
	holder target
	// refusal ends the move as soon as a look shows that token is still attached.
	refusal refusal
}

// newTakeoff returns the takeoff of an attachment that this move has done nothing against yet.
func (m *Move) newTakeoff(a *inventory.Attachment) takeoff {
	if a.Instance == m.item.Doomed {
		return takeoff{token: a.ID, purpose: purposeRelieve}
	}
	return takeoff{token: a.ID, purpose: purposeJoin}
}

// ours reports whether token may be on its way off by a request of this move.
func (t takeoff) ours() bool { return t.request == requestAccepted || t.request == requestUnanswered }

// givenUp reports whether token is an attach that does not finish, or whose target does not run.
func (t takeoff) givenUp() bool { return t.purpose == purposeHung || t.purpose == purposeDead }

// sent returns the takeoff after a detach that EC2 has accepted, or that got no reply. A refused detach starts no grace.
func (t takeoff) sent(now time.Time, state requestState, force bool) takeoff {
	// A forced detach after an accepted plain one does not restart the grace of the plain one.
	if state == requestUnanswered || t.detachAccepted.IsZero() || !force {
		t.detachAccepted = now
	}
	if force {
		t.forcedAt = now
	}
	t.request = state
	return t
}

// refusedNow returns the takeoff after EC2 has refused a detach that may yet succeed. A request without a reply may have
// been there first, and may be what EC2 refuses this one for: then token is on its way off.
func (t takeoff) refusedNow(now time.Time) takeoff {
	if t.request == requestLost {
		t.request, t.detachAccepted = requestUnanswered, now
	}
	return t
}
