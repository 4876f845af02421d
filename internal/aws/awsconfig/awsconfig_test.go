package awsconfig_test

import (
	"errors"
	"io"
	"testing"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
)

func TestRetryer(t *testing.T) {
	r := awsconfig.Retryer()
	if r.MaxAttempts() != 6 {
		t.Errorf("%d attempts", r.MaxAttempts())
	}
	if !r.IsErrorRetryable(&smithyhttp.RequestSendError{Err: io.EOF}) || r.IsErrorRetryable(errors.New("anything")) {
		t.Error("what is retried")
	}
	var all time.Duration
	for attempt := 1; attempt < 6; attempt++ {
		least, most := time.Hour, time.Duration(0)
		for range 200 {
			d, err := r.RetryDelay(attempt, io.ErrUnexpectedEOF)
			if err != nil {
				t.Fatal(err)
			}
			least, most = min(least, d), max(most, d)
		}
		if least < 25*time.Millisecond || most > 3*time.Second || most-least < least/4 {
			t.Errorf("pause %d is %s to %s", attempt, least, most)
		}
		all += most
	}
	// A Spot interruption leaves two minutes.
	if all > 10*time.Second {
		t.Errorf("%s in all", all)
	}
	// The quota of retries is off: a bad invocation leaves the next one as many.
	for range 1000 {
		if _, err := r.GetRetryToken(t.Context(), io.ErrUnexpectedEOF); err != nil {
			t.Fatal(err)
		}
	}
}
