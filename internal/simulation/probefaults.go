package simulation

import (
	"time"
)

// fate draws how many copies of an event on the probe's way arrive, and when the first one does.
func (r *run) fate(name, what string) (copies int, wait time.Duration) {
	s, f := &r.scenario, r.scenario.Faults
	roll := func(purpose string) float64 { return s.roll(what+"-"+purpose, name) }
	wait = time.Duration(roll("delay") / 100 * float64(1500*time.Millisecond))
	copies = 1
	if r.quiet {
		return copies, wait
	}
	lost, late, doubled := probeFaults(what)
	if roll("lost") < f.Probe && !f.WithoutKinds[lost] {
		r.count(lost)
		r.logf("the %s of %s is lost", what, name)
		return 0, 0
	}
	if roll("late") < f.Probe && !f.WithoutKinds[late] {
		r.count(late)
		wait += lateness(roll("lateness"))
	}
	if roll("doubled") < f.Probe && !f.WithoutKinds[doubled] {
		r.count(doubled)
		copies++
	}
	return copies, wait
}

// probeFaults returns the kinds of faults of a request for the probe, or of its result.
func probeFaults(what string) (lost, late, doubled string) {
	if what == "probe" {
		return faultProbeLost, faultProbeLate, faultProbeDoubled
	}
	return faultResultLost, faultResultLate, faultResultDoubled
}

// lateness returns a delay for a number from 0 to 100: most often seconds, sometimes minutes.
func lateness(n float64) time.Duration {
	switch {
	case n < 60:
		return time.Duration(n / 60 * float64(10*time.Second))
	case n < 95:
		return time.Duration((n - 60) / 35 * float64(3*time.Minute))
	}
	return verdictLife + time.Duration((n-95)/5*float64(time.Minute))
}

// pauseBetween is the time from the first arrival of an event to its n-th copy.
func pauseBetween(n int) time.Duration { return time.Duration(n) * 3 * time.Second }
