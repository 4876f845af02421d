package awssim

import (
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// Sim is a running simulation. It is safe for concurrent use.
type Sim struct {
	start time.Time
	turns *turns

	mu        sync.Mutex
	acc       *account  // the account now, as far as it is settled
	agenda    agenda    // what becomes due later
	history   []*Moment // earlier states, for stale reads
	calls     []Call
	changes   map[string]time.Time // Route 53 change id → when it was submitted
	attaches  int                  // accepted so far: makes attachment ids differ
	intercept func(Call) Fault
	full      map[string]time.Time // token bucket → when it will be full again
	actions   actions
	busEvents []BusEvent
	policies  map[string][]iam.Policy // access key → all that its caller may do; absent: everything
}

// New makes a simulation of the account w, which it copies, starting now. A world that EC2 could not
// be in is refused: duplicate ids, references to nothing, two interfaces at one index.
func New(w World) (*Sim, error) {
	now := time.Now()
	w, types := settled(w, now)
	if err := w.validate(types); err != nil {
		return nil, err
	}
	s := &Sim{start: now, turns: newTurns(), acc: newAccount(w, types), changes: map[string]time.Time{}, policies: w.readPolicies(&faults{}), full: map[string]time.Time{}, actions: newActions()}
	s.remember(now)
	return s, nil
}

// Calls is the wire log: every call so far, in the order of taking effect.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// World is a copy of the account as it is now, never stale.
func (s *Sim) World() World {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	return s.acc.clone()
}

// Interface is a copy of one interface as it is now, never stale; false if there is none.
func (s *Sim) Interface(id string) (Interface, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	i := s.acc.findInterface(id)
	if i == nil {
		return Interface{}, false
	}
	return i.clone(), true
}

// Instance is a copy of one instance as it is now, never stale; false if there is none.
func (s *Sim) Instance(id string) (Instance, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	i := s.acc.findInstance(id)
	if i == nil {
		return Instance{}, false
	}
	return i.clone(), true
}

// Edit changes the account at this instant, as if by somebody's hand: no rule but those of [New] is
// asked, and what was left out of added items gets its default. It panics if EC2 could not be in the
// result, which is a fault of the test. f must not keep the World, nor call the Sim.
func (s *Sim) Edit(f func(*World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.settle(now)
	s.edit(f)
	s.remember(now)
}

// After is an [Sim.Edit] that takes effect d from now. It is made when the account is next looked at,
// with everything else that became due, in the order of time: no timer waits for it.
func (s *Sim) After(d time.Duration, f func(*World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.schedule(time.Now().Add(d), "", func() { s.edit(f) })
}

func (s *Sim) edit(f func(*World)) {
	if err := s.acc.edit(f, s.start); err != nil {
		panic("awssim: edit: " + err.Error())
	}
}

// Intercept sets the function that is asked about each call, after its first half of latency and
// before it takes effect, so that it is asked in the order in which calls take effect. nil: none.
func (s *Sim) Intercept(f func(Call) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Client is an HTTP client of this simulation, in memory.
func (s *Sim) Client() *http.Client {
	return &http.Client{Transport: s.RoundTripper()}
}
