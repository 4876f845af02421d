package main

import (
	"net/http"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// session is a simulated account that takes calls and events, and can begin anew. It is safe for concurrent use.
type session struct {
	start  awssim.World   // the account at the start
	onCall func(callLine) // gets each call once it is answered

	mu  sync.Mutex
	sim *awssim.Sim // since the start, or the last reset
	// owners has the interface of each attachment that sim ever had: a detach names the attachment only, and EC2
	// forgets it afterwards.
	owners map[string]string
	states []string // of what the call with the same index looked at, as it took effect
	shown  int      // the calls of sim that onCall has got
}

// newSession starts the simulation of an account. Its error is a [*usageError].
func newSession(w awssim.World, onCall func(callLine)) (*session, error) {
	s := &session{start: w, onCall: onCall}
	return s, s.reset()
}

// reset begins anew with the account as it was at the start. Calls in progress end on the old one.
func (s *session) reset() error {
	sim, err := awssim.New(s.start)
	if err != nil {
		return usage("the simulated account can't be used:\n%w", err)
	}
	sim.Intercept(func(awssim.Call) awssim.Fault {
		return awssim.Fault{After: func() { s.note(sim) }}
	})
	s.mu.Lock()
	s.sim, s.owners, s.states, s.shown = sim, map[string]string{}, nil, 0
	s.mu.Unlock()
	s.note(sim)
	return nil
}

// now returns the simulation since the start or the last reset.
func (s *session) now() *awssim.Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sim
}

// happen makes an event happen now: it moves the event's times, brings the account into the state that the event
// speaks of, and returns the event to be sent.
func (s *session) happen(e event) event {
	e = e.happeningAt(time.Now().Truncate(time.Millisecond)) // as precise as an event's time
	if t, err := trigger.Parse(e.data); err == nil {
		setScene(s.now(), t)
	}
	return e
}

// ServeHTTP answers a call to AWS.
func (s *session) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sim := s.now()
	sim.ServeHTTP(w, r)
	s.note(sim)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines(s.shown) {
		s.onCall(line)
		s.shown++
	}
}

// note keeps what the calls that have just taken effect looked at, and which attachments there are.
func (s *session) note(sim *awssim.Sim) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if sim != s.sim {
		return // reset meanwhile
	}
	calls, w := sim.Calls(), sim.World()
	for _, e := range w.Interfaces {
		if e.Attachment != nil {
			s.owners[e.Attachment.ID] = e.ID
		}
	}
	for _, c := range calls[len(s.states):] {
		s.states = append(s.states, statesText(w, lookedAt(c)))
	}
}

// calls lists the calls so far, in the order of taking effect.
func (s *session) calls() []callLine {
	s.note(s.now()) // a lost call is logged without having taken effect
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines(0)
}

// lines returns the calls from the index first on. The caller holds the lock.
func (s *session) lines(first int) []callLine {
	var lines []callLine
	for i, c := range s.sim.Calls()[first:len(s.states)] {
		lines = append(lines, newCallLine(c, s.owners, s.states[first+i]))
	}
	return lines
}
