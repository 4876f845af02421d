package awssim

import (
	"slices"
	"time"
)

// Moment is the account from an instant until the next moment.
type Moment struct {
	Since time.Time
	World World // must not be changed: the simulation shares it

	types typeTable
	acc   *account // made from them when first needed
}

func (m *Moment) account() *account {
	if m.acc == nil {
		m.acc = newAccount(m.World, m.types)
	}
	return m.acc
}

// Past returns the account's states up to now, in the order of time, as far back as [Timing].Remember allows. The
// caller must not change the list.
func (s *Sim) Past() []*Moment {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	return slices.Clip(s.history)
}

// remember keeps the account as of an instant for stale reads, and drops states that no read can reach. Without stale
// reads it keeps nothing.
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

// view returns the account that a Describe shows now. Its age is StaleReads, or stale if that is greater, limited by
// what is remembered. (EC2 API, "Eventual consistency": a change may not be visible to the next call.)
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
