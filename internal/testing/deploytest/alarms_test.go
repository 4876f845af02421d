package deploytest_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wantAlarms says for each alarm what it watches, which runs it must sound for, and how it takes missing data. It
// sounds for no other run.
func wantAlarms() map[string]struct {
	watches []metric
	how     string // statistic comparison threshold, periods × seconds, missing data
	sounds  []string
	clears  bool // it also reports that all is well again
} {
	lambda := func(function, name string) metric {
		return metric{"AWS/Lambda", name, "FunctionName=" + physical(function)}
	}
	return map[string]struct {
		watches []metric
		how     string
		sounds  []string
		clears  bool
	}{
		"FailoverFailedAlarm": {
			[]metric{functionMetric("FailoverFunction", "Failures")},
			"Sum >= 1, 1 × 60 s, notBreaching",
			[]string{"failed", "permission refused", "cool-down", "held back"},
			false,
		},
		"StrandedAlarm": {
			[]metric{functionMetric("FailoverFunction", "StrandedInterfaces")}, "Minimum >= 1, 5 × 60 s, ignore", []string{"stranded"}, true,
		},
		"UnservedAlarm": {
			[]metric{functionMetric("FailoverFunction", "UnservedInterfaces")}, "Minimum >= 1, 3 × 300 s, ignore", []string{"paused and dead"}, true,
		},
		"WrongRecordAlarm": {
			[]metric{functionMetric("FailoverFunction", "Record-mismatch"), functionMetric("FailoverFunction", "Record-missing")},
			"FILL(mismatch, 0) + FILL(missing, 0) >= 1, 1 × 3600 s, notBreaching",
			[]string{"no record", "permission refused", "wrong record"},
			true,
		},
		"NoSweepAlarm": {
			[]metric{functionMetric("FailoverFunction", "Sweeps")}, "Sum < 1, 2 × 300 s, breaching", nil, true,
		},
		"PermissionDeniedAlarm": {
			[]metric{functionMetric("FailoverFunction", "PermissionDenied")},
			"Sum >= 1, 1 × 3600 s, notBreaching",
			[]string{"failed", "permission refused"},
			true,
		},
		"FailoverErrorsAlarm": {
			[]metric{lambda("FailoverFunction", "Errors"), functionMetric("FailoverFunction", "ReportedErrors"), functionMetric("FailoverFunction", "BadInput")},
			"FILL(errors, 0) - FILL(reported, 0) + FILL(malformed, 0) >= 1, 1 × 60 s, notBreaching", nil, false,
		},
		"ThrottledAlarm": {[]metric{lambda("FailoverFunction", "Throttles")}, "Sum >= 1, 1 × 60 s, notBreaching", nil, false},
		"EventsDroppedAlarm": {
			[]metric{
				lambda("FailoverFunction", "Errors"), lambda("FailoverFunction", "AsyncEventsDropped"),
				lambda("FailoverFunction", "DestinationDeliveryFailures"),
			}, "IF(FILL(errors, 0) > 0, 0, FILL(dropped, 0)) + FILL(undelivered, 0) >= 1, 1 × 900 s, notBreaching", nil, false,
		},
		"EventsNotPutAlarm": {
			[]metric{functionMetric("FailoverFunction", "EventsNotPut")}, "Sum >= 1, 1 × 900 s, notBreaching", []string{"not told"}, false,
		},
		"UnreachedAlarm": {
			[]metric{functionMetric("FailoverFunction", "UnreachedInterfaces")}, "Minimum >= 1, 1 × 60 s, ignore", []string{"unreached"}, true,
		},
		"HeldBackAlarm": {
			[]metric{functionMetric("FailoverFunction", "HeldBack")}, "Sum >= 1, 1 × 600 s, notBreaching", []string{"held back"}, false,
		},
		"NoProbeAlarm": {[]metric{functionMetric("ProbeFunction", "ProbeRuns")}, "Sum < 1, 2 × 300 s, breaching", nil, true},
		"ProbeErrorsAlarm": {
			[]metric{
				lambda("ProbeFunction", "Errors"), lambda("ProbeFunction", "Throttles"), lambda("ProbeFunction", "DestinationDeliveryFailures"),
			}, "FILL(errors, 0) + FILL(throttles, 0) + FILL(undelivered, 0) >= 1, 1 × 300 s, notBreaching", nil, false,
		},
		"ProbeIsolatedAlarm": {
			[]metric{functionMetric("ProbeFunction", "ProbeIsolatedRuns")}, "Minimum >= 1, 2 × 300 s, notBreaching", []string{"isolated"}, true,
		},
		"LostEventsAlarm": {
			[]metric{{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName=" + physical("LostEvents")}},
			"Maximum >= 1, 1 × 60 s, ignore", nil, false,
		},
		"AuditErrorsAlarm":   {[]metric{lambda("AuditFunction", "Errors")}, "Sum >= 1, 1 × 300 s, notBreaching", nil, false},
		"AuditCriticalAlarm": {[]metric{functionMetric("AuditFunction", "FindingsCritical")}, "Maximum >= 1, 1 × 300 s, ignore", []string{"critical findings"}, true},
	}
}

// readAlarm returns the series that an alarm watches, and how it watches them.
func readAlarm(s stack, id string) (metrics []metric, how string) {
	of := func(m any) metric {
		var dimensions []string
		for _, d := range asList(at(m, "Dimensions")) {
			dimensions = append(dimensions, fmt.Sprintf("%s=%s", at(d, "Name"), at(d, "Value")))
		}
		return metric{fmt.Sprint(at(m, "Namespace")), fmt.Sprint(at(m, "MetricName")), strings.Join(dimensions, " ")}
	}
	p := s.Resources[id].Properties
	what, period := p["Statistic"], p["Period"]
	if p["MetricName"] != nil {
		metrics = append(metrics, of(p))
	}
	for _, q := range asList(p["Metrics"]) {
		if at(q, "ReturnData") == true {
			what = at(q, "Expression")
			continue
		}
		metrics = append(metrics, of(at(q, "MetricStat", "Metric")))
		period = at(q, "MetricStat", "Period")
	}
	comparison := map[any]string{"GreaterThanOrEqualToThreshold": ">=", "LessThanThreshold": "<"}[p["ComparisonOperator"]]
	return metrics, fmt.Sprintf("%v %s %v, %v × %v s, %v", what, comparison, p["Threshold"], p["EvaluationPeriods"], period, p["TreatMissingData"])
}

func TestAlarms(t *testing.T) {
	s := deployEverything(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(wantAlarms())), s.ofType("AWS::CloudWatch::Alarm")); diff != "" {
		t.Fatalf("alarms (-want +got):\n%s", diff)
	}
	runs, seen := measuredRuns(t), awsMetrics()
	for _, run := range runs {
		for m := range run {
			seen[m] = true
		}
	}
	for id, want := range wantAlarms() {
		metrics, how := readAlarm(s, id)
		if diff := cmp.Diff(want.watches, metrics, cmp.AllowUnexported(metric{})); diff != "" || how != want.how {
			t.Errorf("%s: %s; want %s\nwatches (-want +got):\n%s", id, how, want.how, diff)
		}
		if diff := cmp.Diff(any([]any{arn("sns", "Alerts")}), s.prop(id, "AlarmActions")); diff != "" {
			t.Errorf("%s tells (-want +got):\n%s", id, diff)
		}
		if clears := s.prop(id, "OKActions") != nil; clears != want.clears {
			t.Errorf("%s tells that it is over: %t; want %t", id, clears, want.clears)
		}
		if s.prop(id, "AlarmDescription") == nil || s.prop(id, "ActionsEnabled") != nil {
			t.Errorf("%s: %s", id, toJSON(s.Resources[id].Properties))
		}
		for _, m := range metrics {
			if !seen[m] {
				t.Errorf("%s: no run measures %v", id, m)
			}
		}
		if awsMetrics()[metrics[0]] {
			continue
		}
		var sounds []string
		for name, run := range runs {
			reached := false
			for _, m := range metrics {
				reached = reached || slices.ContainsFunc(run[m], func(v float64) bool { return (v >= 1) != strings.Contains(how, "<") })
			}
			if reached {
				sounds = append(sounds, name)
			}
		}
		slices.Sort(sounds)
		slices.Sort(want.sounds)
		if diff := cmp.Diff(want.sounds, sounds); diff != "" {
			t.Errorf("%s sounds for (-want +got):\n%s", id, diff)
		}
	}
}

// Only a sweep measures the sign of life: no other event may quiet the alarm on its absence.
func TestOnlySweepsAreSweeps(t *testing.T) {
	for name, run := range measuredRuns(t) {
		sweeps := slices.Contains([]string{"all is well", "stranded", "paused and dead", "asked", "unreached", "not asked"}, name)
		if got := run[functionMetric("FailoverFunction", "Sweeps")] != nil; got != sweeps {
			t.Errorf("%s counts as a sweep: %t; want %t", name, got, sweeps)
		}
	}
}
