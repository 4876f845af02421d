// Package awsconfig loads the configuration that all SDK clients of a process share.
package awsconfig

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/eni-failover/eni-failover/internal/pace"
)

// Tune makes clients count their calls, retry reads in the way that a failover needs, and wait for each attempt as long
// as makes sense by what the ones before it took. All clients of a configuration share what they learn.
func Tune(cfg aws.Config) aws.Config {
	p := patience{waits: map[string]time.Duration{}}
	cfg.APIOptions = append(cfg.APIOptions, countingMiddleware, p.bound)
	cfg.Retryer = Retryer
	return cfg
}

const (
	// readAttempts is how often a read is tried. The SDK's three are few when EC2 throttles everybody in
	// an outage, which is when this function runs.
	readAttempts = 6
	// minBackoff and maxBackoff bound the pause between two tries. The SDK's own, up to 20 s, would eat
	// much of the two minutes that a Spot interruption leaves.
	minBackoff = 50 * time.Millisecond
	maxBackoff = 3 * time.Second
)

// Retryer makes the retryer of a client. Its pauses double from minBackoff on, with equal jitter;
// the SDK's quota of retries is off, since it would carry one bad invocation over to the next.
func Retryer() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = readAttempts
		o.RateLimiter = ratelimit.None
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			d := min(maxBackoff, minBackoff<<min(attempt, 10))
			return pace.EqualJitter(d), nil
		})
	})
}
