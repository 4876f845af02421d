package awsconfig_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/pace"
)

func TestLimiter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		l := awsconfig.NewLimiter(3, 100*time.Millisecond)
		for i, want := range []int64{0, 0, 0, 100, 200, 300} {
			if err := l.Wait(t.Context()); err != nil || time.Since(start).Milliseconds() != want {
				t.Errorf("call %d after %s, %v; want %dms", i, time.Since(start), err, want)
			}
		}
		// Half a bucket comes back in its time, and never more than a whole one.
		pace.Wait(t.Context(), 150*time.Millisecond)
		pace.Wait(t.Context(), time.Hour)
		start = time.Now()
		for i, want := range []int64{0, 0, 0, 100} {
			if err := l.Wait(t.Context()); err != nil || time.Since(start).Milliseconds() != want {
				t.Errorf("call %d after a rest: after %s, %v; want %dms", i, time.Since(start), err, want)
			}
		}
	})
}

func TestLimiterEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := awsconfig.NewLimiter(1, time.Hour)
		if err := l.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		if err := l.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
			t.Errorf("%v after %s; want the context's end after a minute", err, time.Since(start))
		}
	})
}
