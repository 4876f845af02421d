package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/step"
)

// TestBackOff: the pause after a throttle grows with each one in a row, up to 5 s. After another answer it begins anew.
func TestBackOff(t *testing.T) {
	p := run(t, spotScene(), "0s look old -> detach old")
	last := time.Duration(0)
	for n := range 12 {
		p.input(p.now.Sub(start), "throttled")
		p.next()
		gap := p.last.At.Sub(p.now)
		if p.last.Do != step.Wait || gap <= 0 || gap > 5*time.Second {
			t.Fatalf("after %d throttles %+v, in %s", n+1, p.last, gap)
		}
		if n < 5 && gap < last*5/4 {
			t.Errorf("%s after %d throttles, and before that %s", gap, n+1, last)
		}
		last = gap
		p.input(p.last.At.Sub(start)-1, "tick")
		if got := p.next(); !strings.HasPrefix(got, "wait") {
			t.Fatalf("%s before the back-off is over", got)
		}
		p.input(p.last.At.Sub(start), "look old")
		if got := p.next(); got != "detach old" {
			t.Fatalf("%s after the back-off", got)
		}
	}
	if last < 2*time.Second {
		t.Errorf("only %s after a dozen throttles", last)
	}
	p.input(p.now.Sub(start), "conflict")
	p.input(p.now.Sub(start)+time.Second, "look old")
	p.next()
	p.input(p.now.Sub(start), "throttled")
	if p.next(); p.last.At.Sub(p.now) > time.Second {
		t.Errorf("another answer came in between, and still it waits %s", p.last.At.Sub(p.now))
	}
}
