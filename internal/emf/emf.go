// Package emf writes metrics in CloudWatch's embedded metric format: one JSON object a line in the log
// stream, without a call to any API. Both functions measure with it.
package emf

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Namespace is where the metrics appear in CloudWatch.
const Namespace = "EniFailover"

// The units of CloudWatch that are used here.
const (
	unitCount  = "Count"
	unitMillis = "Milliseconds"
)

// Writer writes metrics. It is safe for concurrent use.
type Writer struct {
	mu       sync.Mutex
	out      io.Writer
	function string
}

// New makes a writer of metrics to out for the function of that name.
func New(out io.Writer, function string) *Writer { return &Writer{out: out, function: function} }

// metric is one metric of one line: its values, and their unit.
type metric struct {
	unit   string
	values []float64
}

// Set is what is measured about one group in one invocation, by the names of the metrics.
type Set map[string]metric

// Time adds to the durations of a phase, in milliseconds.
func (s Set) Time(name string, ms int64) {
	s[name] = metric{unit: unitMillis, values: append(s[name].values, float64(ms))}
}

// Count adds to a counter, which is there once it was counted, even with zero.
func (s Set) Count(name string, n int) {
	total := float64(n)
	if m, ok := s[name]; ok {
		total += m.values[0]
	}
	s[name] = metric{unit: unitCount, values: []float64{total}}
}

// maxValues is how many values a metric may have in one line (CloudWatch embedded metric format
// specification).
const maxValues = 100

// Write writes one line, or none for an empty set. Its dimensions are the function, so that two deployments
// in an account stay apart, and the group, unless that is empty.
func (w *Writer) Write(now time.Time, group string, s Set) {
	if len(s) == 0 {
		return
	}
	type definition struct{ Name, Unit string }
	var definitions []definition
	root := map[string]any{
		"Function": w.function,
		// Without a level the line is dropped when the function's log level is above INFO.
		"level": "ERROR", "timestamp": now.UTC().Format(time.RFC3339Nano),
	}
	dimensions := [][]string{{"Function"}}
	if group != "" {
		root["Group"] = group
		dimensions = append(dimensions, []string{"Function", "Group"})
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		definitions = append(definitions, definition{Name: name, Unit: s[name].unit})
		if v := s[name].values; len(v) == 1 {
			root[name] = v[0]
		} else {
			root[name] = v[:min(len(v), maxValues)]
		}
	}
	root["_aws"] = map[string]any{
		"Timestamp": now.UnixMilli(),
		"CloudWatchMetrics": []map[string]any{
			{"Namespace": Namespace, "Dimensions": dimensions, "Metrics": definitions},
		},
	}
	line, err := json.Marshal(root)
	if err != nil {
		return // nothing in it can fail to be written as JSON
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = w.out.Write(append(line, '\n'))
}
