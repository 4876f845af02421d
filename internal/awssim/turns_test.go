package awssim

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns makes calls due at one instant, often enough for the scheduler to wake them in every order.
func TestTurns(t *testing.T) {
	type turn struct {
		request string
		at      time.Duration
	}
	want := []turn{{"a", 10}, {"b", 11}, {"c", 12}, {"d", 13}, {"e", 14}}
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			turns, start := newTurns(), time.Now()
			met := make(chan turn)
			for request, d := range map[string]time.Duration{"b": 10, "a": 10, "d": 10, "c": 10, "e": 11} {
				go func() {
					if err := turns.wait(t.Context(), d, request); err != nil {
						t.Error(err)
					}
					met <- turn{request, time.Since(start)}
				}()
			}
			var got []turn
			for range want {
				got = append(got, <-met)
			}
			if !slices.Equal(got, want) {
				t.Fatalf("turns %v, want %v", got, want)
			}
		})
	}
}

func TestTurnsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := turns.wait(ctx, time.Minute, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if err := turns.wait(ctx, 0, "a"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v of a call that does not wait", err)
		}
		time.Sleep(time.Minute)
		for range 1000 {
			if err := turns.wait(t.Context(), 10, "a"); err != nil {
				t.Fatal(err)
			}
			turns.arrivalDelay(10)
		}
		if len(turns.effects) > 2 || len(turns.arrivals) > 2 {
			t.Errorf("%d instants and %d arrivals are kept", len(turns.effects), len(turns.arrivals))
		}
	})
}

// TestGivenUpTogether checks that calls which time out at one instant are reported to their callers at different
// instants, always in the same order.
func TestGivenUpTogether(t *testing.T) {
	for _, test := range []struct {
		half    string
		fault   Fault
		timeout time.Duration
	}{
		{"request", Fault{Delay: time.Hour}, 5 * time.Second},
		{"reply", Fault{}, 15 * time.Millisecond},
	} {
		t.Run(test.half, func(t *testing.T) {
			var first []string
			for range 20 {
				synctest.Test(t, func(t *testing.T) {
					sim, err := New(World{Timing: Timing{Call: Duration(20 * time.Millisecond)}})
					if err != nil {
						t.Fatal(err)
					}
					sim.Intercept(func(Call) Fault { return test.fault })
					ctx, cancel := context.WithTimeout(t.Context(), test.timeout)
					defer cancel()
					got := callUntilTimeout(ctx, t, sim, []string{
						"DescribeInstances by A", "DescribeInstances by B", "DescribeInstanceTypes by A", "DescribeInstanceTypes by B",
					})
					if first == nil {
						first = got
					}
					if !slices.Equal(got, first) {
						t.Errorf("given up %v, and before %v", got, first)
					}
				})
			}
		})
	}
}

// callUntilTimeout makes calls that all time out, and returns them with the instants at which their callers were told,
// in that order.
func callUntilTimeout(ctx context.Context, t *testing.T, sim *Sim, calls []string) (order []string) {
	t.Helper()
	given, begun := make(chan string), time.Now()
	for _, call := range calls {
		action, key, _ := strings.Cut(call, " by ")
		go func() {
			form := strings.NewReader("Version=2016-11-15&Action=" + action)
			r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://ec2.eu-west-1.amazonaws.com/", form)
			if err != nil {
				t.Error(err)
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+"/20260101/eu-west-1/ec2/aws4_request")
			if _, err := sim.RoundTripper().RoundTrip(r); !errors.Is(err, context.DeadlineExceeded) { //nolint:bodyclose // there is none
				t.Errorf("%s: error %v", call, err)
			}
			given <- fmt.Sprint(time.Since(begun), " ", call)
		}()
	}
	times := map[string]bool{}
	for range calls {
		order = append(order, <-given)
		times[strings.Fields(order[len(order)-1])[0]] = true
	}
	if len(times) != len(calls) {
		t.Errorf("not each at its own instant: %v", order)
	}
	return order
}

// TestArrivals checks that each reply arrives at its own instant, unless nothing takes time.
func TestArrivals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		var got []time.Duration
		for _, d := range []time.Duration{10, 10, 11, 5, 10, 0, 0} {
			got = append(got, turns.arrivalDelay(d))
		}
		if want := []time.Duration{10, 11, 12, 5, 13, 0, 0}; !slices.Equal(got, want) {
			t.Errorf("arrivals %v, want %v", got, want)
		}
		time.Sleep(5 * time.Nanosecond)
		if d := turns.arrivalDelay(5); d != 9 {
			t.Errorf("arrives after %d, want 9", d)
		}
	})
}
