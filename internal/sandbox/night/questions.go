package night

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// questionKey is what the probe asks, and where.
type questionKey struct {
	check   string
	address netip.Addr
}

// streak is a row of questions that all met the same. A night has hundreds of questions, and only their changes are of
// interest.
type streak struct {
	met         verdict.Evidence
	first, last time.Time
	count       int
}

// noteQuestion adds a question to the present streak, or begins another one.
func (r *run) noteQuestion(key questionKey, asked time.Time, met verdict.Evidence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	present := r.questions[key]
	if present == nil || present.met != met {
		r.endStreak(key)
		present = &streak{met: met, first: asked}
		r.questions[key] = present
	}
	present.last = asked
	present.count++
}

// endStreak adds the present streak to the timeline. The caller holds the lock.
func (r *run) endStreak(key questionKey) {
	present := r.questions[key]
	if present == nil {
		return
	}
	e := Entry{At: present.first, Until: present.last, Actor: "probe", Style: display.Bad}
	e.Text = fmt.Sprintf("asks %s at %s: %s", key.check, key.address, cmp.Or(string(present.met), "answered"))
	if present.met == verdict.Answered {
		e.Style = display.Dim
	}
	if present.count > 1 {
		e.Text += fmt.Sprintf(" %d times, until %s", present.count, r.secondsAt(present.last))
	}
	r.timeline.Entries = append(r.timeline.Entries, e)
	delete(r.questions, key)
}

// endStreaks adds all streaks to the timeline.
func (r *run) endStreaks() {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys := slices.SortedFunc(maps.Keys(r.questions), func(a, b questionKey) int {
		return cmp.Or(a.address.Compare(b.address), cmp.Compare(a.check, b.check))
	})
	for _, key := range keys { // several may have been asked at one instant
		r.endStreak(key)
	}
}
