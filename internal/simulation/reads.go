package simulation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// What an invocation may do is judged by the states of the account that its reads were shown: it can't know
// what happened since, and it must not act on what it never saw.

// look is one DescribeNetworkInterfaces that was answered: when it took effect, and which state it showed.
type look struct {
	call  awssim.Call
	at    time.Time
	shown *awssim.World
}

// now is the account as it is.
func (r *run) now() *awssim.World {
	past := r.sim.Past()
	return &past[len(past)-1].World
}

// worldAt is the account as it was at an instant.
func (r *run) worldAt(t time.Time) *awssim.World {
	past := r.sim.Past()
	n := len(past) - 1
	for n > 0 && past[n].Since.After(t) {
		n--
	}
	return &past[n].World
}

// saw reports whether the account was so in any state that the invocation can have been shown.
func (r *run) saw(inv *invocation, match func(w *awssim.World) bool) bool {
	for _, moment := range slices.Backward(r.sim.Past()) {
		if match(&moment.World) {
			return true
		}
		if !moment.Since.After(inv.oldestShown) {
			return false // the one before was over when the invocation looked first
		}
	}
	return false
}

// sawInstance is saw for one instance; nil stands for one that is not there.
func (r *run) sawInstance(inv *invocation, id string, match func(in *awssim.Instance) bool) bool {
	return r.saw(inv, func(w *awssim.World) bool { return match(findInstance(w, id)) })
}

// watch notes what a read is shown. A read whose reply is lost, or that is refused, shows nothing.
func (r *run) recordRead(inv *invocation, c awssim.Call, f awssim.Fault) {
	at := time.Now()
	r.askedOnce(inv, c, at)
	shown := at.Add(-f.Stale)
	if inv.oldestShown.IsZero() || shown.Before(inv.oldestShown) {
		inv.oldestShown = shown
	}
	if len(r.now().DisruptedAZs) > 0 {
		inv.blind = true // what is in a disrupted zone can't be asked about
	}
	if f.LoseReply || f.Code != "" || f.Status != 0 {
		return
	}
	if c.Action != "DescribeNetworkInterfaces" {
		return
	}
	for _, id := range f.Hide {
		inv.notShown[id] = true
	}
	w := without(r.worldAt(shown), f.Hide)
	inv.looks = append(inv.looks, look{c, at, w})
	maps.DeleteFunc(inv.inDoubt, func(id string, _ bool) bool { return asksFor(c, id) })
	for n := range w.Interfaces {
		if e := &w.Interfaces[n]; asksFor(c, e.ID) {
			inv.recordInterface(e, sighting{at, shown})
		}
	}
}

// askedOnce judges whether no question is asked twice at one instant. EC2's throttles are the whole account's; and
// which of two equal calls is the first one, so that a fault hits it, is up to the scheduler: a history with such
// calls is not the same in every run.
func (r *run) askedOnce(inv *invocation, c awssim.Call, at time.Time) {
	question := c.Action + "?" + c.Params.Encode()
	if at.Equal(inv.lastAsked[question]) {
		r.violate("ask-once", "%s asks %s twice at one instant", inv.name, question)
	}
	inv.lastAsked[question] = at
}

// asksFor reports whether a look is at an interface: some are at those only that are on their way.
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

// sighting is when a look showed something, and of when the state is that it showed.
type sighting struct{ at, shown time.Time }

// seen notes since when an invocation knows an interface to be unattached, or on an attachment that is
// being taken off.
func (inv *invocation) recordInterface(e *awssim.Interface, s sighting) {
	if inv.firstHolder[e.ID] == "" {
		inv.firstHolder[e.ID] = holderOf(e)
	}
	switch {
	case e.Attachment != nil && s.shown.Before(inv.unattached[e.ID].shown):
		// A stale look, taken for others' sake, of the time before.
	case e.Attachment != nil:
		delete(inv.unattached, e.ID)
	case inv.unattached[e.ID].at.IsZero():
		inv.unattached[e.ID] = s
	}
	if a := e.Attachment; a != nil && a.Status == "detaching" && inv.detachingSince[a.ID].IsZero() {
		inv.detachingSince[a.ID] = s.at
	}
}

// decidedOn is an interface as the last look showed it that an invocation can have decided a change on which
// takes effect now: one that was answered when the change was asked for. One look that does not show the
// interface proves nothing.
func (r *run) decidedOn(inv *invocation, id string, f awssim.Fault) *awssim.Interface {
	e, _ := r.lastLook(inv, id, f)
	return e
}

// lastLook is decidedOn with the instant at which that look took effect.
func (r *run) lastLook(inv *invocation, id string, f awssim.Fault) (*awssim.Interface, time.Time) {
	const phases = 300 * time.Microsecond // by which the halves of calls differ
	asked := time.Now().Add(-f.Delay - r.callTime() + phases)
	for _, look := range slices.Backward(inv.looks) {
		if e := findInterface(look.shown, id); e != nil && asksFor(look.call, id) && !look.at.After(asked) {
			return e, look.at
		}
	}
	return nil, time.Time{}
}

func (r *run) callTime() time.Duration { return time.Duration(r.scenario.World.Timing.Call) }
