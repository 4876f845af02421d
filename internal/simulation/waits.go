package simulation

import (
	"slices"
	"time"
)

const (
	// waitLimit is the time that the function waits for the answer to an attempt; it grows to maxWaitLimit while
	// attempts of that action time out. shortWaitLimit is the time for answers that the function can do without.
	waitLimit, maxWaitLimit, shortWaitLimit = 5 * time.Second, 20 * time.Second, 2 * time.Second
)

// waits has the times that the attempts of an environment may take, by action, as far as attempts have timed out.
type waits map[string][]longerWait

// longerWait is a limit that holds from the instant at which an attempt timed out.
type longerWait struct {
	from  time.Time
	limit time.Duration
}

// of returns the limit of an attempt that begins now.
func (w waits) of(action string) time.Duration {
	limit := waitLimit
	for _, longer := range w[action] {
		if !longer.from.After(time.Now()) {
			limit = max(limit, longer.limit)
		}
	}
	return limit
}

// timesOut notes that an attempt which begins now will time out. Attempts of the action that are answered meanwhile do not
// change that.
func (w waits) timesOut(action string) {
	limit := w.of(action)
	w[action] = append(w[action], longerWait{time.Now().Add(limit), min(maxWaitLimit, 2*limit)})
}

// answered notes that an attempt was answered within waitLimit.
func (w waits) answered(action string) {
	w[action] = slices.DeleteFunc(w[action], func(longer longerWait) bool { return !longer.from.After(time.Now()) })
}
