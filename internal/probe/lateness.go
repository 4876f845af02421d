package probe

import "time"

// turns is how often a question needs the processor until it is answered: to start, and when it is connected, when the
// handshake's reply comes, and when the response comes; one more is a reserve. If the prober was never later than this
// part of a time-out, its lateness did not use up the time-out.
const turns = 5

// lateness has the worst delay of the prober itself in each second. A function that has too little of the processor
// does late what is due, and would take its own slowness for the silence of a service.
type lateness map[int64]time.Duration

// observe records that something that was due before the instant at happened then, and by how much too late.
func (l lateness) observe(at time.Time, late time.Duration) {
	l[at.Unix()] = max(l[at.Unix()], late)
}

// worst returns the worst delay in the seconds between two instants.
func (l lateness) worst(from, to time.Time) time.Duration {
	var worst time.Duration
	for second := from.Unix(); second <= to.Unix(); second++ {
		worst = max(worst, l[second])
	}
	return worst
}
