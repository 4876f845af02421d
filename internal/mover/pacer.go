package mover

import "time"

const (
	// minGap and maxGap bound the time between two looks. The least is about what a call takes; the most
	// keeps a finished detach from lying about for long.
	minGap = 25 * time.Millisecond
	maxGap = time.Second
	// gapShare is the part of the time already waited that the next gap is: a look then comes at most a
	// twelfth too late, for a number of looks that grows with the logarithm of the time.
	gapShare = 12
	// maxSlow is the most that throttles stretch a gap by.
	maxSlow = 8 * time.Second
)

// pacer says when to look next. All interfaces on their way share it: its gaps are counted from the last
// change that EC2 accepted for any of them.
type pacer struct {
	since  time.Time // when the wait began
	began  time.Time // when the last look began
	last   time.Time // when it ended
	slow   uint      // looks and changes in a row that failed: each doubles the gap
	wake   time.Time // when something else is due; zero: nothing
	looks  bool      // whether any look was taken yet
	urgent bool      // an early look is wanted
}

// start begins the count. If there was a look already, the first one of its own can wait.
func (p *pacer) start(now time.Time, looked bool) {
	p.since, p.began, p.last, p.looks = now, now, now, looked
}

// changed starts the count anew, with an early look after an attach: it is often quick.
func (p *pacer) changed(now time.Time, attach bool) {
	p.since = now
	p.urgent = p.urgent || attach
}

func (p *pacer) looked(began, now time.Time) {
	p.began, p.last, p.looks, p.urgent = began, now, true, false
}

func (p *pacer) failed() { p.slow = min(p.slow+1, 8) }

func (p *pacer) answered() { p.slow = 0 }

// next is when the next look is due. The first one is due at once.
func (p *pacer) next() time.Time {
	if !p.looks {
		return p.last
	}
	gap := min(maxGap, p.began.Sub(p.since)/gapShare)
	if p.urgent {
		gap = 0
	}
	if p.slow > 0 {
		gap = min(maxSlow, max(gap, 4*minGap)<<p.slow)
	}
	// A share of the time waited is a period, which a look's own duration is a part of; the least gap is
	// a pause.
	if at := p.began.Add(gap); at.After(p.last.Add(minGap)) {
		return at
	}
	return p.last.Add(minGap)
}

func (p *pacer) due(now time.Time) bool { return !now.Before(p.next()) }

// wakeAt asks for a pass at the instant at, even if no look is due then.
func (p *pacer) wakeAt(at time.Time) {
	if !at.IsZero() && (p.wake.IsZero() || at.Before(p.wake)) {
		p.wake = at
	}
}

// wait is how long the loop may sleep: until the next look, if one is wanted, or until something else is
// due.
func (r *run) wait(now time.Time) time.Duration {
	at := now.Add(maxGap)
	if r.wanted(now) {
		at = r.pacer.next()
	}
	if wake := r.pacer.wake; !wake.IsZero() && wake.After(now) && wake.Before(at) {
		at = wake
	}
	return max(0, at.Sub(now))
}
