package awsconfig

import (
	"context"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/pace"
)

// Limiter is a token bucket: so many calls at once, then one each interval. It is safe for concurrent use.
type Limiter struct {
	burst    int
	interval time.Duration

	mu sync.Mutex
	// full is when the bucket will be full again if nobody takes anything out of it.
	full time.Time
}

// NewLimiter makes a full bucket of burst tokens, to which one is added each interval.
func NewLimiter(burst int, interval time.Duration) *Limiter {
	return &Limiter{burst: burst, interval: interval}
}

// Wait takes a token, in the order of the calls, as soon as there is one. Its error is that of ctx, if that
// ends first; the token is spent all the same.
func (l *Limiter) Wait(ctx context.Context) error {
	if d := l.take(time.Now()); d > 0 && !pace.Wait(ctx, d) {
		return ctx.Err()
	}
	return nil
}

// take takes a token, and returns how long it takes until it is there.
func (l *Limiter) take(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full.Before(now) {
		l.full = now
	}
	l.full = l.full.Add(l.interval)
	return l.full.Sub(now) - time.Duration(l.burst)*l.interval
}
