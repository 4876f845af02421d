package step

import (
	"hash/fnv"
	"strconv"
	"time"
)

const (
	// conflictPause is the pause after a request that EC2 refused for the state of things; it doubles up to
	// maxConflictPause. Attach and detach share a bucket of five a second for the whole account ("Request throttling" in
	// the EC2 API reference).
	conflictPause    = 200 * time.Millisecond
	maxConflictPause = time.Second
	// throttlePause is the pause after a throttle; it doubles up to maxThrottlePause.
	throttlePause    = 200 * time.Millisecond
	maxThrottlePause = 5 * time.Second
)

// holdback delays the next request. The zero value delays nothing.
type holdback struct {
	notBefore time.Time
	// throttles counts the throttles in a row, and conflicts the refusals for the state of things since the last
	// request that EC2 accepted.
	throttles, conflicts int
}

// throttled returns the holdback after one more throttle. Half of the pause is jitter that differs between interfaces.
func (h holdback) throttled(now time.Time, seed string) holdback {
	h.throttles++
	pause := min(maxThrottlePause, throttlePause<<min(h.throttles-1, 5))
	sum := fnv.New32a()
	sum.Write([]byte(seed + strconv.Itoa(h.throttles)))
	h.notBefore = now.Add(pause/2 + time.Duration(sum.Sum32())%(pause/2))
	return h
}

// conflict returns the holdback after a refusal for the state of things, which does not change at once.
func (h holdback) conflict(now time.Time) holdback {
	h.notBefore = now.Add(min(maxConflictPause, conflictPause<<min(h.conflicts, 10)))
	h.conflicts++
	return h
}

// answered returns the holdback after a reply that is not a throttle.
func (h holdback) answered(accepted bool) holdback {
	h.throttles = 0
	if accepted {
		h.conflicts = 0
	}
	return h
}
