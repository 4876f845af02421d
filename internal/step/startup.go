package step

import (
	"cmp"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// A cold standby is started before anything is detached for it: the holder serves until the standby runs, and a start that
// EC2 refuses costs no client a connection.

const (
	// startEvery is the time between two questions about the state of a standby that is being started, and of the holder
	// meanwhile. Nothing else is waited for, so the looks keep to it, too.
	startEvery = time.Second
	// startUsual is the least time that a start gets before the next candidate is tried: see [plan.StartLimit] for what it
	// usually takes.
	startUsual = 30 * time.Second
)

// startup is the start of the standby that a landing is on. The zero value is that of a standby which has booted, as far as
// the plan could tell.
type startup struct {
	// awaited reports whether the standby was not seen running yet.
	awaited bool
	// request is how far the start is. A standby that was found pending counts as one whose start was accepted.
	request requestState
	// since is when the first request was accepted, or sent without a reply, or when the plan was made that found it pending.
	// requested is the same for the last request. Invariant: both are zero exactly if request is requestNone.
	since, requested time.Time
	// ran is when the first question began whose answer showed it running; zero if none did.
	ran time.Time
	// bootsUntil is the time until which it counts as booting; zero if it is awaited, or has booted.
	bootsUntil time.Time
	// unanswered counts the requests without a reply; unansweredCode is the last error code.
	unanswered     int
	unansweredCode string
}

// newStartup returns the startup of a candidate, by the plan that was made at the given instant.
func newStartup(c plan.Candidate, planned time.Time) startup {
	switch {
	case c.Pending:
		return startup{awaited: true, request: requestAccepted, since: planned, requested: planned}
	case c.Start:
		return startup{awaited: true}
	}
	if c.BootsUntil != nil {
		return startup{bootsUntil: *c.BootsUntil}
	}
	return startup{}
}

// cold reports whether the standby did not run when the plan was made, or only for a short while.
func (s startup) cold() bool { return s.awaited || !s.bootsUntil.IsZero() }

// underWay reports whether a start may have taken effect, and was not refused since.
func (s startup) underWay() bool {
	return s.request == requestAccepted || s.request == requestUnanswered
}

// sent returns the startup after a request that EC2 has accepted, or that got no reply.
func (s startup) sent(now time.Time, state requestState) startup {
	s.request, s.requested = state, now
	if s.since.IsZero() {
		s.since = now
	}
	return s
}

// answered returns the startup after an answer about the state of the standby, to a question that began at the instant at.
// A started standby gets the time settle to boot.
func (s startup) answered(at time.Time, state inventory.State, settle time.Duration) startup {
	switch {
	case !s.awaited:
	case state == inventory.StateRunning:
		s.awaited, s.request, s.ran, s.bootsUntil = false, requestAccepted, at, at.Add(settle)
	case state == inventory.StatePending && s.request == requestUnanswered:
		s.request = requestAccepted
	}
	return s
}

// prepare comes before a detach. It returns what is to be done before the standby can have the interface: it has to run, and
// to boot while the holder still serves. It reports false if there is nothing to do.
func (m *Move) prepare(now time.Time) (Action, bool) {
	m.judgeStart(now)
	if m.off.purpose == purposeRelieve && (m.on.returning || m.on.slot.Instance == "" && !m.nextSlot()) {
		if action, stop := m.nowhere(); stop {
			return action, true
		}
	}
	if action, stop := m.start(now); stop {
		return action, true
	}
	if until := m.bootsUntil(); now.Before(until) {
		return m.waitForStart(now, until), true
	}
	return Action{}, false
}

// nowhere goes on when the interface is on the doomed instance and no candidate is left: no standby starts, or all have
// refused and another invocation or a person has put it back there meanwhile. It stays there: to take it off would help no
// client.
// It reports false if a candidate gets another chance.
func (m *Move) nowhere() (Action, bool) {
	switch {
	case m.history.startRefused && !m.history.changed:
		if m.retryStart() {
			return Action{}, false
		}
		return m.unstarted(), true
	case m.history.replans == 0:
		return Action{Do: Replan}, true
	case m.seen.shown.Attachment.Status != inventory.StatusAttached:
		return Action{Do: Wait}, true
	}
	return m.finish(plan.OutcomeFailed, plan.ReasonReturned, "every candidate refused it, and it is back where it was"), true
}

// retryStart gives another chance to a candidate whose start got no clear answer. It reports false if there is none.
func (m *Move) retryStart() bool {
	m.tried.deferred = nil
	return m.nextSlot()
}

// start returns what is to be done until the standby runs. It reports false if it runs.
func (m *Move) start(now time.Time) (Action, bool) {
	switch s := m.on.startup; {
	case !s.awaited:
		return Action{}, false
	case !s.underWay():
		return Action{Do: Start, Slot: plan.Slot{Instance: m.on.slot.Instance}}, true
	}
	return m.waitForStart(now, m.startHangs()), true
}

// waitForStart waits for the next answer about the standby, or for the instant at which something is due. The looks would
// be more frequent than there is something to see.
func (m *Move) waitForStart(now, due time.Time) Action {
	next := m.seen.began.Add(startEvery)
	switch {
	case now.Before(next) && (due.Before(next) && now.Before(due)):
		return Action{Do: Wait, At: due, Blind: true}
	case now.Before(next):
		return Action{Do: Wait, At: next, Blind: true}
	case now.Before(due):
		return Action{Do: Wait, At: due}
	}
	return Action{Do: Wait} // the start has taken too long, and there is no other candidate
}

// startBeside starts the standby while the detach from the doomed instance lasts. Another attachment is the business of the
// invocation that takes it off, which may have another standby for it.
func (m *Move) startBeside(now time.Time) (Action, bool) {
	if m.off.purpose != purposeRelieve {
		return Action{}, false
	}
	m.judgeStart(now)
	if m.on.slot.Instance == "" && m.history.startRefused {
		m.nextSlot()
	}
	if !m.on.startup.awaited || m.on.startup.underWay() {
		return Action{}, false
	}
	if action, stop := m.forbidden(); stop {
		return action, true
	}
	return m.start(now)
}

// bootsUntil returns the time until which the interface stays with its holder for the standby to boot; zero if the holder
// does not serve.
func (m *Move) bootsUntil() time.Time {
	until := m.on.startup.bootsUntil
	switch by := m.item.RelieveBy; {
	case !m.holderServes():
		return time.Time{}
	case !by.IsZero() && by.Before(until):
		return by
	}
	return until
}

// holderServes reports whether the interface is attached to an instance that runs, as far as is known.
func (m *Move) holderServes() bool {
	e := m.seen.shown
	return m.item.Serving && !m.off.holder.left() && e != nil && !e.Unattached() && !e.Detaching()
}

// judgeStart gives a standby up whose start came to nothing, or takes too long.
func (m *Move) judgeStart(now time.Time) {
	s, t := m.on.startup, m.on.target
	switch {
	case !s.cold(), s.awaited && !s.underWay():
	case t.state == inventory.StateShuttingDown, t.state == inventory.StateTerminated, !s.awaited && t.left():
		m.refuseStart(plan.ReasonNotRunning, "it was "+string(t.state)+" after its start")
	case !s.awaited && t.full:
		m.slots.Full(m.on.slot.Instance)
		m.putOffStart(plan.ReasonNoSlot, "its last free slot was taken while it started") // a new plan may find one again
	case !s.awaited:
	case t.state == inventory.StateStopped, t.state == inventory.StateStopping:
		m.judgeStopped()
	}
	if s = m.on.startup; s.awaited && s.underWay() && !now.Before(m.startHangs()) && m.otherCandidate() {
		m.putOffStart(plan.ReasonRefused, "it was not running "+now.Sub(s.since).Round(time.Second).String()+" after its start")
	}
}

// judgeStopped goes on when the standby is shown stopped after its start was requested. An answer may be older than the
// request ("Eventual consistency in the Amazon EC2 API").
func (m *Move) judgeStopped() {
	s, t := m.on.startup, m.on.target
	switch {
	case s.request == requestUnanswered && t.asked.Before(s.requested.Add(RepeatAfter)):
	case s.request == requestUnanswered && s.unanswered >= maxUnanswered:
		m.putOffStart(plan.ReasonRefused, "its start: "+s.unansweredCode)
	case s.request == requestUnanswered:
		m.on.startup.request = requestLost // to start an instance that was started already changes nothing
	case t.asked.Before(s.requested.Add(Disbelief)):
	default:
		// EC2 accepts a start that it has no capacity or no key for, and says so when it stops the instance again (EC2 API
		// reference, "StateReason"; re:Post, "kms-iam-ec2-permission").
		m.refuseStart(plan.ReasonRefused, "EC2 stopped it again after its start"+showStateReason(t.reason))
	}
}

// startHangs returns when a start that lasts is given up if there is another candidate: after [plan.StartLimit], or after
// half of the time that is left, so that the next one can be started in the other half.
func (m *Move) startHangs() time.Time {
	since := m.on.startup.since
	left := m.deadline.Sub(since)
	if by := m.item.RelieveBy; m.holderServes() && by.After(since) {
		left = min(left, by.Sub(since))
	}
	return since.Add(max(startUsual, min(plan.StartLimit, left/2)))
}

// refuseStart gives up a candidate that does not start.
func (m *Move) refuseStart(reason plan.Reason, detail string) {
	m.history.startRefused = true
	m.refuse(reason, detail)
}

// putOffStart gives up a candidate for which a start has led to nothing yet, until no other one is left.
func (m *Move) putOffStart(reason plan.Reason, detail string) {
	m.history.startRefused = true
	m.putOff(reason, detail)
}

// unstarted ends a move that has changed nothing, because no candidate is left that starts.
func (m *Move) unstarted() Action {
	reason, detail := m.refusals()
	switch {
	case m.item.Target != "":
		return m.finish(plan.OutcomeFailed, reason, "the target could not be started"+detail)
	case reason != plan.ReasonDenied: // a person can mend that
		reason = plan.ReasonNoStandby
	}
	return m.finish(plan.OutcomeStranded, reason, "no standby could be started"+detail)
}

// startReplied takes in the reply to a start.
func (m *Move) startReplied(now time.Time, r Reply) {
	s := m.on.startup
	switch r.Class {
	case fault.None:
		m.on.startup = s.sent(now, requestAccepted)
	case fault.Unavailable:
		// It may have been accepted. The state of the instance says so.
		s.unanswered, s.unansweredCode = s.unanswered+1, cmp.Or(r.Code, noAnswer)
		m.on.startup = s.sent(now, requestUnanswered)
	case fault.Denied:
		m.refuseStart(plan.ReasonDenied, "its start: "+r.Code)
	case fault.Forbidden:
		m.refuseStart(plan.ReasonNotPermitted, "its start: "+r.Code)
	case fault.Gone, fault.Stale, fault.Conflict, fault.InUse, fault.Full, fault.IndexTaken, fault.Candidate, fault.Invalid:
		// No capacity, no quota, a wrong state: another instance may start.
		m.refuseStart(plan.ReasonRefused, "its start: "+r.Code)
	case fault.Throttled:
	}
}

// showStateReason says why an instance is in its state, after a text about it; empty if EC2 does not say.
func showStateReason(r inventory.StateReason) string {
	switch {
	case strings.HasPrefix(r.Message, r.Code) && r.Message != "":
		return ": " + r.Message // most messages begin with the code (EC2 API reference, "StateReason")
	case r.Code != "":
		return ": " + r.Code
	}
	return ""
}
