// Package pace controls how an invocation spends its time: it waits, spreads pauses, and keeps a reserve for the
// report.
package pace

import (
	"context"
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
