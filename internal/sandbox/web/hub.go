package web

import (
	"sync"

	"github.com/eni-failover/eni-failover/internal/sandbox/night"
)

// message is what a window gets: the present state, and the rows of the log that it has not seen.
type message struct {
	// Story counts the stories that have begun, and Version the changes in all of them.
	Story   int `json:"story"`
	Version int `json:"version"`
	// Full reports whether rows has the whole log.
	Full  bool        `json:"full"`
	State night.State `json:"state"`
	Rows  []night.Row `json:"rows"`
	// Stories lists what can be chosen; only if Full.
	Stories []storyName `json:"stories,omitempty"`
}

// storyName is a story that can be chosen.
type storyName struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// hub keeps what a window that opens now must see, and wakes those that are open. A window that is slow misses states in
// between, and delays no other. It is safe for concurrent use.
type hub struct {
	mu       sync.Mutex
	story    int
	version  int
	state    night.State
	rows     []night.Row
	versions []int // of the last change of the row with the same index
	// windows are the channels of those that wait for a change. They are made outside of the fake time in which update is
	// called, since a channel from there can't be used here.
	windows map[chan struct{}]bool
}

func newHub() *hub { return &hub{windows: map[chan struct{}]bool{}} }

// join returns a channel that gets a value after a change, until leave.
func (h *hub) join() (changed chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	changed = make(chan struct{}, 1)
	h.windows[changed] = true
	return changed
}

func (h *hub) leave(changed chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.windows, changed)
}

// update takes a change.
func (h *hub) update(story int, u night.Update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if story != h.story {
		h.story, h.rows, h.versions = story, nil, nil
	}
	h.version++
	h.state = u.State
	for _, r := range u.Rows {
		if r.N > len(h.rows) { // rows come in their order
			h.rows, h.versions = append(h.rows, r), append(h.versions, h.version)
			continue
		}
		h.rows[r.N-1], h.versions[r.N-1] = r, h.version
	}
	for window := range h.windows {
		select {
		case window <- struct{}{}:
		default: // it has not seen the last change yet
		}
	}
}

// since returns what has changed since a version of a story. Of another story, it returns everything.
func (h *hub) since(story, version int) message {
	h.mu.Lock()
	defer h.mu.Unlock()
	m := message{Story: h.story, Version: h.version, Full: story != h.story, State: h.state, Rows: []night.Row{}}
	for n, r := range h.rows {
		if m.Full || h.versions[n] > version {
			m.Rows = append(m.Rows, r)
		}
	}
	if m.Full {
		for _, s := range night.Playable() {
			m.Stories = append(m.Stories, storyName{s.Name, s.Title})
		}
	}
	return m
}
