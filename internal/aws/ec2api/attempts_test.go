package ec2api_test

import (
	"context"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
)

// TestDryRunsWithoutRetry: dry runs leave the token buckets to real moves.
func TestDryRunsWithoutRetry(t *testing.T) {
	bubble(t, "throttled", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		sim.Intercept(faultOnAll(awssim.Fault{Code: "RequestLimitExceeded"}))
		errs := []error{
			client.TryDetach(t.Context(), holding, false), client.TryAttach(t.Context(), service, standby, 1, false),
			client.TryStartInstance(t.Context(), standby, false),
		}
		for n, err := range errs {
			if fault.ClassOf(err) != fault.Throttled || len(sim.Calls()) != len(errs) {
				t.Errorf("%d: %v after %d calls", n, err, len(sim.Calls()))
			}
		}
	})
}

// attempts returns the attempts that a call must make while each fails with a class that may pass, and the series of
// attempts that these form: there are pauses between the attempts of a series.
func (c call) attempts(class fault.Class) (attempts, series int) {
	switch {
	case c.mutation, c.look:
		return 1, 1
	case c.fallback == byTags && class == fault.Unavailable:
		return 12, 2
	case c.fallback == byID && class == fault.Unavailable:
		return 9, 1
	}
	return 6, 1
}

func TestAttempts(t *testing.T) {
	faults := map[string]struct {
		fault awssim.Fault
		class fault.Class
	}{
		"throttled":   {awssim.Fault{Code: "RequestLimitExceeded"}, fault.Throttled},
		"throttled 2": {awssim.Fault{Code: "EC2ThrottledException"}, fault.Throttled},
		"server":      {awssim.Fault{Code: "InternalError"}, fault.Unavailable},
		"unavailable": {awssim.Fault{Code: "Unavailable"}, fault.Unavailable},
		"status":      {awssim.Fault{Status: 502}, fault.Unavailable},
		"dropped":     {awssim.Fault{Drop: true}, fault.Unavailable},
	}
	for _, c := range calls() {
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			for name, f := range faults {
				sim, client := simulate(t, holderAndStandby())
				sim.Intercept(faultOnAll(f.fault))
				start := time.Now()
				if err := c.do(t.Context(), client); err == nil {
					t.Errorf("%s: no error", name)
				}
				want, series := c.attempts(f.class)
				if got := len(sim.Calls()); got != want {
					t.Errorf("%s: %d attempts, want %d", name, got, want)
				}
				if took := time.Since(start); took > time.Duration(series)*pauses+time.Duration(want)*25*time.Millisecond {
					t.Errorf("%s: took %s", name, took)
				}
			}
		})
	}
}

// pauses limits the pauses between the attempts of one call together.
const pauses = 3100 * time.Millisecond

// TestReadsOutlastThrottles lets the first five attempts of a read fail.
func TestReadsOutlastThrottles(t *testing.T) {
	for _, c := range calls() {
		if c.mutation || c.look {
			continue
		}
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			sim, client := simulate(t, holderAndStandby())
			for _, f := range []awssim.Fault{{Code: "RequestLimitExceeded"}, {Code: "Unavailable"}, {Drop: true}} {
				sim.Intercept(faultOnFirst(5, f))
				if err := c.do(t.Context(), client); err != nil {
					t.Errorf("%+v: %v", f, err)
				}
			}
		})
	}
}

// TestNoRepeatOfLostReply shows why a change has one attempt: a second attempt would be refused though the first took
// effect.
func TestNoRepeatOfLostReply(t *testing.T) {
	for _, c := range calls() {
		if !c.mutation {
			continue
		}
		bubble(t, c.name, func(t *testing.T) {
			sim, client := simulate(t, holderAndStandby())
			if c.name == "AttachNetworkInterface" {
				sim.Edit(func(w *awssim.World) { w.Interfaces[0].AZ, w.Interfaces[0].Attachment = zoneA, nil })
			}
			sim.Intercept(faultOnFirst(1, awssim.Fault{LoseReply: true}))
			err := c.do(t.Context(), client)
			if fault.ClassOf(err) != fault.Unavailable || fault.CodeOf(err) != "" || len(sim.Calls()) != 1 {
				t.Errorf("%v after %v", err, sim.Calls())
			}
		})
	}
}

// attemptTime limits the first attempt, and maxAttemptTime an attempt after others that hang; see awsconfig.
const (
	attemptTime    = 5 * time.Second
	maxAttemptTime = 20 * time.Second
)

// TestHangingCalls: each attempt is given up after its time, and the call at the context's end.
func TestHangingCalls(t *testing.T) {
	for _, c := range calls() {
		hang := func(t *testing.T, limit time.Duration) (took time.Duration, calls int) {
			t.Helper()
			sim, client := simulate(t, holderAndStandby())
			sim.Intercept(faultOnAll(awssim.Fault{Delay: time.Hour}))
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			start := time.Now()
			if err := c.do(ctx, client); fault.ClassOf(err) != fault.Unavailable || fault.CodeOf(err) != "" {
				t.Errorf("got %v", err)
			}
			return elapsedSince(start), len(sim.Calls())
		}
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			attempts, series := c.attempts(fault.Unavailable)
			least := time.Duration(attempts) * attemptTime
			if c.name == "CreateTags" {
				least = 2 * time.Second // the limit for the left tag
			}
			most := least
			if attempts > 1 {
				most = time.Duration(attempts)*maxAttemptTime + time.Duration(series)*pauses
			}
			if took, n := hang(t, time.Hour); took < least || took > most || n != attempts {
				t.Errorf("took %s and %d attempts, want %s to %s and %d", took, n, least, most, attempts)
			}
		})
		bubble(t, c.name+" of "+c.on+" in little time", func(t *testing.T) {
			if took, n := hang(t, time.Second); took != time.Second || n != 1 {
				t.Errorf("took %s and %d attempts of 1 s", took, n)
			}
		})
	}
}

// TestHangingOnce: a read whose first attempt hangs is repeated.
func TestHangingOnce(t *testing.T) {
	for _, c := range calls() {
		if c.mutation || c.look {
			continue
		}
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			sim, client := simulate(t, holderAndStandby())
			sim.Intercept(faultOnFirst(1, awssim.Fault{Delay: time.Hour}))
			start := time.Now()
			if err := c.do(t.Context(), client); err != nil || len(sim.Calls()) != 2 {
				t.Errorf("%d calls: %v", len(sim.Calls()), err)
			}
			if took := time.Since(start); took > attemptTime+200*time.Millisecond {
				t.Errorf("took %s", took)
			}
		})
	}
}
