package mover

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/pace"
)

const (
	// minGap is the shortest pause between two looks: about what a call takes.
	minGap = 20 * time.Millisecond
	// maxGap is the longest time from the beginning of a look to the next one, so that a detach that has ended is not left
	// unnoticed for long.
	maxGap = time.Second
	// gapDivisor makes the gap a sixteenth of the time already waited. A look then comes at most a sixteenth too late, and the
	// number of looks grows with the logarithm of the time only.
	gapDivisor = 16
	// maxSlowGap limits the gap after looks without an answer, each of which doubles it.
	maxSlowGap = 8 * time.Second
	// maxSlow limits the number of doublings.
	maxSlow = 8
)

// All callers of an account share EC2's token buckets. In a storm of interruptions, each of which has an invocation of its
// own, what a look costs is the token of another invocation's look. A throttled look costs none. So once EC2 has throttled,
// looks that are answered are spaced, and a throttled one is repeated soon: at once where clients wait, later where a host
// still serves or a move has only its proof to come.
const (
	// firstSpacing is the spacing after the first throttle, and startSpacing that of a run whose reads were throttled: about
	// the time that a detach takes.
	firstSpacing = 400 * time.Millisecond
	startSpacing = 2 * time.Second
	// maxSpacing limits the spacing. Each look that is throttled makes it half as long again, and each one that is answered
	// at once a tenth shorter.
	maxSpacing = 4 * time.Second
	// proofSpacing is the least spacing while no client waits, and watchSpacing while another invocation seems to be at work.
	proofSpacing = 1500 * time.Millisecond
	watchSpacing = 10 * time.Second
)

// urgency says who waits for the next look.
type urgency int

const (
	// clientsWait: an interface is off its holder, or on its way off, and not attached yet.
	clientsWait urgency = iota
	// moveWaits: the holder serves until the look shows that nothing has changed, or the target serves already.
	moveWaits
	// othersMove: another invocation seems to move the interfaces; the looks would only show that it was cut off.
	othersMove
)

// retryPauses returns the first and the longest pause after a throttled look.
func (u urgency) retryPauses() (first, longest time.Duration) {
	if u == clientsWait {
		return 100 * time.Millisecond, time.Second
	}
	return 400 * time.Millisecond, 5 * time.Second
}

// pacer says when to look next. All interfaces on their way share it: its gaps are counted from the last change that EC2
// has accepted for any of them. With a pacer for each interface, ten that move together would take several times the
// looks.
type pacer struct {
	// since is when the wait began: with the last change, or with the run.
	since time.Time
	// began and ended are when the last look was sent and answered; before the first look, both are when the run began.
	began, ended time.Time
	// looked reports whether there was a look, by the run or by the plan.
	looked bool
	// urgent reports whether an early look is wanted.
	urgent bool
	// slow counts the looks in a row that EC2 did not answer. Invariant: slow <= maxSlow.
	slow uint
	// spacing is the least time between looks since EC2 has throttled one; zero if none was throttled for long.
	// Invariant: spacing <= maxSpacing.
	spacing time.Duration
	// throttles counts the looks in a row that EC2 throttled, and retryAt is when the last of them is repeated.
	throttles uint
	retryAt   time.Time
	// urgency is that of the most urgent interface.
	urgency urgency
	// wake is the earliest instant at which something else is due; zero if nothing is.
	wake time.Time
}

// start begins the count. If the plan was made on a read that is as good as a look, the first one can wait. If reads were
// throttled, the looks are spaced from the beginning.
func (p *pacer) start(now time.Time, looked, throttled bool) {
	p.since, p.began, p.ended, p.looked = now, now, now, looked
	if throttled {
		p.spacing = startSpacing
	}
}

// changed starts the count anew after a change. An attach is often quick, so an early look follows it.
func (p *pacer) changed(now time.Time, attach bool) {
	p.since = now
	p.urgent = p.urgent || attach
	if at := now.Add(p.spacing); at.Before(p.retryAt) {
		p.retryAt = at
	}
}

// lookTaken takes in that a look has ended, whatever its answer.
func (p *pacer) lookTaken(began, now time.Time) {
	p.began, p.ended, p.looked, p.urgent = began, now, true, false
}

// failed stretches the next gaps: a look got no answer.
func (p *pacer) failed() { p.slow = min(p.slow+1, maxSlow) }

// throttled takes in that EC2 has throttled a look. The jitter keeps invocations apart that are throttled together.
func (p *pacer) throttled(now time.Time) {
	if p.throttles == 0 { // one shortage counts once, however often the look is repeated
		p.spacing = min(maxSpacing, max(firstSpacing, p.spacing*3/2))
	}
	first, longest := p.urgency.retryPauses()
	pause := min(longest, first<<min(p.throttles, maxSlow))
	// While clients wait, nothing is gained by a longer pause: in a storm of a thousand, one look in twelve gets a token.
	if p.throttles > maxSlow && p.urgency != clientsWait {
		pause = min(maxSlowGap, pause<<(min(p.throttles, 2*maxSlow)-maxSlow))
	}
	p.retryAt = now.Add(pace.EqualJitter(pause))
	p.throttles++
}

// answered takes in that EC2 has answered a look.
func (p *pacer) answered() {
	if p.throttles == 0 {
		if p.spacing = p.spacing * 9 / 10; p.spacing < 2*minGap {
			p.spacing = 0
		}
	}
	p.slow, p.throttles = 0, 0
}

// spaced returns the least time between looks by their urgency.
func (p *pacer) spaced() time.Duration {
	switch {
	case p.spacing == 0 || p.urgency == clientsWait:
		return p.spacing
	case p.urgency == othersMove:
		return watchSpacing
	}
	return max(2*p.spacing, proofSpacing)
}

// next returns when the next look is due. The first one is due at once.
func (p *pacer) next() time.Time {
	switch {
	case !p.looked:
		return p.ended
	case p.throttles > 0:
		return p.retryAt
	}
	gap := min(maxGap, p.began.Sub(p.since)/gapDivisor)
	if p.urgent {
		gap = 0
	}
	if p.slow > 0 {
		gap = min(maxSlowGap, max(gap, 4*minGap)<<p.slow)
	}
	// The gap counts from the beginning of the last look, so a look's own duration is a part of it. The shortest pause
	// counts from its end. The spacing also counts from the last change: what it did takes its time.
	from := p.began
	if s := p.spaced(); s > 0 {
		gap = max(gap, s)
		if p.since.After(from) {
			from = p.since
		}
	}
	if at := from.Add(gap); at.After(p.ended.Add(minGap)) {
		return at
	}
	return p.ended.Add(minGap)
}

// due reports whether the next look is due.
func (p *pacer) due(now time.Time) bool { return !now.Before(p.next()) }

// wakeAt asks for a pass at the instant at, even if no look is due then.
func (p *pacer) wakeAt(at time.Time) {
	if !at.IsZero() && (p.wake.IsZero() || at.Before(p.wake)) {
		p.wake = at
	}
}
