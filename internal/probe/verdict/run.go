package verdict

import (
	"net/netip"
	"time"
)

// freshness limits the age of a witness's last reaction for it to count as "at that moment". It is more than Interval,
// so that a living witness, which is asked each second, is always fresh enough. It is less than two seconds: silence
// takes three questions, so a reaction from before a cut is too old when the first target can be down.
const freshness = 3 * Interval / 2

// maxWitnesses limits the witnesses of a target that are asked: one that answers is enough.
const maxWitnesses = 5

// Run is what one run of the probe has found so far. Its methods are called in the order of time.
type Run struct {
	end     time.Time
	targets []*targetState
	// lastHeard is when any target or witness last reacted, and witnesses has the time for each witness.
	lastHeard time.Time
	witnesses map[netip.Addr]time.Time

	asked, answered int
	unasked         int
	// isolated reports whether the prober itself was cut off at some time.
	isolated bool
}

// NewRun returns a run from start to end, or later: see Until.
func NewRun(targets []Target, start, end time.Time) *Run {
	r := &Run{end: end, witnesses: map[netip.Addr]time.Time{}}
	for _, t := range targets {
		r.targets = append(r.targets, newTargetState(t, start))
	}
	return r
}

// Asked records a question to target n at the instant at. Each question of a target has another instant, and has to end
// with Ended.
func (r *Run) Asked(n int, at time.Time) {
	r.targets[n].addQuestion(pending{at, fresh(r.lastHeard, at)})
}

// Ended records the outcome of the question that target n was asked at the instant asked.
func (r *Run) Ended(n int, asked, ended time.Time, q Outcome) {
	switch q.Evidence {
	case Unasked:
		r.unasked++
	case Answered:
		r.answered++
		r.asked++
	case Refused, Reset, TLS, HTTP5xx, Timeout, NoRoute:
		r.asked++
	}
	r.targets[n].endQuestion(asked, ended, q)
	if q.Heard {
		r.lastHeard = ended
	}
}

// WitnessesOf returns the witnesses to ask together with target n's next question. There are none unless the target's
// last question met silence or is still unanswered, or the run goes on with its silence. The port is that of the check: the
// network path that admits the prober to the target probably admits it to the standby, too, and a closed port answers with a
// refusal.
func (r *Run) WitnessesOf(n int) []netip.AddrPort {
	t := r.targets[n]
	silent := t.failed.count > 0 && t.failed.last.Evidence.Silent()
	if !silent && len(t.pending) == 0 && !t.continues() {
		return nil
	}
	port := t.Probe.Checks[0].Port
	if silent {
		port = t.failed.last.Check.Port
	}
	var list []netip.AddrPort
	for _, a := range t.askedWitnesses() {
		list = append(list, netip.AddrPortFrom(a, port))
	}
	return list
}

// askedWitnesses returns the target's witnesses that are asked.
func (t Target) askedWitnesses() []netip.Addr {
	var list []netip.Addr
	for _, a := range t.Witnesses {
		if a != t.Address && len(list) < maxWitnesses {
			list = append(list, a)
		}
	}
	return list
}

// WitnessHeard records that a witness answered or refused.
func (r *Run) WitnessHeard(a netip.Addr, at time.Time) { r.witnesses[a], r.lastHeard = at, at }

// judgement says what follows for a target that is down.
type judgement struct {
	// reason says why there is no verdict; empty if there is one.
	reason    Reason
	confirmed bool
	// witness is the address that proved that the prober was connected; invalid if there was none, or none was needed.
	witness netip.Addr
}

// judge decides what follows for a target that is down. Silence proves nothing if the prober was cut off when it asked
// the last question: once anything reacts again, the decision waits for the next question. A reaction from before that
// question proves nothing about it, since the prober may be cut off again.
func (r *Run) judge(t *targetState, now time.Time) judgement {
	if !t.reachedBefore() {
		return judgement{reason: NotArmed}
	}
	if !t.failed.last.Evidence.Silent() {
		return judgement{confirmed: true}
	}
	if !fresh(r.lastHeard, now) {
		if r.otherHolderFellSilent(t) {
			r.isolated = true
			return judgement{reason: Isolated}
		}
		return judgement{}
	}
	if !t.failed.heardBefore || r.lastHeard.Before(t.failed.asked) {
		return judgement{reason: Isolated}
	}
	w := r.witnessOf(t, now)
	return judgement{confirmed: w.IsValid(), witness: w}
}

