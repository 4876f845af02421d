// Package pace minds time: it waits, keeps a reserve of an invocation's, and keeps calls within a rate, since
// AWS's token buckets belong to the whole account, and what an audit takes out of them a failover may need.
package pace

import (
	"context"
	"sync"
	"time"
)

// Wait waits for d. It reports false if ctx ends first.
func Wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// WithReserve ends the work a little before the invocation is cut off, so that there is time to say what
// became of it: three seconds, or an eighth of the time if that is less.
func WithReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(3*time.Second, time.Until(deadline)/8)))
}

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
	if d := l.take(time.Now()); d > 0 && !Wait(ctx, d) {
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
