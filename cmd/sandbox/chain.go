package main

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// goal is what the handler may add to what no handler can do without.
const goal = 100 * time.Millisecond

// chain is what the time from the event to the attached interface consists of: what has to happen one
// after the other, whoever makes the calls and however well, and the rest.
type chain struct {
	id string
	// total is from the event to the answer to the look that proved the attachment.
	total time.Duration
	// settling is for how long EC2 refused to detach it, because its instance was stopping, say; detach
	// and attach are what EC2 took for them once it had accepted them.
	settling, detach, attach time.Duration
	// calls counts the calls that wait for one another; each takes latency, there and back. Of the looks
	// only those before the first change are among them: a perfect look comes back just when the wait
	// that it ends is over, but for the half of the latency that the accepted call left over.
	calls   int
	latency time.Duration
}

// rest is what is left of the total: looks that come too late, and the handler's own time.
func (c chain) rest() time.Duration {
	return c.total - c.settling - c.detach - c.attach - time.Duration(c.calls)*c.latency
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

func (t *trial) chain(r failover.InterfaceReport) (chain, bool) {
	attempts := t.history.attempts(r.Interface)
	attach, ok := lastAccepted(attempts, attachAction, t.end)
	done, arrived := t.history.reached(r.Interface, attached, attach.Time)
	if !ok || !arrived {
		return chain{}, false
	}
	c := chain{id: r.Interface, latency: time.Duration(t.sent.Timing.Call), attach: done.Sub(attach.Time)}
	c.total = t.eventToAttached(r)
	first := attempts[0]
	c.calls = roundsBefore(t.history.calls, first.Time, c.latency) + 1
	if first.Action == attachAction {
		c.calls += len(attempts) - 1 // candidates that refused
		return c, true
	}
	for _, a := range attempts {
		if a.Action == attachAction {
			c.calls++
		}
	}
	freed, ok := t.history.reached(r.Interface, free, first.Time)
	if !ok {
		return chain{}, false
	}
	ready := first.Time
	if !accepted(first) {
		ready = freed
		if detach, ok := lastAccepted(attempts, detachAction, t.end); ok {
			ready = t.settled(t.history.start[r.Interface].instance, detach.Time)
		}
	}
	c.settling = max(0, ready.Sub(first.Time))
	if detach, ok := lastAccepted(attempts, detachAction, t.end); ok {
		c.detach = freed.Sub(detach.Time)
	}
	return c, true
}

// eventToAttached is the report's own figure. For an event whose time is not that of its sending there is
// none of use, and it is taken from the look that proved the attachment, half a call before its answer.
func (t *trial) eventToAttached(r failover.InterfaceReport) time.Duration {
	if t.moved {
		return time.Duration(r.EventToAttachedMs) * time.Millisecond
	}
	last := t.start
	for _, c := range t.history.calls {
		if isLook(c) {
			last = c.Time
		}
	}
	return last.Sub(t.start) + time.Duration(t.sent.Timing.Call)/2
}

// settled is when an instance came into the state that it had at an instant.
func (t *trial) settled(instance string, before time.Time) time.Time {
	at := t.start
	for _, c := range t.history.changes {
		if c.id == instance && !c.at.After(before) {
			at = c.at
		}
	}
	return at
}

// roundsBefore counts the rounds of calls, those at the same time being one, that took effect before an
// instant. The checks of records run beside the move and are not in its way.
func roundsBefore(calls []awssim.Call, before time.Time, latency time.Duration) int {
	rounds := 0
	var end time.Time
	for _, c := range calls {
		if c.Service == "route53" || !c.Time.Before(before) || c.Time.Before(end) {
			continue
		}
		rounds++
		end = c.Time.Add(latency)
	}
	return rounds
}
