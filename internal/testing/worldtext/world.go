package worldtext

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Now returns the instant at which every world is looked at.
func Now() time.Time { return time.Date(2026, time.November, 23, 10, 5, 0, 0, time.UTC) }

// World is an account as its lines describe it.
type World struct {
	order  []string // the things, in the order in which they are named first
	fields map[string]map[string]string
}

// New makes a world that has the instance types m5 and c5, and nothing else.
func New() *World {
	w := &World{fields: map[string]map[string]string{}}
	w.Add("type m5\ntype c5")
	return w
}

// Clone returns a copy that can be changed.
func (w *World) Clone() *World {
	c := &World{order: slices.Clone(w.order), fields: map[string]map[string]string{}}
	for name, fields := range w.fields {
		c.fields[name] = maps.Clone(fields)
	}
	return c
}

// Add reads lines into the world.
func (w *World) Add(lines string) {
	for line := range strings.SplitSeq(lines, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		name, words := words[0], words[1:]
		if name == "type" && len(words) > 0 {
			name, words = "type "+words[0], words[1:]
		}
		if w.fields[name] == nil {
			w.fields[name] = map[string]string{}
			w.order = append(w.order, name)
		}
		for _, word := range words {
			key, value, _ := strings.Cut(word, "=")
			w.fields[name][key] = value
		}
	}
}

// Build makes the snapshot of the account and the policy of the deployment.
func (w *World) Build(tb testing.TB) (inventory.Snapshot, plan.Policy) {
	tb.Helper()
	s := inventory.Snapshot{At: Now(), Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{}}
	policy := (&reader{tb: tb}).policy()
	attached := map[string][]inventory.Interface{}
	var instances []*reader
	for _, name := range w.order {
		r := &reader{tb: tb, name: name, fields: w.fields[name]}
		if r.flag("gone") {
			continue
		}
		switch {
		case name == "policy":
			policy = r.policy()
		case strings.HasPrefix(name, "type "):
			s.Limits[strings.TrimPrefix(name, "type ")] = r.limits()
		case strings.HasPrefix(name, "eni-"):
			e := r.networkInterface()
			s.Interfaces = append(s.Interfaces, e)
			attached[e.Holder()] = append(attached[e.Holder()], e)
		case strings.HasPrefix(name, "i-"):
			instances = append(instances, r) // the interfaces on it are to be read first
			continue
		default:
			tb.Fatalf("a line begins with %s; want i-…, eni-…, type or policy", name)
		}
		r.refuseUnread()
	}
	for _, r := range instances {
		s.Add(r.instance(attached[r.name]))
		r.refuseUnread()
	}
	slices.SortFunc(s.Interfaces, func(e, f inventory.Interface) int { return strings.Compare(e.ID, f.ID) })
	return s, policy
}
