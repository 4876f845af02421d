package simulation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// An invocation is judged by the states of the account that its own reads were shown: it can't know what happened
// since, and it must not act on what it never saw.

// look is one answered DescribeNetworkInterfaces: when it took effect, and the state that it showed.
type look struct {
	call  awssim.Call
	at    time.Time
	shown *awssim.World
}

// now returns the present account.
func (r *run) now() *awssim.World {
	past := r.sim.Past()
	return &past[len(past)-1].World
}

// worldAt returns the account at an instant.
func (r *run) worldAt(t time.Time) *awssim.World {
	past := r.sim.Past()
	n := len(past) - 1
	for n > 0 && past[n].Since.After(t) {
		n--
	}
	return &past[n].World
}

// saw reports whether any state that the invocation can have been shown matches.
func (r *run) saw(inv *invocation, match func(w *awssim.World) bool) bool {
	for _, moment := range slices.Backward(r.sim.Past()) {
		if match(&moment.World) {
			return true
		}
		if !moment.Since.After(inv.oldestShown) {
			return false // older states were over before its first read
		}
	}
	return false
}

// sawInstance is saw for one instance; match gets nil if the instance does not exist.
func (r *run) sawInstance(inv *invocation, id string, match func(in *awssim.Instance) bool) bool {
	return r.saw(inv, func(w *awssim.World) bool { return match(findInstance(w, id)) })
}

// recordRead records what a read shows. A read that is refused, or whose reply is lost, shows nothing.
func (r *run) recordRead(inv *invocation, c awssim.Call, f awssim.Fault) {
	at := time.Now()
	r.askedOnce(inv, c, at)
	shown := at.Add(-f.Stale)
	if inv.oldestShown.IsZero() || shown.Before(inv.oldestShown) {
		inv.oldestShown = shown
	}
	if len(r.now().DisruptedAZs) > 0 {
		inv.blind = true // Describes fail for a disrupted zone
	}
	if f.LoseReply || f.Code != "" || f.Status != 0 {
		return
	}
	for _, id := range f.Hide {
		inv.notShown[id] = true
	}
	for _, values := range c.Params {
		for _, id := range values { // of several reads the last one counts
			inv.unknown[fact{c.Action, id}] = slices.Contains(f.Hide, id)
		}
	}
	if c.Action != "DescribeNetworkInterfaces" {
		inv.recordTarget(r.worldAt(shown), c)
		return
	}
	w := without(r.worldAt(shown), f.Hide)
	inv.looks = append(inv.looks, look{c, at, w})
	maps.DeleteFunc(inv.inDoubt, func(id string, _ bool) bool { return asksFor(c, id) })
	for n := range w.Interfaces {
		if e := &w.Interfaces[n]; asksFor(c, e.ID) {
			inv.recordInterface(e, sighting{at, shown}, c.Params.Get("Filter.1.Name") != "network-interface-id")
		}
	}
}

// fact is what a call says about an instance.
type fact struct{ action, instance string }

// recordTarget records that a target which the invocation asked about does not run any more, or has no free slot, so that the
// attach is not tried.
func (inv *invocation) recordTarget(w *awssim.World, c awssim.Call) {
	if c.Action != "DescribeInstances" || !c.Params.Has("InstanceId.1") || c.Params.Has("InstanceId.2") {
		return
	}
	switch in := findInstance(w, c.Params.Get("InstanceId.1")); {
	case in == nil || in.State != "running":
		inv.targetStopped = true
	case freeSlots(w, in) == 0:
		inv.shownFull[in.ID] = true
	}
}

// askedOnce judges whether an invocation sends the same question twice at one instant. EC2 counts both against the
// account's quota. The scheduler decides which of two equal calls comes first, and so which one gets a fault: with such
// calls the history of a seed would not be the same in every run.
func (r *run) askedOnce(inv *invocation, c awssim.Call, at time.Time) {
	question := c.Action + "?" + c.Params.Encode()
	if at.Equal(inv.lastAsked[question]) {
		r.violate("ask-once", "%s asks %s twice at one instant", inv.name, question)
	}
	inv.lastAsked[question] = at
}

// asksFor reports whether a look asks for an interface. Some looks ask only for the interfaces in flight.
func asksFor(c awssim.Call, id string) bool {
	if c.Params.Get("Filter.1.Name") != "network-interface-id" {
		return true
	}
	for name, values := range c.Params {
		if strings.HasPrefix(name, "Filter.1.Value.") && slices.Contains(values, id) {
			return true
		}
	}
	return false
}

// sighting has the instant of a look, and the time of the state that it showed.
type sighting struct{ at, shown time.Time }

// reattachment has the instant of the first look that showed an interface attached again, the sighting before, and whether
// that look was one at all interfaces, as it is made for the plan of another one.
type reattachment struct {
	at         time.Time
	unattached sighting
	elsewhere  bool
}

// recordInterface records since when the invocation knows that an interface is unattached, or that its attachment is
// detaching.
func (inv *invocation) recordInterface(e *awssim.Interface, s sighting, elsewhere bool) {
	if inv.firstHolder[e.ID] == "" {
		inv.firstHolder[e.ID] = holderOf(e)
	}
	switch {
	case e.Attachment != nil && s.shown.Before(inv.unattached[e.ID].shown):
		// A stale look, made for another interface, shows the time before.
	case e.Attachment != nil:
		if before := inv.unattached[e.ID]; !before.at.IsZero() {
			inv.attachedAgain[e.ID] = reattachment{s.at, before, elsewhere}
		}
		delete(inv.unattached, e.ID)
	case inv.unattached[e.ID].at.IsZero():
		inv.unattached[e.ID] = s
	}
	if a := e.Attachment; a != nil && a.Status == "detaching" && inv.detachingSince[a.ID].IsZero() {
		inv.detachingSince[a.ID] = s.at
	}
}

// decidedOn returns an interface as shown by the last look on which the invocation can have decided a change that takes
// effect now: the look was answered before the change was requested. A look that does not show the interface proves
// nothing.
func (r *run) decidedOn(inv *invocation, id string, f awssim.Fault) *awssim.Interface {
	e, _ := r.lastLook(inv, id, r.askedAt(f))
	return e
}

// lastLook returns an interface as shown by the last look that was answered by an instant, and the instant of the look.
func (r *run) lastLook(inv *invocation, id string, asked time.Time) (*awssim.Interface, time.Time) {
	for _, look := range slices.Backward(inv.looks) {
		if e := findInterface(look.shown, id); e != nil && asksFor(look.call, id) && !look.at.After(asked) {
			return e, look.at
		}
	}
	return nil, time.Time{}
}

// phases is the time by which parts of a call may differ.
const phases = 300 * time.Microsecond

// askedAt returns the latest instant at which a change that takes effect now was requested.
func (r *run) askedAt(f awssim.Fault) time.Time {
	return time.Now().Add(-f.Delay - r.callTime() + phases)
}

func (r *run) callTime() time.Duration { return time.Duration(r.scenario.World.Timing.Call) }
