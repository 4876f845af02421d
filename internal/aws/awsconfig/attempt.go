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
	// minAttemptTime limits the time of an attempt at first. The SDK sets no limit, and a connection that hangs would
	// take all of an invocation's time.
	minAttemptTime = 5 * time.Second
	// maxAttemptTime limits the time of an attempt after others that got no answer in time. A slow service does answer;
	// a limit just below its time would repeat the call for ever.
	maxAttemptTime = 20 * time.Second
)

// attemptTimeoutError is an attempt that took too long. For the SDK it is a reason to try again, unlike the
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

// attemptLimits limits the time of the next attempt of each operation. The limit doubles after an attempt without an
// answer in time, and is the least again after an answer within the least. It is safe for concurrent use.
type attemptLimits struct {
	mu sync.Mutex
	// raised holds the limits above the least, by operation.
	raised map[string]time.Duration
}

func (l *attemptLimits) of(operation string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(minAttemptTime, l.raised[operation])
}

// gaveUp notes an attempt without an answer within its limit. It changes nothing if the limit has been raised since the
// attempt began.
func (l *attemptLimits) gaveUp(operation string, limit time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.raised[operation] = max(l.raised[operation], min(maxAttemptTime, 2*limit))
}

// answered notes the time that an attempt took until its answer.
func (l *attemptLimits) answered(operation string, took time.Duration) {
	if took > minAttemptTime {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.raised, operation)
}

// limitAttempts gives each attempt of a call its own time. It sits behind the retries.
func (l *attemptLimits) limitAttempts(stack *middleware.Stack) error {
	limit := middleware.FinalizeMiddlewareFunc("LimitAttempts",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			operation, began := middleware.GetOperationName(ctx), time.Now()
			most := l.of(operation)
			attempt, cancel := context.WithTimeout(ctx, most)
			defer cancel()
			out, metadata, err := next.HandleFinalize(attempt, in)
			switch {
			case err == nil:
				l.answered(operation, time.Since(began))
			case attempt.Err() != nil && ctx.Err() == nil:
				l.gaveUp(operation, most)
				err = &attemptTimeoutError{operation, most}
			}
			return out, metadata, err
		})
	return stack.Finalize.Insert(limit, "Retry", middleware.After)
}

// Paced makes clients keep within a rate: each attempt of a call takes a token from the limiter, and
// [PacedRetryer] says when there is another one.
func Paced(cfg aws.Config, limiter *Limiter) aws.Config {
	cfg.Retryer = func() aws.Retryer { return PacedRetryer(limiter) }
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
