package awsconfig

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"

	"github.com/eni-failover/eni-failover/internal/pace"
)

// attemptTime is the most that one attempt of a call may take. The SDK sets no bound, and a connection that
// hangs would eat all of an invocation's time.
const attemptTime = 5 * time.Second

// attemptTimeoutError is an attempt that took too long. To the SDK it is a reason to try again, unlike the
// end of the caller's own context.
type attemptTimeoutError struct{ operation string }

func (e *attemptTimeoutError) Error() string {
	return e.operation + " was not answered within " + attemptTime.String()
}

// RetryableError tells the SDK's retryer to try again.
func (e *attemptTimeoutError) RetryableError() bool { return true }

// boundAttempts gives each attempt of a call its own time. It sits behind the retries.
func boundAttempts(stack *middleware.Stack) error {
	bound := middleware.FinalizeMiddlewareFunc("BoundAttempts",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			attempt, cancel := context.WithTimeout(ctx, attemptTime)
			defer cancel()
			out, metadata, err := next.HandleFinalize(attempt, in)
			if err != nil && attempt.Err() != nil && ctx.Err() == nil {
				err = &attemptTimeoutError{operation: middleware.GetOperationName(ctx)}
			}
			return out, metadata, err
		})
	return stack.Finalize.Insert(bound, "Retry", middleware.After)
}

// Paced makes clients keep within a rate, every attempt of a call: a token each, from limiter.
func Paced(cfg aws.Config, limiter *pace.Limiter) aws.Config {
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
