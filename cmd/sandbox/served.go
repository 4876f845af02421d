package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Paths that the served account has beside AWS's own. No AWS API has one that begins so.
const (
	pathReset = "/-/reset" // POST: the account is as it was at the start
	pathEvent = "/-/event" // POST: the account gets into the state that the event speaks of; answers the event as of now
	pathWorld = "/-/world" // GET: the account as it is now
)

// served is a simulated account behind its endpoint, which can begin anew. It is safe for concurrent use.
type served struct {
	world awssim.World
	log   func(line string) // gets a line per call

	mu     sync.Mutex
	sim    *awssim.Sim
	wire   *wireLog
	logged int // calls of sim that log has
}

func newServed(world awssim.World, log func(line string)) (*served, error) {
	s := &served{world: world, log: log}
	if err := s.reset(); err != nil {
		return nil, usage("the simulated account can't be used:\n%w", err)
	}
	return s, nil
}

// reset begins anew with the account as it was at the start. Calls under way end on the old one.
func (s *served) reset() error {
	sim, err := awssim.New(s.world)
	if err != nil {
		return err
	}
	wire := watch(sim)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sim, s.wire, s.logged = sim, wire, 0
	return nil
}

func (s *served) now() *awssim.Sim {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sim
}

// handler answers for AWS, and on the paths of its own.
func (s *served) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+pathReset, func(w http.ResponseWriter, _ *http.Request) {
		if err := s.reset(); err != nil { // not of a world that was good before
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		s.log(clock(time.Now()) + "  the account is as it was at the start")
		_, _ = io.WriteString(w, "the account is as it was at the start\n") // the client is gone: nobody to tell
	})
	mux.HandleFunc("POST "+pathEvent, s.takeEvent)
	mux.HandleFunc("GET "+pathWorld, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = writeJSON(w, s.now().World()) // as above
	})
	mux.HandleFunc("/-/", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, s.greeting(), http.StatusNotFound)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if fromBrowser(r) {
			_, _ = io.WriteString(w, s.greeting()) // as above
			return
		}
		s.now().ServeHTTP(w, r)
		s.logCalls()
	})
	return mux
}

// fromBrowser reports whether a request is a person's look at the root, and no call: those are signed or have
// parameters.
func fromBrowser(r *http.Request) bool {
	return r.Method == http.MethodGet && r.URL.Path == "/" && r.URL.RawQuery == "" && r.Header.Get("Authorization") == ""
}

// greeting is the page at the root.
func (s *served) greeting() string {
	w := s.now().World()
	return fmt.Sprintf(`This is the sandbox of eni-failover: a simulated AWS account %s in %s.
AWS clients use this address as their endpoint URL, with any credentials.

  %-14s GET    the account as it is now, as JSON
  %-14s POST   the account is as it was at the start
  %-14s POST   an event: the account gets into the state that it speaks of;
                        the answer is the event as of now
`, w.Account, w.Region, pathWorld, pathReset, pathEvent)
}

// takeEvent makes what an event speaks of so, now.
func (s *served) takeEvent(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(io.LimitReader(r.Body, trigger.MaxBytes+1))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e, _ := event{data: data}.happeningAt(time.Now().Truncate(time.Millisecond))
	if t, err := trigger.Parse(e.data); err == nil {
		setScene(s.now(), t)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(e.data) // the client is gone: nobody to tell
}

// logCalls writes a line for each call that has none.
func (s *served) logCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	calls := s.sim.Calls()
	for _, c := range calls[min(s.logged, len(calls)):] {
		s.log(callLine(c, s.wire))
	}
	s.logged = len(calls)
}

// callLine is a call in the log of a served account.
func callLine(c awssim.Call, l *wireLog) string {
	return fmt.Sprintf("%s  %-8s  %s", clock(c.Time), serviceName(c.Service), joinNonEmpty("  -> ", l.text(c), resultText(c)))
}

func clock(t time.Time) string { return t.Format("15:04:05.000") }
