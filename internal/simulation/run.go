package simulation

import (
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
)

// run plays a scenario. Its synctest bubble is its own.
type run struct {
	scenario Scenario
	trace    io.Writer
	settings failover.Settings
	sim      *awssim.Sim
	client   *http.Client
	start    time.Time
	group    sync.WaitGroup

	mu           sync.Mutex // guards all fields below
	quiet        bool       // the faults have stopped
	environments []*environment
	byKey        map[string]*environment
	keys         int
	lag          time.Duration
	pending      int // events in progress, and events that will be retried
	quietSweeps  int
	starts       int            // of cold standbys, by the function
	delivered    map[string]int // by happening: the highest number of a delivered event
	tally        Tally
	violations   []Violation
	digest       digest
	faultsMade   []string // names of the faults of calls
	probing      probing
}

// Violation is a broken promise.
type Violation struct {
	// Rule names the promise. Shrinking preserves it.
	Rule   string
	Detail string
	At     time.Duration
}

func (v Violation) String() string { return fmt.Sprintf("%s %s: %s", v.At, v.Rule, v.Detail) }

// Result is the result of playing a scenario.
type Result struct {
	Tally      Tally
	Violations []Violation
	// Hash is a hash of the wire log and the reports.
	Hash uint64
	// Calls is the wire log.
	Calls []awssim.Call
	// Faults names the single faults of calls, for shrinking.
	Faults []string
}

// Run plays a scenario. It must be called in a synctest bubble. It writes what happens to trace, unless that is nil.
func Run(s Scenario, trace io.Writer) (Result, error) {
	settings, err := failover.ReadSettings(func(name string) (string, bool) {
		value, ok := s.Settings[name]
		return value, ok
	})
	if err != nil {
		return Result{}, err
	}
	s.World.Timing.Remember = awssim.Duration(24 * time.Hour)
	sim, err := awssim.New(s.World)
	if err != nil {
		return Result{}, err
	}
	r := &run{
		scenario: s, trace: trace, settings: settings, sim: sim, client: sim.Client(), start: time.Now(),
		byKey: map[string]*environment{}, delivered: map[string]int{}, tally: newTally(), digest: digest{fnv.New64a()},
		probing: newProbing(s.World),
	}
	sim.Intercept(r.intercept)
	r.play()
	calls := sim.Calls()
	r.digest.calls(calls)
	r.tally.addCalls(calls, time.Since(r.start))
	return Result{Tally: r.tally, Violations: r.violations, Hash: r.digest.Sum64(), Calls: calls, Faults: r.faultsMade}, nil
}

// play plays the scenario until the account is settled or the limit is reached.
func (r *run) play() {
	r.mu.Lock()
	for _, h := range r.scenario.Happenings {
		r.after(h.At, func() {
			r.logf("%s of %s, %s: %s", h.Kind, h.Interface, r.subject(h), h.Text)
			r.happen(h)
		})
	}
	if r.scenario.Skew != 0 {
		r.count(faultSkew)
	}
	if r.scenario.World.TokenBuckets {
		r.count(faultStorm)
	}
	if len(r.scenario.Faults.CutOff) > 0 {
		r.count(faultCutOff)
	}
	if r.scenario.Timeout < 300*time.Second {
		r.count(faultShortTime)
	}
	r.countWorldFaults()
	r.finishTransitions()
	r.after(r.scenario.Active, r.stopFaults)
	r.after(r.scenario.FirstSweep, func() { r.sweep(0) })
	r.mu.Unlock()
	r.group.Wait()
}

// after calls do after a time. The caller holds the lock, and so does do. No two such calls have the same nanosecond.
func (r *run) after(d time.Duration, do func()) {
	r.lag++
	d += r.lag
	r.group.Go(func() {
		time.Sleep(d)
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, env := range r.environments {
			if env.current != nil {
				env.current.alone = false
			}
		}
		do()
	})
}

// logf writes a line to the trace.
func (r *run) logf(format string, args ...any) {
	if r.trace != nil {
		_, _ = fmt.Fprintf(r.trace, "%12s %s\n", time.Since(r.start).Round(time.Microsecond), fmt.Sprintf(format, args...))
	}
}

func (r *run) count(kind string) { r.tally.Faults[kind]++ }

// finishTransitions ends the transitions that the account starts with.
func (r *run) finishTransitions() {
	for n, in := range r.scenario.World.Instances {
		h := Happening{ID: 1000 + n, Lasts: time.Minute}
		switch in.State {
		case "stopping":
			r.after(time.Duration(r.scenario.World.Timing.Stop), func() { r.enterState(h, in.ID, 0, "stopped", "stopping") })
		case "pending":
			r.comeUp(h, in.ID)
		}
	}
}

// countWorldFaults counts the faults that the account starts with.
func (r *run) countWorldFaults() {
	for _, in := range r.scenario.World.Instances {
		for kind, is := range map[string]bool{faultHungGuest: in.HungGuest, faultHungAttach: in.HungAttach, faultRefused: in.RefuseAttach != ""} {
			if is {
				r.count(kind)
			}
		}
	}
}

// emit sends an event. The event may be lost, doubled or late.
func (r *run) emit(e Event) {
	s := &r.scenario
	f := s.Faults
	roll := func(what string) float64 { return s.roll(what, e.Name) }
	wait := time.Duration(roll("delay") / 100 * float64(1500*time.Millisecond))
	if !r.quiet {
		if roll("lost") < f.Lost && !f.WithoutKinds[faultEventLost] {
			r.count(faultEventLost)
			r.logf("event %s is lost", e.Name)
			return
		}
		if roll("late") < f.Late && !f.WithoutKinds[faultLate] {
			r.count(faultLate)
			wait += time.Duration(roll("lateness") / 100 * float64(time.Minute))
		}
		if roll("doubled") < f.Doubled && !f.WithoutKinds[faultDoubled] {
			r.count(faultDoubled)
			second := e
			second.Name += "'"
			again := time.Duration(roll("again") / 100 * float64(20*time.Second))
			r.after(wait+again, func() { r.deliver(second) })
		}
	}
	r.after(wait, func() { r.deliver(e) })
}

func (r *run) deliver(e Event) {
	var happening, n int
	if _, err := fmt.Sscanf(e.Name, "h%d.%d", &happening, &n); err == nil {
		key := fmt.Sprint(happening)
		if n < r.delivered[key] {
			r.count(faultReordered)
		}
		r.delivered[key] = max(n, r.delivered[key])
	}
	r.invokeAsync(e)
}

// sweep sends the n-th scheduled event, and schedules the next one.
func (r *run) sweep(n int) {
	if r.quiet {
		r.judgeDead()
		if r.settled() {
			return
		}
	}
	r.emit(r.sweepEvent(fmt.Sprintf("sweep%d", n)))
	r.after(r.scenario.SweepEvery, func() { r.sweep(n + 1) })
}

// stopFaults ends the faults. Guests and attaches that hang continue to hang: that is a state of the account.
func (r *run) stopFaults() {
	r.quiet = true
	r.logf("the faults stop")
	r.sim.Edit(func(w *awssim.World) {
		w.DisruptedAZs = nil
		for n := range w.Instances {
			w.Instances[n].RefuseAttach, w.Instances[n].RefuseStart, w.Instances[n].FailStart = "", "", ""
		}
	})
}
