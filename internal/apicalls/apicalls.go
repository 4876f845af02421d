// Package apicalls counts the calls to AWS that one invocation makes, every attempt of them, for the
// report: what a failover costs in calls decides whether it is throttled.
package apicalls

import (
	"context"
	"maps"
	"sync"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// Counter counts calls by the name of the operation. It is safe for concurrent use.
type Counter struct {
	mu    sync.Mutex
	calls map[string]int
}

type key struct{}

// Count returns a context whose calls are counted, and their counter.
func Count(ctx context.Context) (context.Context, *Counter) {
	c := &Counter{calls: map[string]int{}}
	return context.WithValue(ctx, key{}, c), c
}

// Calls returns the counts so far.
func (c *Counter) Calls() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.calls)
}

// Middleware makes an SDK client count its calls in the context's counter. It sits behind the retries, so
// that each attempt counts.
func Middleware(stack *middleware.Stack) error {
	count := middleware.FinalizeMiddlewareFunc("CountCalls",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			if c, ok := ctx.Value(key{}).(*Counter); ok {
				c.mu.Lock()
				c.calls[awsmiddleware.GetOperationName(ctx)]++
				c.mu.Unlock()
			}
			return next.HandleFinalize(ctx, in)
		})
	return stack.Finalize.Insert(count, "Retry", middleware.After)
}