func fresh(heard, now time.Time) bool { return !heard.IsZero() && now.Sub(heard) <= freshness }

// witnessOf returns an address that reacted just now and so proves that t's silence is real: a target on another
// holder, or one of t's witnesses.
func (r *Run) witnessOf(t *targetState, now time.Time) netip.Addr {
	for _, o := range r.targets {
		if o.Instance != t.Instance && fresh(o.lastHeard, now) {
			return o.Address
		}
	}
	for _, a := range t.askedWitnesses() {
		if fresh(r.witnesses[a], now) {
			return a
		}
	}
	return netip.Addr{}
}

// otherHolderFellSilent reports whether a target on another holder fell silent together with t. If nothing else reacts
// either, the prober is cut off. A target that was never reached proves nothing, since a closed security group always
// looks like this; nor does one that has been silent for longer.
func (r *Run) otherHolderFellSilent(t *targetState) bool {
	for _, o := range r.targets {
		if o.Instance != t.Instance && o.reachedBefore() && sameCut(o, t) {
			return true
		}
	}
	return false
}

// sameCut reports whether one cut explains both silences. A question is lost if it was asked up to its time-out before
// the cut, and the next one comes up to an interval after it.
func sameCut(a, b *targetState) bool {
	if a.silentSince.IsZero() || b.silentSince.IsZero() {
		return false
	}
	return a.silentSince.Sub(b.silentSince).Abs() <= freshness+max(a.Probe.Timeout, b.Probe.Timeout)
}

// promised returns the latest time for the verdict on a target: `for` and a time-out after the first unanswered question. For
// a silence of the run before it may be over when this one begins, which needs two questions to see that it goes on.
func (r *Run) promised(t *targetState) time.Time {
	at := t.downAt()
	if soon := t.provenFrom.Add(Interval); t.continues() && at.Before(soon) {
		at = soon
	}
	return at.Add(t.Probe.Timeout)
}

// Unsettled reports whether a silence of the run before that lasts for long enough is still to be judged: not all such targets
// have had their turn yet.
func (r *Run) Unsettled(now time.Time) bool {
	for _, t := range r.targets {
		due := t.continues() && t.reachedBefore() && !t.before.Since.Add(t.Probe.For).After(t.provenFrom)
		if due && (!t.down(now) || r.judge(t, now).reason != None) {
			return true
		}
	}
	return false
}

// Ready reports whether there is a verdict, which ends the run. It returns the latest time for the verdict.
func (r *Run) Ready(now time.Time) (by time.Time, ready bool) {
	for _, t := range r.targets {
		if t.down(now) && r.judge(t, now).reason == None {
			if at := r.promised(t); !ready || at.Before(by) {
				by = at
			}
			ready = true
		}
	}
	return by, ready
}

// Until returns when the run ends if there is no verdict, by what is known now. That is its end; when this has come, it is
// later while a target that was reached before is unanswered since before the end: the next run would count from zero, so
// a `for` that is longer than a run would never be over. What falls silent after the end is the next run's.
func (r *Run) Until(now time.Time) time.Time {
	until := r.end
	if now.Before(until) {
		return until // it is asked for with each message, and the targets are many
	}
	for _, t := range r.targets {
		since := t.unansweredSince()
		if since.IsZero() || !since.Before(r.end) || !t.reachedBefore() {
			continue
		}
		last := since.Add(t.Probe.For + t.Probe.Timeout + Interval)
		if soon := t.provenFrom.Add(2*Interval + t.Probe.Timeout); t.continues() && last.Before(soon) {
			last = soon
		}
		if last.After(until) {
			until = last
		}
	}
	return until
}

// Due returns when to call Ready again though no question ends: the first instant after now at which a target without a
// question in flight is down. It is zero if there is none.
func (r *Run) Due(now time.Time) time.Time {
	var due time.Time
	for _, t := range r.targets {
		at := t.downAt()
		if t.failed.count >= minQuestions && len(t.pending) == 0 && t.reachedBefore() && at.After(now) && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	return due
}
