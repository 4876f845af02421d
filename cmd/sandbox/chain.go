package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// goal is what the function may add to what nobody can do without.
const goal = 100 * time.Millisecond

// chain is what the time from the event to the attached interface consists of: what has to happen one
// thing after the other, whoever makes the calls and however well, and what the function adds to it.
type chain struct {
	id string
	// total is from the event to the answer to the look that proved the attachment.
	total time.Duration
	// settling is for how long EC2 refused to detach it, because its instance was stopping, say; grace is
	// for how long the guest was given before it was forced; detach and attach are what EC2 took for them
	// once it had accepted them.
	settling, grace, detach, attach time.Duration
	// calls counts the calls that wait for one another, of latency each. Of the looks only those before
	// the first change are among them: a perfect look takes effect at the instant that the wait for it is
	// over, and its way back is in the half of a call that a detach or attach had left when it took effect.
	calls   int
	latency time.Duration
	// freeSeen and attachedSeen are the times from these changes to the looks that saw them.
	freeSeen, attachedSeen time.Duration
}

// least is what nobody can do without.
func (c chain) least() time.Duration {
	return c.settling + c.grace + c.detach + c.attach + time.Duration(c.calls)*c.latency
}

// added is what the function adds to that.
func (c chain) added() time.Duration { return c.total - c.least() }

// leastText says what the least consists of.
func (c chain) leastText() string {
	var parts []string
	part := func(what string, d time.Duration) {
		if d > 0 {
			parts = append(parts, what+" "+seconds(d))
		}
	}
	part("EC2 refuses", c.settling)
	part("grace before force", c.grace)
	part("detach", c.detach)
	part("attach", c.attach)
	return strings.Join(append(parts, fmt.Sprintf("%s in a row, %s each", plural(c.calls, "call"), seconds(c.latency))), ", ")
}

// addedText says what the function's part consists of.
func (c chain) addedText() string {
	text := ""
	if c.freeSeen > 0 {
		text = "free seen " + seconds(c.freeSeen) + " late, "
	}
	return text + fmt.Sprintf("attached %s late, rest %s",
		seconds(c.attachedSeen), seconds(c.added()-c.freeSeen-c.attachedSeen))
}

// chains takes apart the time of each interface that was moved or attached.
func (t *trial) chains() []chain {
	var list []chain
	for _, r := range t.report.Interfaces {
		if r.Outcome != plan.OutcomeMoved && r.Outcome != plan.OutcomeAttached {
			continue
		}
		if c, ok := t.chain(r); ok {
			list = append(list, c)
		}
	}
	return list
}

// chain takes apart the time of one interface; ok is false if its history does not show how it got there.
func (t *trial) chain(r failover.InterfaceReport) (c chain, ok bool) {
	h := t.history
	attempts := h.attempts(r.Interface)
	attach, ok := lastAccepted(attempts, attachAction, t.end)
	if !ok {
		return c, false
	}
	done, ok := h.reached(r.Interface, attached, attach.Time)
	if !ok {
		return c, false
	}
	first := attempts[0]
	c = chain{
		id: r.Interface, total: t.eventToAttached(r), latency: time.Duration(t.sent.Timing.Call),
		attach: done.Sub(attach.Time), attachedSeen: h.seen(r.Interface, done),
	}
	c.calls = roundsBefore(h.calls, first.Time, c.latency)
	for _, a := range attempts {
		if a.Action == attachAction {
			c.calls++ // more than one if candidates refused
		}
	}
	if first.Action == attachAction {
		return c, true
	}
	c.calls++
	freed, ok := h.reached(r.Interface, free, first.Time)
	if !ok {
		return c, false
	}
	c.freeSeen = h.seen(r.Interface, freed)
	c.settling, c.grace, c.detach = h.detaching(r.Interface, attempts, freed)
	return c, true
}

// detaching takes apart the time from the first attempt to detach an interface to its being free; see
// [chain].
func (h history) detaching(id string, attempts []awssim.Call, freed time.Time) (settling, grace, detach time.Duration) {
	start := attempts[0].Time
	last, ok := lastAccepted(attempts, detachAction, freed)
	if !ok {
		return freed.Sub(start), 0, 0 // its instance ended first
	}
	first := attempts[slices.IndexFunc(attempts, accepted)]
	if first.Seq != attempts[0].Seq {
		settling = max(0, h.settled(h.start[id].instance, first.Time).Sub(start))
	}
	return settling, last.Time.Sub(first.Time), freed.Sub(last.Time)
}

// eventToAttached is the report's own figure. For an event whose time is not that of its sending there is
// none of use, and it is taken from the look that proved the attachment, half a call before its answer.
func (t *trial) eventToAttached(r failover.InterfaceReport) time.Duration {
	if t.moved {
		return time.Duration(r.EventToAttachedMs) * time.Millisecond
	}
	last := t.start
	for _, c := range t.history.calls {
		if isLook(c) && looksAt(c, r.Interface) {
			last = c.Time
		}
	}
	return last.Sub(t.start) + time.Duration(t.sent.Timing.Call)/2
}

// seen is the time from a change of an interface to the first look that saw it.
func (h history) seen(id string, changed time.Time) time.Duration {
	for _, c := range h.calls {
		if isLook(c) && looksAt(c, id) && !c.Time.Before(changed) {
			return c.Time.Sub(changed)
		}
	}
	return 0
}

// settled is when an instance came into the state that it had at an instant.
func (h history) settled(instance string, by time.Time) time.Time {
	var at time.Time
	for _, c := range h.changes {
		if c.id == instance && !c.at.After(by) {
			at = c.at
		}
	}
	return at
}

func looksAt(look awssim.Call, id string) bool {
	return slices.Contains(filterValues(look, "network-interface-id"), id)
}

// roundsBefore counts the rounds of calls, those at the same time being one, that were over when a call was
// made that took effect at an instant. The checks of records run beside the move and are not in its way.
func roundsBefore(calls []awssim.Call, at time.Time, latency time.Duration) int {
	apart := latency * 9 / 10 // less than the latency of any one call
	rounds := 0
	var end time.Time
	for _, c := range calls {
		if c.Service == "route53" || c.Time.Add(apart).After(at) || c.Time.Before(end) {
			continue
		}
		rounds++
		end = c.Time.Add(apart)
	}
	return rounds
}
