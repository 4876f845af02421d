package mover

import (
	"testing"
	"time"
)

// TestPacer walks through a wait of five minutes in calls of 20 ms.
func TestPacer(t *testing.T) {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var p pacer
	p.start(start, false)
	if !p.due(start) {
		t.Fatal("the first look is not due at once")
	}
	const call = 20 * time.Millisecond
	began, looks := start, 0
	p.lookTaken(began, began.Add(call))
	for began.Sub(start) < 5*time.Minute {
		waited := began.Sub(start)
		next := p.next()
		// From the end of a look at least 25 ms, from its beginning about a twelfth of the time waited,
		// and at most a second.
		want := max(call+25*time.Millisecond, min(time.Second, waited/12))
		if gap := next.Sub(began); gap != want {
			t.Fatalf("after %s the gap is %s, want %s", waited, gap, want)
		}
		if p.due(next.Add(-1)) || !p.due(next) {
			t.Fatalf("after %s: not due at %s", waited, next)
		}
		began = next
		looks++
		p.lookTaken(began, began.Add(call))
	}
	if looks > 350 {
		t.Errorf("%d looks", looks)
	}
}

func TestPacerSlowsDown(t *testing.T) {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var p pacer
	p.start(start, false)
	p.lookTaken(start, start)
	before := p.next().Sub(start)
	for n := range 40 {
		p.failed()
		gap := p.next().Sub(start)
		if gap > 8*time.Second || (gap < 2*before && gap < 8*time.Second) {
			t.Fatalf("after %d throttles the gap is %s, before %s", n+1, gap, before)
		}
		before = gap
	}
	p.answered()
	if gap := p.next().Sub(start); gap != 25*time.Millisecond {
		t.Errorf("after an answer the gap is %s", gap)
	}
}

func TestPacerWakes(t *testing.T) {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var p pacer
	p.wakeAt(time.Time{})
	if !p.wake.IsZero() {
		t.Error("woken by nothing")
	}
	p.wakeAt(start.Add(2))
	p.wakeAt(start.Add(3))
	p.wakeAt(start.Add(1))
	if !p.wake.Equal(start.Add(1)) {
		t.Errorf("wakes at %s", p.wake)
	}
}
