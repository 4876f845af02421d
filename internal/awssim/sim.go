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
	acc       *account  // the present account, apart from changes that are due
	agenda    agenda    // changes that take effect later
	history   []*Moment // earlier states, for stale reads
	calls     []Call
	changes   map[string]time.Time // by Route 53 change id: when it was submitted
	attaches  int                  // the number of accepted attaches, which makes attachment ids differ
	intercept func(Call) Fault
	full      map[string]time.Time // by token bucket: when it will be full again
	busEvents []BusEvent
	actions   actions
	policies  map[string][]iam.Policy // by access key: the caller's policies; a missing caller may do everything
}

// New returns a simulation of a copy of the account w that starts now. It refuses a world that EC2 cannot have:
// duplicate ids, references to nothing, two interfaces at one index.
func New(w World) (*Sim, error) {
	now := time.Now()
	w, types := normalized(w, now)
	if err := w.validate(types); err != nil {
		return nil, err
	}
	s := &Sim{start: now, turns: newTurns(), acc: newAccount(w, types), changes: map[string]time.Time{}, policies: w.readPolicies(&problems{}), full: map[string]time.Time{}, actions: newActions()}
	s.remember(now)
	return s, nil
}

// Calls returns the wire log: all calls, in the order in which they took effect.
func (s *Sim) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// LastCall returns the call that took effect last. It panics if there was none.
func (s *Sim) LastCall() Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[len(s.calls)-1]
}

// World returns a copy of the present account.
func (s *Sim) World() World {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle(time.Now())
	return s.acc.clone()
}

// Interface returns a copy of one interface in the present account, false if there is none.
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

// Instance returns a copy of one instance in the present account, false if there is none.
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

// Edit changes the account now, without an API call: only the rules of [New] apply, and missing fields of added items
// get their defaults. It panics if EC2 cannot have the result, which is a fault of the test. f must not keep the World,
// nor call the Sim.
func (s *Sim) Edit(f func(*World)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.settle(now)
	s.edit(f)
	s.remember(now)
}

// After is an [Sim.Edit] after d. It uses no timer: it is made before the next access to the account, in the order of
// time with all other due changes.
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

// Intercept sets the function that returns each call's fault; nil for none. It is called after the first half of the
// call's latency and before its effect, so the order of its calls is that of the effects.
func (s *Sim) Intercept(f func(Call) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Client returns an HTTP client that uses [Sim.RoundTripper].
func (s *Sim) Client() *http.Client {
	return &http.Client{Transport: s.RoundTripper()}
}
