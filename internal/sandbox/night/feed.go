package night

import (
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/display"
)

// Row is a line of a night's log.
type Row struct {
	// N counts the rows, from 1. A row that comes again with the same number has changed.
	N int `json:"n"`
	// AtMs is the time after the incident, and LastMs that of the last of several that are alike, in milliseconds.
	AtMs   int64 `json:"atMs"`
	LastMs int64 `json:"lastMs,omitempty"`
	// Times counts those that are alike; zero if there is one.
	Times int    `json:"times,omitempty"`
	Actor string `json:"actor"`
	Text  string `json:"text"`
	Tone  string `json:"tone"`
	// Invocation is the number of the failover's invocation that the row belongs to; zero if none.
	Invocation int `json:"invocation,omitempty"`
	// Report is the report of the invocation that returns here; nil if there is none, or if it is a sweep's that found nothing.
	Report *Report `json:"report,omitempty"`

	changing bool // it is a call that can change something
}

// feed is the log of a night.
type feed struct {
	rows    []Row
	changed map[int]bool // the indexes of the rows that changes has not returned
}

// add adds a row.
func (f *feed) add(r Row) {
	r.N = len(f.rows) + 1
	f.rows = append(f.rows, r)
	f.touch(len(f.rows) - 1)
}

func (f *feed) touch(index int) {
	if f.changed == nil {
		f.changed = map[int]bool{}
	}
	f.changed[index] = true
}

// addCall adds a call, or counts it if the invocation has just made the same one. A look between two attempts does not matter.
func (f *feed) addCall(r Row, changing bool) {
	const maxBetween = 3
	r.changing = changing
	for n, between := len(f.rows)-1, 0; n >= 0 && between <= maxBetween; n-- {
		earlier := &f.rows[n]
		switch {
		case earlier.Invocation != r.Invocation:
			continue
		case earlier.Actor == r.Actor && earlier.Text == r.Text:
			earlier.Times = max(earlier.Times, 1) + 1
			earlier.LastMs = r.AtMs
			f.touch(n)
			return
		case earlier.changing:
			between = maxBetween
		}
		between++
	}
	f.add(r)
}

// changes returns the rows that are new or have changed since the last time.
func (f *feed) changes() []Row {
	var list []Row
	for n := range f.rows {
		if f.changed[n] {
			list = append(list, f.rows[n])
		}
	}
	f.changed = nil
	return list
}

// toneOf returns the word for a style.
func toneOf(s display.Style) string {
	return map[display.Style]string{
		display.Plain: "plain", display.Bold: "bold", display.Dim: "dim", display.Good: "good", display.Warn: "warn", display.Bad: "bad",
	}[s]
}

// invocationOf returns the number of the invocation with an access key; zero if it is none's.
func invocationOf(caller string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(caller, callerPrefix))
	if err != nil {
		return 0
	}
	return n
}

// millisAt returns an instant in milliseconds after the incident.
func (r *run) millisAt(at time.Time) int64 { return at.Sub(r.incident).Milliseconds() }
