package mover

import "time"

const (
	// minGap is the shortest pause between two looks: about what a call takes.
	minGap = 25 * time.Millisecond
	// maxGap is the longest time from the beginning of a look to the next one, so that a detach that has ended is not left
	// unnoticed for long.
	maxGap = time.Second
	// gapDivisor makes the gap a twelfth of the time already waited. A look then comes at most a twelfth too late, and the
	// number of looks grows with the logarithm of the time only.
	gapDivisor = 12
	// maxSlowGap limits the gap after failed looks and changes, each of which doubles it.
	maxSlowGap = 8 * time.Second
	// maxSlow limits the number of doublings.
	maxSlow = 8
)

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
	// slow counts the looks and changes in a row that EC2 throttled or did not answer. Invariant: slow <= maxSlow.
	slow uint
	// wake is the earliest instant at which something else is due; zero if nothing is.
	wake time.Time
}

// start begins the count. If the plan was made on a second read, that is as good as a look, and the first one can wait.
func (p *pacer) start(now time.Time, looked bool) {
	p.since, p.began, p.ended, p.looked = now, now, now, looked
}

// changed starts the count anew after a change. An attach is often quick, so an early look follows it.
func (p *pacer) changed(now time.Time, attach bool) {
	p.since = now
	p.urgent = p.urgent || attach
}

// lookTaken takes in that a look has ended, whatever its answer.
func (p *pacer) lookTaken(began, now time.Time) {
	p.began, p.ended, p.looked, p.urgent = began, now, true, false
}

// failed stretches the next gaps: EC2 has throttled a call, or a look got no answer.
func (p *pacer) failed() { p.slow = min(p.slow+1, maxSlow) }

// answered ends the stretching.
func (p *pacer) answered() { p.slow = 0 }

// next returns when the next look is due. The first one is due at once.
func (p *pacer) next() time.Time {
	if !p.looked {
		return p.ended
	}
	gap := min(maxGap, p.began.Sub(p.since)/gapDivisor)
	if p.urgent {
		gap = 0
	}
	if p.slow > 0 {
		gap = min(maxSlowGap, max(gap, 4*minGap)<<p.slow)
	}
	// The gap counts from the beginning of the last look, so a look's own duration is a part of it. The shortest pause
	// counts from its end.
	if at := p.began.Add(gap); at.After(p.ended.Add(minGap)) {
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
