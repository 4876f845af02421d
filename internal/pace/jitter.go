package pace

import (
	"math/rand/v2"
	"time"
)

// EqualJitter draws a pause between d/2 and d ("Exponential Backoff And Jitter", AWS Architecture Blog), so that
// invocations that fail at one moment do not all ask again at one moment. The pause depends on d and the clock alone: the
// nanoseconds differ between invocations, and in fake time every run is the same.
func EqualJitter(d time.Duration) time.Duration {
	half := d / 2
	if half <= 0 {
		return d
	}
	now := uint64(time.Now().UnixNano())
	return half + time.Duration(rand.New(rand.NewPCG(now, uint64(d))).Int64N(int64(half)))
}
