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

// TestTurns lets calls come to their point at one instant, as often as it takes for the scheduler to wake them in
// every order.
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
			turns.arrive(10)
		}
		if len(turns.effects) > 2 || len(turns.arrivals) > 2 {
			t.Errorf("%d instants and %d arrivals are kept", len(turns.effects), len(turns.arrivals))
		}
	})
}

// TestGivenUpTogether has calls that wait for an answer until one instant: their callers know at different ones,
// always in the same order.
func TestGivenUpTogether(t *testing.T) {
	var first []string
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			sim, err := New(World{Timing: Timing{Call: Duration(20 * time.Millisecond)}})
			if err != nil {
				t.Fatal(err)
			}
			sim.Intercept(func(Call) Fault { return Fault{Delay: time.Hour} })
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			given := make(chan string)
			for _, action := range []string{"DescribeInstances", "DescribeInstanceStatus", "DescribeInstanceTypes"} {
				go func() {
					form := strings.NewReader("Version=2016-11-15&Action=" + action)
					r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://ec2.eu-west-1.amazonaws.com/", form)
					if err != nil {
						t.Error(err)
					}
					r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
					begun := time.Now()
					if _, err := sim.RoundTripper().RoundTrip(r); !errors.Is(err, context.DeadlineExceeded) { //nolint:bodyclose // there is none
						t.Errorf("%s: error %v", action, err)
					}
					given <- fmt.Sprint(time.Since(begun), " ", action)
				}()
			}
			var got []string
			for range 3 {
				got = append(got, <-given)
			}
			if first == nil {
				first = got
			}
			at := func(n int) string { return strings.Fields(got[n])[0] }
			if !slices.Equal(got, first) || at(0) == at(1) || at(1) == at(2) {
				t.Errorf("given up %v, and before %v", got, first)
			}
		})
	}
}

// TestArrivals gives each reply an instant of its own, except where nothing takes time.
func TestArrivals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns()
		var got []time.Duration
		for _, d := range []time.Duration{10, 10, 11, 5, 10, 0, 0} {
			got = append(got, turns.arrive(d))
		}
		if want := []time.Duration{10, 11, 12, 5, 13, 0, 0}; !slices.Equal(got, want) {
			t.Errorf("arrivals %v, want %v", got, want)
		}
		time.Sleep(5 * time.Nanosecond)
		if d := turns.arrive(5); d != 9 {
			t.Errorf("arrives after %d, want 9", d)
		}
	})
}
