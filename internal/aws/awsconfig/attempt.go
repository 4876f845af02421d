package awsconfig

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
)

const (
	// leastPatience is how long an attempt of a call is waited for at first. The SDK sets no bound, and a connection
	// that hangs would eat all of an invocation's time.
	leastPatience = 5 * time.Second
	// maxPatience is how long it is waited for at most, after attempts that got no answer in time: a service that is
	// slow answers, and to give up each attempt a moment before that would repeat it for ever.
	maxPatience = 20 * time.Second
)

// attemptTimeoutError is an attempt that took too long. To the SDK it is a reason to try again, unlike the
// end of the caller's own context.
type attemptTimeoutError struct {
	operation string
	after     time.Duration
}

func (e *attemptTimeoutError) Error() string {
	return e.operation + " was not answered within " + e.after.String()
}

// RetryableError tells the SDK's retryer to try again.
func (e *attemptTimeoutError) RetryableError() bool { return true }

// patience says how long the next attempt of each operation is waited for. It doubles when one was not answered in
// time, and is the least again when one was answered as quickly as that. It is safe for concurrent use.
type patience struct {
	mu    sync.Mutex
	waits map[string]time.Duration // by operation; none: the least
}

func (p *patience) of(operation string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(leastPatience, p.waits[operation])
}

// gaveUp notes that an attempt was not answered within a time. One that began when the wait was shorter changes nothing.
func (p *patience) gaveUp(operation string, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waits[operation] = max(p.waits[operation], min(maxPatience, 2*after))
}

func (p *patience) answered(operation string, took time.Duration) {
	if took > leastPatience {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waits, operation)
}

// bound gives each attempt of a call its own time. It sits behind the retries.
func (p *patience) bound(stack *middleware.Stack) error {
	bound := middleware.FinalizeMiddlewareFunc("BoundAttempts",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			operation, began := middleware.GetOperationName(ctx), time.Now()
			wait := p.of(operation)
			attempt, cancel := context.WithTimeout(ctx, wait)
			defer cancel()
			out, metadata, err := next.HandleFinalize(attempt, in)
			switch {
			case err == nil:
				p.answered(operation, time.Since(began))
			case attempt.Err() != nil && ctx.Err() == nil:
				p.gaveUp(operation, wait)
				err = &attemptTimeoutError{operation, wait}
			}
			return out, metadata, err
		})
	return stack.Finalize.Insert(bound, "Retry", middleware.After)
}

// Paced makes clients keep within a rate, every attempt of a call: a token each, from limiter.
func Paced(cfg aws.Config, limiter *Limiter) aws.Config {
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), func(stack *middleware.Stack) error {
		wait := middleware.FinalizeMiddlewareFunc("Pace",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				if err := limiter.Wait(ctx); err != nil {
					return middleware.FinalizeOutput{}, middleware.Metadata{}, err
				}
				return next.HandleFinalize(ctx, in)
			})
		// Before the attempt's own time begins.
		return stack.Finalize.Insert(wait, "Retry", middleware.After)
	})
	return cfg
}
