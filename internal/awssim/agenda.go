package awssim

import (
	"slices"
	"time"
)

// scheduledChange is a change that takes effect later. What becomes due is carried out when the account is next
// looked at, in the order of time, each at its own instant: the simulation has no timers.
type scheduledChange struct {
	at time.Time
	// transition names what is under way, so that a later change of the same thing (a forced detach
	// after a graceful one) replaces this one. Empty: nothing replaces it.
	transition string
	apply      func()
}

// agenda is sorted by time; equal times keep the order in which they were scheduled.
type agenda []scheduledChange

// schedule adds a change, in place of an earlier one of the same transition. The caller holds the lock.
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

// scheduleUnlessSooner is schedule, unless the same transition is due sooner: forcing a detach again does not put it
// off.
func (s *Sim) scheduleUnlessSooner(at time.Time, transition string, apply func()) {
	sooner := func(d scheduledChange) bool { return d.transition == transition && d.at.Before(at) }
	if !slices.ContainsFunc(s.agenda, sooner) {
		s.schedule(at, transition, apply)
	}
}

// settle carries out what became due up to now. The caller holds the lock.
func (s *Sim) settle(now time.Time) {
	for len(s.agenda) > 0 && !s.agenda[0].at.After(now) {
		next := s.agenda[0]
		s.agenda = s.agenda[1:]
		next.apply()
		s.remember(next.at)
	}
}
