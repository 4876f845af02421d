// Package emf writes metrics in CloudWatch's embedded metric format: one JSON object per line of the log, from which
// CloudWatch makes metrics without an API call ("Specification: Embedded metric format"). All functions measure with it.
package emf

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// Namespace is the metrics' namespace in CloudWatch.
const Namespace = "EniFailover"

// Units, as CloudWatch names them (MetricDatum).
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

// New makes a writer that writes the metrics of the function with that name to out.
func New(out io.Writer, function string) *Writer { return &Writer{out: out, function: function} }

// metric is one metric of a line.
type metric struct {
	unit   string
	values []float64 // at least one
}

// Set holds what an invocation measures about one group, by the names of the metrics.
type Set map[string]metric

// Time adds a duration, in milliseconds, to those of a metric.
func (s Set) Time(name string, ms int64) {
	s[name] = metric{unit: unitMillis, values: append(s[name].values, float64(ms))}
}

// Count adds n to a counter. A counter of zero is written too: it ends an alarm.
func (s Set) Count(name string, n int) {
	total := float64(n)
	if m, ok := s[name]; ok {
		total += m.values[0]
	}
	s[name] = metric{unit: unitCount, values: []float64{total}}
}

// maxValues limits the values of a metric in one line ("Specification: Embedded metric format", root node).
const maxValues = 100

// Write writes one line, or none for an empty set. Each metric has the function as its dimension, so that two deployments
// in an account stay apart, and, unless group is empty, once more the function and the group.
func (w *Writer) Write(now time.Time, group string, s Set) {
	if len(s) == 0 {
		return
	}
	type definition struct{ Name, Unit string }
	var definitions []definition
	root := map[string]any{
		"Function": w.function,
		// Lambda drops a line below the function's log level, and one without a level if that is above INFO (Lambda
		// guide, "Log-level filtering").
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
