// Package awsconfig makes the configuration that all SDK clients of a process share: it reads the environment, and sets
// retries, the time of an attempt, the rate and the count of calls. It knows no service.
package awsconfig

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
	"github.com/eni-failover/eni-failover/internal/pace"
)

// Tune makes clients count their calls, retry reads as a failover needs it, and limit the time of each attempt by the
// time that earlier attempts took. All clients of a configuration share these limits.
func Tune(cfg aws.Config) aws.Config {
	limits := attemptLimits{raised: map[string]time.Duration{}}
	cfg.APIOptions = append(cfg.APIOptions, countingMiddleware, limits.limitAttempts, plainBodies)
	cfg.Retryer = Retryer
	return cfg
}

const (
	// readAttempts limits the attempts of a read. The SDK's three are few while EC2 throttles all of an account's
	// callers in an outage, which is when this function runs.
	readAttempts = 6
	// minBackoff and maxBackoff limit the pause between two attempts. The SDK's own pause, up to 20 s, would take much
	// of the two minutes that a Spot interruption leaves.
	minBackoff = 50 * time.Millisecond
	maxBackoff = 3 * time.Second
)

// Retryer makes the retryer of a client. Its pauses double from minBackoff on, with equal jitter. The SDK's quota of
// retries is off: a bad invocation would leave less of it to the next.
func Retryer() aws.Retryer { return retryer(readAttempts, minBackoff, maxBackoff) }

// PacedRetryer makes the retryer of a client with a limiter. It is like [Retryer], but makes no attempt after a pause shorter
// than the limiter's interval: while many processes ask for more than an account may, those attempts are throttled, too, and
// take from the chances of the others.
func PacedRetryer(l *Limiter) aws.Retryer {
	skip := 0
	for skip < readAttempts-2 && minBackoff<<(skip+1) < l.interval {
		skip++
	}
	return retryer(readAttempts-skip, minBackoff<<skip, maxBackoff)
}

func retryer(attempts int, least, most time.Duration) aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = attempts
		o.RateLimiter = ratelimit.None
		o.Retryables = append(o.Retryables, retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			if awsfault.ReplyLost(err) {
				return aws.TrueTernary
			}
			return aws.UnknownTernary
		}))
		o.Backoff = retry.BackoffDelayerFunc(func(attempt int, _ error) (time.Duration, error) {
			d := min(most, least<<min(attempt, 10))
			return pace.EqualJitter(d), nil
		})
	})
}
