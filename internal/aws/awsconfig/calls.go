package awsconfig

import (
	"context"
	"maps"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// CallCounter counts the attempts of the calls to AWS that one invocation makes, by the name of the operation. The number
// of calls decides whether a failover is throttled, so the report has the counts. It is safe for concurrent use.
type CallCounter struct {
	mu    sync.Mutex
	calls map[string]int
}

type counterKey struct{}

// CountCalls returns a context and the counter of the calls that are made with it.
func CountCalls(ctx context.Context) (context.Context, *CallCounter) {
	c := &CallCounter{calls: map[string]int{}}
	return context.WithValue(ctx, counterKey{}, c), c
}

// Calls returns the counts so far.
func (c *CallCounter) Calls() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// countingMiddleware makes an SDK client count its calls in the context's counter. It sits behind the retries, so
// each attempt counts.
func countingMiddleware(stack *middleware.Stack) error {
	count := middleware.FinalizeMiddlewareFunc("CountCalls",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if c, ok := ctx.Value(counterKey{}).(*CallCounter); ok {
				c.mu.Lock()
				c.calls[awsmiddleware.GetOperationName(ctx)]++
				c.mu.Unlock()
			}
			return next.HandleFinalize(ctx, in)
		})
	return stack.Finalize.Insert(count, "Retry", middleware.After)
}
