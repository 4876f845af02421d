package verdict

import (
	"net/netip"
	"time"
)

// freshness is how old the last sign of a witness may be to have come "at that moment". It is more than Interval, so
// that a living witness, which is asked each second, always has one. It is less than two seconds: silence takes three
// questions, so a sign from before the prober was cut off is too old by the time that a first target can be down.
const freshness = 3 * Interval / 2

// maxWitnesses is how many of a target's witnesses are asked: one that answers is enough.
const maxWitnesses = 5

// Run is what one run of the probe has found so far. It is told what is asked and met, in the order of time.
type Run struct {
	end     time.Time
	targets []*state
	// heardAt is when anything last came from a target or a witness, and witnesses when it came from which witness.
	heardAt   time.Time
	witnesses map[netip.Addr]time.Time

	asked, answered int
	unasked         int
	// isolated reports whether the prober itself was cut off at some time.
	isolated bool
}

// NewRun begins a run that is to end at end.
func NewRun(targets []Target, end time.Time) *Run {
	r := &Run{end: end, witnesses: map[netip.Addr]time.Time{}}
	for _, t := range targets {
		r.targets = append(r.targets, &state{Target: t})
	}
	return r
}

// Asked notes that target n is asked a question at the instant at, each at a later one. It has to end with Met.
func (r *Run) Asked(n int, at time.Time) { r.targets[n].ask(pending{at, fresh(r.heardAt, at)}) }

// Met notes what the question met that target n was asked at the instant asked.
func (r *Run) Met(n int, asked, ended time.Time, q Question) {
	switch q.Evidence {
	case Unasked:
		r.unasked++
	case Answered:
		r.answered++
		r.asked++
	case Refused, Reset, TLS, HTTP5xx, Timeout, NoRoute:
		r.asked++
	}
	r.targets[n].met(asked, ended, q)
	if q.Heard {
		r.heardAt = ended
	}
}

// WitnessesOf returns whom to ask beside target n's next question: none, unless its last one met silence or is still
// without an answer. They are asked at the port of the check: what lets the prober in at the target most probably does so
// at the standby too, and a closed port answers with a refusal.
func (r *Run) WitnessesOf(n int) []netip.AddrPort {
	t := r.targets[n]
	port := t.Probe.Checks[0].Port
	switch {
	case t.failed.count > 0 && t.failed.last.Evidence.Silent():
		port = t.failed.last.Check.Port
	case len(t.pending) > 0:
	default:
		return nil
	}
	var list []netip.AddrPort
	for _, a := range t.askedWitnesses() {
		list = append(list, netip.AddrPortFrom(a, port))
	}
	return list
}

// askedWitnesses are those of the target's witnesses that are asked.
func (t Target) askedWitnesses() []netip.Addr {
	var list []netip.Addr
	for _, a := range t.Witnesses {
		if a != t.Address && len(list) < maxWitnesses {
			list = append(list, a)
		}
	}
	return list
}

// WitnessHeard notes that a witness answered, be it with a refusal.
func (r *Run) WitnessHeard(a netip.Addr, at time.Time) { r.witnesses[a], r.heardAt = at, at }

// finding is what is found of a target that is down.
type finding struct {
	// reason says why there is no verdict; empty: there is one.
	reason    Reason
	confirmed bool
	// witness is who showed that silence is not the prober's; invalid if nobody did or nobody had to.
	witness netip.Addr
}

// find says what follows from a target's being down. Silence tells nothing if the prober was cut off when it asked the
// last question: once something is heard again, the next question has to be waited for.
func (r *Run) find(t *state, now time.Time) finding {
	if !t.upBefore() {
		return finding{reason: NotArmed}
	}
	if !t.failed.last.Evidence.Silent() {
		return finding{confirmed: true}
	}
	if !fresh(r.heardAt, now) {
		if r.fellSilentWithOthers(t) {
			r.isolated = true
			return finding{reason: Isolated}
		}
		return finding{}
	}
	if !t.failed.connected {
		return finding{reason: Isolated}
	}
	w := r.witnessOf(t, now)
	return finding{confirmed: w.IsValid(), witness: w}
}

func fresh(heard, now time.Time) bool { return !heard.IsZero() && now.Sub(heard) <= freshness }

// witnessOf returns the address of a witness to the silence of t: another target on another holder, or one of t's own
// witnesses, which was heard just now.
func (r *Run) witnessOf(t *state, now time.Time) netip.Addr {
	for _, o := range r.targets {
		if o.Instance != t.Instance && fresh(o.heard, now) {
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

// fellSilentWithOthers reports whether targets on another holder fell silent together with t: if nothing else is heard
// either, that is the prober's own trouble. A target that was never up tells nothing (a security group that lets nobody
// in would look like this for ever), and neither does one that has been silent for longer.
func (r *Run) fellSilentWithOthers(t *state) bool {
	for _, o := range r.targets {
		if o.Instance != t.Instance && o.upBefore() && together(o, t) {
			return true
		}
	}
	return false
}

// together reports whether one cut explains the silence of both: a question asked up to its time-out before the cut is
// lost, and the next one comes up to an interval after it.
func together(a, b *state) bool {
	if a.quietSince.IsZero() || b.quietSince.IsZero() {
		return false
	}
	return a.quietSince.Sub(b.quietSince).Abs() <= freshness+max(a.Probe.Timeout, b.Probe.Timeout)
}

// Ready reports whether there is a verdict, which ends the run, and by when it has to be given: `for` and a time-out after
// the first question that was not answered.
func (r *Run) Ready(now time.Time) (by time.Time, ready bool) {
	for _, t := range r.targets {
		if t.down(now) && r.find(t, now).reason == None {
			if at := t.downAt().Add(t.Probe.Timeout); !ready || at.Before(by) {
				by = at
			}
			ready = true
		}
	}
	return by, ready
}

// Due returns when to ask for Ready again though no question ends: the first instant at which a target that nobody is
// asking is down. It is zero if there is none after now.
func (r *Run) Due(now time.Time) time.Time {
	var due time.Time
	for _, t := range r.targets {
		at := t.downAt()
		if t.failed.count >= minQuestions && len(t.pending) == 0 && t.upBefore() && at.After(now) && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	return due
}
