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

// holdback delays the next request of a move after a throttle, a refusal for the state of things, or a new plan that found
// no candidate. Looks go on meanwhile, at the pace of package mover, but for a throttled request of a move that has nothing
// under way: see [Move.idle]. The zero value delays nothing.
type holdback struct {
	// notBefore is the earliest time of the next request.
	notBefore time.Time
	// throttles counts the throttles in a row, and conflicts the refusals for the state of things since the last
	// request that EC2 accepted.
	throttles, conflicts int
}

// throttled returns the holdback after one more throttle. Half of the pause is jitter that differs between interfaces
// (equal jitter: "Exponential Backoff And Jitter", AWS Architecture Blog), so that those that were throttled together do not
// ask again together. The seed is the id of the interface and the instant: the same run has the same pauses, and no id has the
// longest pauses in every run.
func (h holdback) throttled(now time.Time, seed string) holdback {
	h.throttles++
	pause := min(maxThrottlePause, throttlePause<<min(h.throttles-1, 5))
	sum := fnv.New32a()
	sum.Write([]byte(seed + strconv.FormatInt(now.UnixNano(), 10)))
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
