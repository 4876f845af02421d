package pace_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/pace"
)

func TestEqualJitter(t *testing.T) {
	draw := func() (drawn []time.Duration) {
		synctest.Test(t, func(*testing.T) {
			for range 100 {
				d := pace.EqualJitter(time.Second)
				if d < time.Second/2 || d >= time.Second {
					t.Errorf("%s is not between half a second and one", d)
				}
				drawn = append(drawn, d)
				time.Sleep(time.Nanosecond) // the next draw is another one
			}
		})
		return drawn
	}
	first, second := draw(), draw()
	seen := map[time.Duration]bool{}
	for i, d := range first {
		seen[d] = true
		if d != second[i] {
			t.Errorf("draw %d is %s, and %s at the same instant", i, d, second[i])
		}
	}
	if len(seen) < 90 {
		t.Errorf("%d different pauses of 100", len(seen))
	}
}

func TestEqualJitterOfNothing(t *testing.T) {
	for _, d := range []time.Duration{0, 1} {
		if got := pace.EqualJitter(d); got != d {
			t.Errorf("%d ns became %d", d, got)
		}
	}
}
