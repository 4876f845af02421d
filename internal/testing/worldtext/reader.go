package worldtext

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reader reads the fields of one thing, and remembers which ones it has read.
type reader struct {
	tb     testing.TB
	name   string
	fields map[string]string
	read   []string
}

func (r *reader) text(key, usual string) string {
	r.read = append(r.read, key)
	if value, ok := r.fields[key]; ok {
		return value
	}
	return usual
}

func (r *reader) has(key string) bool {
	r.read = append(r.read, key)
	_, ok := r.fields[key]
	return ok
}

// flag reads a field that is written as NAME for true and as NAME=no for false.
func (r *reader) flag(key string) bool { return r.has(key) && r.fields[key] != "no" }

func (r *reader) number(key string, usual int) int {
	r.tb.Helper()
	n, err := strconv.Atoi(r.text(key, strconv.Itoa(usual)))
	if err != nil {
		r.tb.Fatalf("%s: %s: %v", r.name, key, err)
	}
	return n
}

func (r *reader) duration(key, usual string) time.Duration {
	r.tb.Helper()
	d, err := time.ParseDuration(r.text(key, usual))
	if err != nil {
		r.tb.Fatalf("%s: %s: %v", r.name, key, err)
	}
	return d
}

// instant reads an instant that is written as the time since then; never, and no value, are the zero time.
func (r *reader) instant(key, usual string) time.Time {
	r.tb.Helper()
	if value := r.text(key, usual); value == "" || value == "never" {
		return time.Time{}
	}
	return Now().Add(-r.duration(key, usual))
}

func (r *reader) list(key, usual string) []string {
	value := r.text(key, usual)
	if value == "-" || value == "" {
		return nil
	}
	return strings.Split(value, ",")
}

// refuseUnread fails the test if the line has a field that nothing has read: it would have no effect.
func (r *reader) refuseUnread() {
	r.tb.Helper()
	for key := range r.fields {
		if !slices.Contains(r.read, key) {
			r.tb.Fatalf("%s: unknown field %s", r.name, key)
		}
	}
}
