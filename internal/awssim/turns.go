package awssim

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// turns keeps concurrent calls apart. Their phases make it rare that two of them meet at one nanosecond, but a
// million runs have some that do, and then the scheduler would decide.
type turns struct {
	mu sync.Mutex
	// effects are the calls that come to a point where their order matters, by the instant; arrivals, the instants
	// at which a reply comes back. In nanoseconds; those that are over are dropped.
	effects  map[int64][]string
	arrivals map[int64]bool
}

func newTurns() *turns {
	return &turns{effects: map[int64][]string{}, arrivals: map[int64]bool{}}
}

// wait waits for d, and a nanosecond more for each call that comes to its point at the same instant and is before
// this one in the order of what they ask. All that do so are known by then, since each says so when it begins to
// wait. Equal calls are not told apart.
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

// join says that a call comes to its point in d, and returns when that is.
func (t *turns) enqueue(d time.Duration, request string) int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(t.effects, func(at int64, _ []string) bool { return at < now.UnixNano() })
	at := now.Add(d).UnixNano()
	t.effects[at] = append(t.effects[at], request)
	return at
}

// isFirst reports whether an instant is a call's turn. Real time goes on while a call wakes up, so that the instant
// may have been dropped: then there is nobody to be kept apart from.
func (t *turns) isFirst(at int64, request string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	calls := t.effects[at]
	return len(calls) == 0 || slices.Min(calls) == request
}

// leave waits a moment, drawn from what a call asks: calls that are given up at one instant, as those are that have
// waited for an answer for equally long, are so known to their caller one after the other.
func (t *turns) giveUp(request string) {
	time.Sleep(t.arrivalDelay(time.Nanosecond + givingUpDelay(request)))
}

// arrive returns d, or as much more as it takes for no other reply to arrive then.
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
