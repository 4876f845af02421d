package mover

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPacer walks through a wait of five minutes in calls of 20 ms.
func TestPacer(t *testing.T) {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var p pacer
	p.start(start, false, false)
	if !p.due(start) {
		t.Fatal("the first look is not due at once")
	}
	const call = 20 * time.Millisecond
	began, looks := start, 0
	p.lookTaken(began, began.Add(call))
	for began.Sub(start) < 5*time.Minute {
		waited := began.Sub(start)
		next := p.next()
		// From the end of a look at least 20 ms, from its beginning about a sixteenth of the time waited,
		// and at most a second.
		want := max(call+20*time.Millisecond, min(time.Second, waited/16))
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
	if looks > 360 {
		t.Errorf("%d looks", looks)
	}
}

func TestPacerSlowsDown(t *testing.T) {
	start := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	var p pacer
	p.start(start, false, false)
	p.lookTaken(start, start)
	before := p.next().Sub(start)
	for n := range 40 {
		p.failed()
		gap := p.next().Sub(start)
		if gap > 8*time.Second || (gap < 2*before && gap < 8*time.Second) {
			t.Fatalf("after %d looks without an answer the gap is %s, before %s", n+1, gap, before)
		}
		before = gap
	}
	p.answered()
	if gap := p.next().Sub(start); gap != 20*time.Millisecond {
		t.Errorf("after an answer the gap is %s", gap)
	}
}

// TestPacerSpaces: once EC2 has throttled, looks that are answered are spaced, and a throttled one is repeated soon where
// clients wait. Answers shorten the spacing little by little: one does not say that there is room for all invocations.
func TestPacerSpaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pacer
		p.start(time.Now(), false, false)
		look := func(answered bool) (gap time.Duration) {
			began := time.Now()
			p.since = began // so that the time waited makes no gap
			p.lookTaken(began, began)
			if answered {
				p.answered()
			} else {
				p.throttled(began)
			}
			time.Sleep(time.Until(p.next()))
			return time.Since(began)
		}
		for n := range maxSlow {
			if gap := look(false); gap < 50*time.Millisecond || gap > time.Second {
				t.Errorf("throttle %d in a row is followed by %s", n+1, gap)
			}
		}
		if gap := look(true); gap != 400*time.Millisecond {
			t.Errorf("the answer after one shortage is followed by %s", gap)
		}
		last := 400 * time.Millisecond
		for n := range 5 {
			gap := look(true)
			if gap >= last || gap < last*8/10 {
				t.Errorf("answer %d is followed by %s, the one before by %s", n+1, gap, last)
			}
			last = gap
		}
		for range 100 {
			look(false)
			look(true)
		}
		if gap := look(true); gap < 3*time.Second || gap > 4*time.Second {
			t.Errorf("after many shortages the gap is %s", gap)
		}
		p.changed(time.Now(), true)
		if wait := time.Until(p.next()); wait < 3*time.Second {
			t.Errorf("the look after a change comes after %s", wait)
		}
		for range 200 {
			look(true)
		}
		p.changed(time.Now(), true)
		if wait := time.Until(p.next()); wait > minGap {
			t.Errorf("when the shortage is over, the look after an attach comes after %s", wait)
		}
	})
}

// TestPacerGivesWay: looks for which no client waits leave the tokens to others, also those of a run whose reads were
// throttled.
func TestPacerGivesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		waits := map[urgency]time.Duration{}
		retries := map[urgency]time.Duration{}
		for _, u := range []urgency{clientsWait, moveWaits, othersMove} {
			var p pacer
			p.start(time.Now(), true, true)
			p.urgency = u
			waits[u] = time.Until(p.next())
			for range maxSlow {
				p.throttled(time.Now())
			}
			retries[u] = time.Until(p.next())
		}
		if waits[clientsWait] != startSpacing || waits[moveWaits] <= startSpacing || waits[othersMove] != watchSpacing {
			t.Errorf("the first look comes after %v", waits)
		}
		if retries[clientsWait] > time.Second || retries[moveWaits] < 2*time.Second || retries[othersMove] < 2*time.Second {
			t.Errorf("a throttled look is repeated after %v", retries)
		}
	})
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
