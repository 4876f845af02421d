package failover

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Namespace is where the metrics appear in CloudWatch.
const Namespace = "EniFailover"

// The units of CloudWatch that are used here.
const (
	unitCount  = "Count"
	unitMillis = "Milliseconds"
)

// Metrics writes metrics in CloudWatch's embedded metric format: one JSON object a line in the log
// stream, without a call to any API. It is safe for concurrent use.
type Metrics struct {
	mu       sync.Mutex
	out      io.Writer
	function string
}

// NewMetrics makes a writer of metrics for the function of that name.
func NewMetrics(out io.Writer, function string) *Metrics {
	return &Metrics{out: out, function: function}
}

// metric is one metric of one line: its values, and their unit.
type metric struct {
	unit   string
	values []float64
}

// set is what is measured about one group in one invocation.
type set map[string]metric

// time adds to the durations of a phase, in milliseconds.
func (s set) time(name string, ms int64) {
	s[name] = metric{unit: unitMillis, values: append(s[name].values, float64(ms))}
}

// count adds to a counter, which is there once it was counted, even with zero.
func (s set) count(name string, n int) {
	total := float64(n)
	if m, ok := s[name]; ok {
		total += m.values[0]
	}
	s[name] = metric{unit: unitCount, values: []float64{total}}
}

// write writes an invocation's metrics: a line for each group, and one for an event without any.
func (m *Metrics) write(now time.Time, r Report) {
	groups := map[string]set{}
	for _, i := range r.Interfaces {
		if groups[i.Group] == nil {
			groups[i.Group] = set{}
		}
		groups[i.Group].measure(r.Trigger.Kind, i, r.DryRun)
	}
	if len(groups) == 0 {
		groups[""] = set{}
		switch r.Outcome {
		case plan.OutcomeIgnored:
			groups[""].count("Ignored", 1)
		case plan.OutcomeFailed:
			groups[""].count("Failures", 1)
		case plan.OutcomeStranded, plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomePlanned,
			plan.OutcomeSuperseded, plan.OutcomeNothingToDo:
		}
	}
	if r.Trigger.Kind == trigger.KindSweep {
		if groups[""] == nil {
			groups[""] = set{}
		}
		// A gauge, so that its alarm ends when a standby is there, and a sign of life.
		groups[""].count("Sweeps", 1)
		groups[""].count("StrandedInterfaces", countOutcome(r, plan.OutcomeStranded))
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		m.line(now, group, groups[group])
	}
}

func countOutcome(r Report, o plan.Outcome) int {
	n := 0
	for _, i := range r.Interfaces {
		if i.Outcome == o {
			n++
		}
	}
	return n
}

// measure adds what is to be said of one interface. A dry run moves nothing, so it counts what was refused
// only.
func (s set) measure(kind trigger.Kind, i InterfaceReport, dryRun bool) {
	switch i.Outcome {
	case plan.OutcomeMoved:
		s.count("Moves", 1)
	case plan.OutcomeAttached:
		s.count("Attached", 1)
	case plan.OutcomeFailed:
		s.count("Failures", 1)
	case plan.OutcomeStranded:
		s.count("Stranded", 1)
	case plan.OutcomeIgnored:
		s.count("Ignored", 1)
	case plan.OutcomePlanned, plan.OutcomeSuperseded, plan.OutcomeNothingToDo:
	}
	if i.Reason == plan.ReasonDenied {
		s.count("PermissionDenied", 1)
	}
	if i.Reason == plan.ReasonCooldown && kind == trigger.KindAlarm {
		// The alarm will not speak again: a person has to hear of it.
		s.count("Failures", 1)
	}
	for _, r := range i.Records {
		s.count("Record-"+string(r.State), 1)
	}
	if dryRun {
		return
	}
	if len(i.Differences) > 0 {
		s.count("Differences", len(i.Differences))
	}
	if i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached {
		s.time("EventToAttached", i.EventToAttachedMs)
		s.time("DetachTime", i.Phases.DetachMs)
		s.time("AttachTime", i.Phases.AttachMs)
		s.time("VerifyTime", i.Phases.VerifyMs)
	}
}

// mostValues is how many values a metric may have in one line (CloudWatch embedded metric format
// specification).
const mostValues = 100

// line writes one line. Its dimensions are the function, so that two deployments in an account stay apart,
// and the group.
func (m *Metrics) line(now time.Time, group string, s set) {
	if len(s) == 0 {
		return
	}
	type definition struct{ Name, Unit string }
	var definitions []definition
	root := map[string]any{
		"Function": m.function,
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
			root[name] = v[:min(len(v), mostValues)]
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
	m.mu.Lock()
	defer m.mu.Unlock()
	_, _ = m.out.Write(append(line, '\n'))
}
