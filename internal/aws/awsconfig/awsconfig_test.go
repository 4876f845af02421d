package awsconfig_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
)

func TestRetryer(t *testing.T) {
	for name, test := range map[string]struct {
		r           aws.Retryer
		attempts    int
		least, most time.Duration // a pause
		all         time.Duration // all pauses: a Spot interruption leaves two minutes
	}{
		"plain":                       {awsconfig.Retryer(), 6, 50 * time.Millisecond, 3 * time.Second, 10 * time.Second},
		"paced":                       {awsconfig.PacedRetryer(awsconfig.NewLimiter(3, 500*time.Millisecond)), 3, 400 * time.Millisecond, 3 * time.Second, 3 * time.Second},
		"paced, with a high rate":     {awsconfig.PacedRetryer(awsconfig.NewLimiter(20, 100*time.Millisecond)), 6, 50 * time.Millisecond, 3 * time.Second, 10 * time.Second},
		"paced, with a very low rate": {awsconfig.PacedRetryer(awsconfig.NewLimiter(1, time.Hour)), 2, 800 * time.Millisecond, 3 * time.Second, 3 * time.Second},
	} {
		if test.r.MaxAttempts() != test.attempts {
			t.Errorf("%s: %d attempts", name, test.r.MaxAttempts())
		}
		if !test.r.IsErrorRetryable(&smithyhttp.RequestSendError{Err: io.EOF}) || test.r.IsErrorRetryable(errors.New("anything")) {
			t.Errorf("%s: what is retried", name)
		}
		var all time.Duration
		for attempt := 1; attempt < test.attempts; attempt++ {
			least, most := time.Hour, time.Duration(0)
			for range 200 {
				d, err := test.r.RetryDelay(attempt, io.ErrUnexpectedEOF)
				if err != nil {
					t.Fatal(err)
				}
				least, most = min(least, d), max(most, d)
			}
			if least < test.least || most > test.most || most-least < least/4 {
				t.Errorf("%s: pause %d is %s to %s", name, attempt, least, most)
			}
			all += most
		}
		if all > test.all {
			t.Errorf("%s: %s in all", name, all)
		}
		// The quota of retries is off: a bad invocation leaves the next one as many.
		for range 1000 {
			if _, err := test.r.GetRetryToken(t.Context(), io.ErrUnexpectedEOF); err != nil {
				t.Fatal(err)
			}
		}
	}
}
