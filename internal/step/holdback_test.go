package step_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/step"
)

// TestBackOff: the pause after a throttle doubles with each one in a row, up to 5 s, and half of it is drawn. After another
// answer it begins anew.
func TestBackOff(t *testing.T) {
	p := run(t, spotScene(), "0s look old -> detach old")
	for n := range 12 {
		longest := min(5*time.Second, 200*time.Millisecond<<min(n, 5))
		p.input(p.now.Sub(start), "throttled")
		p.next()
		gap := p.last.At.Sub(p.now)
		if p.last.Do != step.Wait || gap < longest/2 || gap > longest {
			t.Fatalf("after %d throttles %+v, in %s", n+1, p.last, gap)
		}
		p.input(p.last.At.Sub(start)-1, "tick")
		if got := p.next(); !strings.HasPrefix(got, "wait") {
			t.Fatalf("%s before the back-off is over", got)
		}
		p.input(p.last.At.Sub(start), "look old")
		if got := p.next(); got != "detach old" {
			t.Fatalf("%s after the back-off", got)
		}
	}
	p.input(p.now.Sub(start), "conflict")
	p.input(p.now.Sub(start)+time.Second, "look old")
	p.next()
	p.input(p.now.Sub(start), "throttled")
	if p.next(); p.last.At.Sub(p.now) > time.Second {
		t.Errorf("another answer came in between, and still it waits %s", p.last.At.Sub(p.now))
	}
}

// TestBackOffIsFair: of two interfaces that are throttled at the same instants, each has the shorter pause about as often as
// the other: none is last because of its id.
func TestBackOffIsFair(t *testing.T) {
	const storms = 200
	shorter := 0
	for n := range storms {
		at := time.Duration(n) * 7 * time.Second
		var pauses [2]time.Duration
		for k, id := range []string{"eni-1", "eni-2"} {
			scene := spotScene()
			scene.snapshot.Interfaces[0].ID = id
			p := run(t, scene, "0s look old -> detach old")
			p.input(at, "throttled")
			p.next()
			pauses[k] = p.last.At.Sub(p.now)
		}
		if pauses[0] < pauses[1] {
			shorter++
		}
	}
	if shorter < storms*3/8 || shorter > storms*5/8 {
		t.Errorf("in %d of %d storms the first one has the shorter pause", shorter, storms)
	}
}
