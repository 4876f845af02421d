package awssim

import (
	"slices"
	"time"
)

// scheduledChange is a change that takes effect later. The simulation has no timers: before each access to the account,
// all changes that are due are made in the order of time, each at its own instant.
type scheduledChange struct {
	at time.Time
	// transition identifies what is in progress. A later change with the same transition replaces this one: a forced
	// detach replaces a graceful one. An empty transition is never replaced.
	transition string
	apply      func()
}

// agenda is sorted by time. Equal times keep the order in which they were scheduled.
type agenda []scheduledChange

// schedule adds a change, and removes an earlier one of the same transition. The caller holds the lock.
func (s *Sim) schedule(at time.Time, transition string, apply func()) {
	if transition != "" {
		s.agenda = slices.DeleteFunc(s.agenda, func(d scheduledChange) bool { return d.transition == transition })
	}
	after := func(d scheduledChange, t time.Time) int {
		if d.at.After(t) {
			return 1
		}
		return -1
	}
	n, _ := slices.BinarySearchFunc(s.agenda, at, after)
	s.agenda = slices.Insert(s.agenda, n, scheduledChange{at, transition, apply})
}

// scheduleUnlessSooner is schedule, unless the same transition is due earlier: forcing a detach again does not delay
// it.
func (s *Sim) scheduleUnlessSooner(at time.Time, transition string, apply func()) {
	sooner := func(d scheduledChange) bool { return d.transition == transition && d.at.Before(at) }
	if !slices.ContainsFunc(s.agenda, sooner) {
		s.schedule(at, transition, apply)
	}
}

// settle makes the changes that are due. The caller holds the lock.
func (s *Sim) settle(now time.Time) {
	for len(s.agenda) > 0 && !s.agenda[0].at.After(now) {
		next := s.agenda[0]
		s.agenda = s.agenda[1:]
		next.apply()
		s.remember(next.at)
	}
}
