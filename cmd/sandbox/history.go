package main

import (
	"slices"
	"strconv"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// history is what happened to the account: the calls, and what came of them in their own time.
type history struct {
	calls   []awssim.Call // in the order of taking effect
	changes []change      // in the order of time
	latency time.Duration // of a call
}

// change is what a look at the account found different from the look before.
type change struct {
	at       time.Time
	id       string // of an interface or an instance
	was, now condition
}

// condition is how an interface or an instance is doing.
type condition struct {
	// state is that of an instance, or that of an interface's attachment; free if it has none.
	state string
	// attachment, instance and index say where an interface is attached.
	attachment, instance string
	index                int
}

// The conditions of an interface. An attachment's own states are EC2's.
const (
	free     = "free"
	attached = "attached"
	gone     = "gone"
)

// conditions reads those of all interfaces and instances.
func conditions(w awssim.World) map[string]condition {
	now := map[string]condition{}
	for _, in := range w.Instances {
		now[in.ID] = condition{state: in.State}
	}
	for _, e := range w.Interfaces {
		c := condition{state: free}
		if a := e.Attachment; a != nil {
			c = condition{state: a.Status, attachment: a.ID, instance: a.Instance, index: a.DeviceIndex}
		}
		now[e.ID] = c
	}
	return now
}

// watch looks at the account all the time, to see what the calls set in motion come to its end: the
// simulator has no timers, and tells nobody.
type watch struct {
	sim  *awssim.Sim
	quit chan struct{}
	done chan []change
}

func startWatch(sim *awssim.Sim) *watch {
	w := &watch{sim: sim, quit: make(chan struct{}), done: make(chan []change, 1)}
	go w.run(conditions(sim.World()))
	return w
}

// run looks every millisecond, or as often as a tenth of the time allows.
func (w *watch) run(last map[string]condition) {
	var changes []change
	for {
		at := time.Now()
		now := conditions(w.sim.World())
		changes = append(changes, compare(at, last, now)...)
		last = now
		timer := time.NewTimer(max(time.Millisecond, 9*time.Since(at)))
		select {
		case <-timer.C:
		case <-w.quit:
			timer.Stop()
			w.done <- changes
			return
		}
	}
}

// stop ends the watch and returns what it saw, and the calls.
func (w *watch) stop() history {
	close(w.quit)
	return history{
		changes: <-w.done, calls: w.sim.Calls(),
		latency: time.Duration(w.sim.World().Timing.Call),
	}
}

// compare lists what is different between two looks.
func compare(at time.Time, last, now map[string]condition) []change {
	var changes []change
	for id, is := range now {
		if was, ok := last[id]; ok && was != is {
			changes = append(changes, change{at: at, id: id, was: was, now: is})
		}
	}
	for id, was := range last {
		if _, ok := now[id]; !ok {
			changes = append(changes, change{at: at, id: id, was: was, now: condition{state: gone}})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return compareText(a.id, b.id) })
	return changes
}

// first returns the first change of an object after an instant to a state.
func (h history) first(id, state string, after time.Time) (change, bool) {
	for _, c := range h.changes {
		if c.id == id && c.now.state == state && c.at.After(after) {
			return c, true
		}
	}
	return change{}, false
}

// at returns how an object was doing at an instant, given how it was doing at the start.
func (h history) at(id string, start condition, t time.Time) condition {
	now := start
	for _, c := range h.changes {
		if c.id == id && !c.at.After(t) {
			now = c.now
		}
	}
	return now
}

// attachments lists the ids of all attachments that an interface had.
func (h history) attachments(id string, start condition) []string {
	ids := []string{start.attachment}
	for _, c := range h.changes {
		if c.id == id && c.now.attachment != "" {
			ids = append(ids, c.now.attachment)
		}
	}
	return ids
}

// accepted reports whether a call was carried out.
func accepted(c awssim.Call) bool { return c.Mutating && !c.DryRun && c.Code == "" && c.Status == 200 }
