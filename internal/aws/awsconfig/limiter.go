package awsconfig

import (
	"context"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/pace"
)

// Limiter is a token bucket: it allows a burst of calls at once, then one call each interval. It is safe for concurrent
// use.
type Limiter struct {
	burst    int
	interval time.Duration

	mu sync.Mutex
	// full is the time at which the bucket is full again if no more tokens are taken.
	full time.Time
}

// NewLimiter makes a full bucket of burst tokens, which gets a new token each interval.
func NewLimiter(burst int, interval time.Duration) *Limiter {
	return &Limiter{burst: burst, interval: interval}
}

// Wait takes a token as soon as there is one, in the order of the calls. If ctx ends first, Wait returns its error, and
// the token is spent all the same.
func (l *Limiter) Wait(ctx context.Context) error {
	if d := l.take(time.Now()); d > 0 && !pace.Wait(ctx, d) {
		return ctx.Err()
	}
	return nil
}

// take takes a token and returns the time until it is there.
func (l *Limiter) take(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full.Before(now) {
		l.full = now
	}
	l.full = l.full.Add(l.interval)
	return l.full.Sub(now) - time.Duration(l.burst)*l.interval
}
