package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// sighting is what the last look showed, and how long looks have agreed with it. Each look replaces it as a whole.
type sighting struct {
	// shown is the interface as the look showed it; nil if the look did not show it, or before the first look.
	shown *inventory.Interface
	// began and ended are when the look was sent and answered. What it shows was true at some instant between them, or
	// earlier if EC2 lags. So what lasts is counted from the end of one look to the beginning of another.
	began, ended time.Time
	// fresh reports whether the look began after the last reply to a detach or an attach. Only then is it acted on.
	fresh bool
	// unattachedSince is when the first look in a row ended that showed the interface unattached. A look that
	// does not show the interface at all does not break the row.
	unattachedSince time.Time
	// missingSince is when the first look in a row began that did not show the interface. Invariant: it is zero
	// exactly if shown is not nil, or there was no look.
	missingSince time.Time
}

// next returns the sighting after one more look; e is nil if the look did not show the interface.
func (s sighting) next(began, ended time.Time, e *inventory.Interface) sighting {
	n := sighting{shown: e, began: began, ended: ended, fresh: true}
	switch {
	case e == nil:
		// Describe may leave out what exists, so nothing that was seen before is contradicted yet.
		n.unattachedSince, n.missingSince = s.unattachedSince, s.missingSince
		if n.missingSince.IsZero() {
			n.missingSince = began
		}
	case !e.Unattached():
	case s.unattachedSince.IsZero():
		n.unattachedSince = ended
	default: // unattached as before
		n.unattachedSince = s.unattachedSince
	}
	return n
}
