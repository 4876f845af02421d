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

// WithReserve returns a context that ends a little before the invocation does, so that there is time for the report:
// three seconds before, or an eighth of the remaining time if that is less.
func WithReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(3*time.Second, time.Until(deadline)/8)))
}
