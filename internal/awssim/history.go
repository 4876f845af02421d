package awssim

import (
	"slices"
	"time"
)

// Moment is the account as it was from an instant on, until the next moment.
type Moment struct {
	Since time.Time
	World World // not to be changed: it is shared with the simulation

	types typeTable
	acc   *account // made of them when it is first looked at
}

func (m *Moment) account() *account {
	if m.acc == nil {
		m.acc = newAccount(m.World, m.types)
	}
	return m.acc
}

// Past lists the account's states up to now, in the order of time, as far back as [Timing].Remember goes.
// The list is not to be changed.
func (s *Sim) Past() []*Moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	return slices.Clip(s.history)
}

// remember keeps the account as of an instant, for stale reads, and forgets what no read can reach any
// more. Without stale reads it keeps nothing.
func (s *Sim) remember(at time.Time) {
	lag := time.Duration(max(s.acc.Timing.StaleReads, s.acc.Timing.Remember))
	if lag == 0 {
		return
	}
	s.history = append(s.history, &Moment{Since: at, World: s.acc.snapshot(), types: s.acc.types})
	for len(s.history) > 1 && !s.history[1].Since.After(at.Add(-lag)) {
		s.history = s.history[1:]
	}
}

// view is the account as a Describe shows it now: that of StaleReads ago, or of stale if that is longer,
// as far back as is remembered. (EC2 API, "Eventual consistency": a change may not be visible to the
// next call.)
func (s *Sim) view(now time.Time, stale time.Duration) *account {
	stale = max(stale, time.Duration(s.acc.Timing.StaleReads))
	if stale == 0 || len(s.history) == 0 {
		return s.acc
	}
	then := now.Add(-stale)
	n := len(s.history) - 1
	for n > 0 && s.history[n].Since.After(then) {
		n--
	}
	return s.history[n].account()
}
