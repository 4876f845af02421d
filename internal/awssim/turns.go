package awssim

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// turns separates concurrent calls. Two calls with equal phases at the same nanosecond are rare, but occur in a million
// runs, and the scheduler would then decide their order.
type turns struct {
	mu sync.Mutex
	// effects has the calls that wait for an instant at which their order matters, and arrivals the instants at which
	// replies return. Both are in nanoseconds; past ones are dropped.
	effects  map[int64][]string
	arrivals map[int64]bool
}

func newTurns() *turns {
	return &turns{effects: map[int64][]string{}, arrivals: map[int64]bool{}}
}

// wait waits for d, plus a nanosecond for each call with the same instant that comes earlier in the order of requests.
// All such calls are known by then, because each one is enqueued when it begins to wait. Equal calls are not
// distinguished.
func (t *turns) wait(ctx context.Context, d time.Duration, request string) error {
	for d > 0 {
		at := t.enqueue(d, request)
		if err := wait(ctx, d); err != nil {
			return err
		}
		if t.isFirst(at, request) {
			return nil
		}
		d = 1
	}
	return ctx.Err()
}

// enqueue registers a call that is due in d, and returns the instant.
func (t *turns) enqueue(d time.Duration, request string) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(t.effects, func(at int64, _ []string) bool { return at < now.UnixNano() })
	at := now.Add(d).UnixNano()
	t.effects[at] = append(t.effects[at], request)
	return at
}

// isFirst reports whether it is a call's turn at an instant. Real time passes while a call wakes up, so the instant may
// have been dropped: then the call has no competitor.
func (t *turns) isFirst(at int64, request string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls := t.effects[at]
	return len(calls) == 0 || slices.Min(calls) == request
}

// giveUp waits for a short time that depends on the request. Calls that time out at one instant are so reported to
// their callers one after the other.
func (t *turns) giveUp(request string) {
	time.Sleep(t.arrivalDelay(time.Nanosecond + givingUpDelay(request)))
}

// arrivalDelay returns d, or a little more if another reply arrives at that instant.
func (t *turns) arrivalDelay(d time.Duration) time.Duration {
	if d <= 0 {
		return d
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(t.arrivals, func(at int64, _ bool) bool { return at < now.UnixNano() })
	for t.arrivals[now.Add(d).UnixNano()] {
		d++
	}
	t.arrivals[now.Add(d).UnixNano()] = true
	return d
}
