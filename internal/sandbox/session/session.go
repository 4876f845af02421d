// Package session is a simulated account for people: package awssim, with its calls in words, the events that happen to it,
// and the real handler beside it. The sandbox uses it; nothing of it is deployed.
package session

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Session is a simulated account that takes calls and events, and can begin anew. It is safe for concurrent use.
type Session struct {
	start  awssim.World   // the account at the start
	onCall func(CallLine) // gets each call once it is answered

	mu  sync.Mutex
	sim *awssim.Sim // since the start, or the last reset
	// owners has the interface of each attachment that sim ever had: a detach names the attachment only, and EC2
	// forgets it afterwards.
	owners map[string]string
	states []string // of what the call with the same index looked at, as it took effect
	shown  int      // the calls of sim that onCall has got
}

// New starts the simulation of an account.
func New(w awssim.World, onCall func(CallLine)) (*Session, error) {
	s := &Session{start: w, onCall: onCall}
	return s, s.Reset()
}

// Reset begins anew with the account as it was at the start. Calls in progress end on the old one.
func (s *Session) Reset() error {
	sim, err := awssim.New(s.start)
	if err != nil {
		return fmt.Errorf("the simulated account can't be used:\n%w", err)
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

// Sim returns the simulation since the start or the last reset.
func (s *Session) Sim() *awssim.Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sim
}

// Happen makes an event happen now: it moves the event's times, brings the account into the state that the event
// speaks of, and returns the event to be sent.
func (s *Session) Happen(e Event) Event {
	e = e.HappeningAt(time.Now().Truncate(time.Millisecond)) // as precise as an event's time
	if t, err := trigger.Parse(e.Data); err == nil {
		setScene(s.Sim(), t)
	}
	return e
}

// ServeHTTP answers a call to AWS.
func (s *Session) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sim := s.Sim()
	sim.ServeHTTP(w, r)
	s.note(sim)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.lines(s.shown) {
		s.onCall(line)
		s.shown++
	}
}

// Say gives a line that is about no call to the one who gets the calls.
func (s *Session) Say(service, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.onCall(CallLine{At: time.Now(), Service: service, Text: text})
}

// note keeps what the calls that have just taken effect looked at, and which attachments there are.
func (s *Session) note(sim *awssim.Sim) {
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

// Calls lists the calls so far, in the order of taking effect.
func (s *Session) Calls() []CallLine { return s.CallsFrom(0) }

// CallsFrom is Calls without the first few.
func (s *Session) CallsFrom(first int) []CallLine {
	s.note(s.Sim()) // a lost call is logged without having taken effect
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lines(first)
}

// lines returns the calls from the index first on. The caller holds the lock.
func (s *Session) lines(first int) []CallLine {
	var lines []CallLine
	for i, c := range s.sim.Calls()[first:len(s.states)] {
		lines = append(lines, newCallLine(c, s.owners, s.states[first+i]))
	}
	return lines
}
