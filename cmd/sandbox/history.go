package main

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// history is what happened to the account: the calls, and what came of them in their own time.
type history struct {
	calls   []awssim.Call        // in the order of taking effect
	start   map[string]condition // of all interfaces and instances, by id
	changes []change             // in the order of time
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
	// spot, scaling and checks are what EC2 and Auto Scaling say of an instance besides.
	spot, scaling, checks string
	// attachment, instance and index say where an interface is attached.
	attachment, instance string
	index                int
}

// The conditions of an interface, besides EC2's own for an attachment on its way, and of what was deleted.
const (
	free     = "free"
	attached = "attached"
	gone     = "deleted"
)

// conditions reads those of all instances and all managed interfaces.
func conditions(w awssim.World) map[string]condition {
	now := map[string]condition{}
	for _, in := range w.Instances {
		now[in.ID] = condition{state: in.State, spot: in.SpotStatus, scaling: in.LifecycleState, checks: checks(in)}
	}
	for _, e := range w.Interfaces {
		if _, managed := e.Tags[inventory.TagGroup]; !managed {
			continue
		}
		c := condition{state: free}
		if a := e.Attachment; a != nil {
			c = condition{state: a.Status, attachment: a.ID, instance: a.Instance, index: a.DeviceIndex}
		}
		now[e.ID] = c
	}
	return now
}

// checks shows what the status checks of an instance say.
func checks(in awssim.Instance) string {
	var list []string
	for name, status := range map[string]string{"system": in.SystemStatus, "instance": in.InstanceStatus, "application": in.ApplicationStatus} {
		if status != "ok" && status != "" {
			list = append(list, name+" status "+status)
		}
	}
	if len(list) == 0 {
		return "ok"
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// watch looks at the account before and after each call, and every millisecond in between: the simulator
// has no timers, and tells nobody when what the calls set in motion comes to its end.
type watch struct {
	sim  *awssim.Sim
	quit chan struct{}
	done sync.WaitGroup

	mu   sync.Mutex
	last map[string]condition
	seen history
}

func startWatch(sim *awssim.Sim) *watch {
	start := conditions(sim.World())
	w := &watch{sim: sim, quit: make(chan struct{}), last: start, seen: history{start: start}}
	sim.Intercept(func(awssim.Call) awssim.Fault { return awssim.Fault{Before: w.look, After: w.look} })
	w.done.Go(w.run)
	return w
}

// run looks every millisecond, or less often where there is so much to look at that it takes long.
func (w *watch) run() {
	for {
		began := time.Now()
		w.look()
		timer := time.NewTimer(max(time.Millisecond, min(10*time.Millisecond, 9*time.Since(began))))
		select {
		case <-timer.C:
		case <-w.quit:
			timer.Stop()
			return
		}
	}
}

// look notes what has changed since the last look.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := conditions(w.sim.World())
	w.seen.changes = append(w.seen.changes, compare(time.Now(), w.last, now)...)
	w.last = now
}

// stop ends the watch and returns what it saw.
func (w *watch) stop() history {
	close(w.quit)
	w.done.Wait()
	w.look()
	h := w.seen
	h.calls = w.sim.Calls()
	return h.sharpened(w.sim.World().Timing)
}

// sharpened sets the times of changes that calls made or set in motion to what they are. The watch sees
// them a millisecond late, and later on a busy machine.
func (h history) sharpened(timing awssim.Timing) history {
	h.changes = slices.Clone(h.changes)
	for i := range h.changes {
		c := &h.changes[i]
		action, takes := attachAction, time.Duration(0)
		switch c.now.state {
		case "detaching":
			action = detachAction
		case free:
			action, takes = detachAction, time.Duration(timing.Detach) // at most: by force it is faster
		case "attaching":
		case attached:
			takes = time.Duration(timing.Attach)
		default:
			continue
		}
		if call, ok := lastAccepted(h.attempts(c.id), action, c.at); ok {
			if at := call.Time.Add(takes); at.Before(c.at) {
				c.at = at
			}
		}
	}
	slices.SortStableFunc(h.changes, func(a, b change) int { return a.at.Compare(b.at) })
	return h
}

// compare lists what is different between two looks, in the order of ids.
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
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.id, b.id) })
	return changes
}

// at returns how an interface or an instance was doing at an instant.
func (h history) at(id string, t time.Time) condition {
	now := h.start[id]
	for _, c := range h.changes {
		if c.id == id && !c.at.After(t) {
			now = c.now
		}
	}
	return now
}

// reached returns the first time from an instant on at which something came into a state.
func (h history) reached(id, state string, from time.Time) (at time.Time, ok bool) {
	i := slices.IndexFunc(h.changes, func(c change) bool { return c.id == id && c.now.state == state && !c.at.Before(from) })
	if i < 0 {
		return time.Time{}, false
	}
	return h.changes[i].at, true
}

// owner is the interface that has or had an attachment; empty if none did.
func (h history) owner(attachment string) string {
	for id, c := range h.start {
		if c.attachment == attachment {
			return id
		}
	}
	for _, c := range h.changes {
		if c.now.attachment == attachment {
			return c.id
		}
	}
	return ""
}

// about reports whether a call is to detach or attach the interface.
func (h history) about(c awssim.Call, id string) bool {
	switch c.Action {
	case attachAction:
		return c.Params.Get("NetworkInterfaceId") == id
	case detachAction:
		return h.owner(c.Params.Get("AttachmentId")) == id
	}
	return false
}

const (
	attachAction = "AttachNetworkInterface"
	detachAction = "DetachNetworkInterface"
)

// attempts lists the calls that were made to detach or attach the interface, in their order.
func (h history) attempts(id string) []awssim.Call {
	return slices.DeleteFunc(slices.Clone(h.calls), func(c awssim.Call) bool { return c.DryRun || !h.about(c, id) })
}

// accepted reports whether a call was carried out.
func accepted(c awssim.Call) bool { return c.Code == "" && c.Lost != awssim.LostRequest }

// lastAccepted is the last call of an action among those that was carried out before an instant.
func lastAccepted(calls []awssim.Call, action string, before time.Time) (awssim.Call, bool) {
	for _, c := range slices.Backward(calls) {
		if c.Action == action && accepted(c) && !c.Time.After(before) {
			return c, true
		}
	}
	return awssim.Call{}, false
}
