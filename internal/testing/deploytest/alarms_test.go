package deploytest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// metric is what CloudWatch knows a series by: namespace, name, and dimensions as NAME=VALUE.
type metric struct{ namespace, name, dimensions string }

// awsMetrics are those of AWS's own that the template uses (Lambda Developer Guide, "Types of metrics for
// Lambda functions"; SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS").
func awsMetrics() map[metric]bool {
	known := map[metric]bool{{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName=" + physical("LostEvents")}: true}
	for _, function := range []string{"FailoverFunction", "AuditFunction", "ProbeFunction"} {
		for _, name := range []string{"Invocations", "Errors", "Duration", "Throttles", "AsyncEventsDropped", "DestinationDeliveryFailures"} {
			known[metric{"AWS/Lambda", name, "FunctionName=" + physical(function)}] = true
		}
	}
	return known
}

// series reads lines in the embedded metric format: all values of each series, in order.
func series(t *testing.T, lines []byte) map[metric][]float64 {
	t.Helper()
	all := map[metric][]float64{}
	for line := range bytes.Lines(lines) {
		var root map[string]any
		if err := json.Unmarshal(line, &root); err != nil || root["_aws"] == nil {
			continue // a line of the log
		}
		for _, d := range list(at(root, "_aws", "CloudWatchMetrics")) {
			for _, dimensions := range list(at(d, "Dimensions")) {
				var pairs []string
				for _, name := range texts(dimensions) {
					pairs = append(pairs, fmt.Sprintf("%s=%s", name, root[name]))
				}
				for _, m := range list(at(d, "Metrics")) {
					key := metric{fmt.Sprint(at(d, "Namespace")), fmt.Sprint(at(m, "Name")), strings.Join(pairs, " ")}
					for _, v := range list(root[key.name]) {
						all[key] = append(all[key], v.(float64)) //nolint:errcheck // the format knows nothing else
					}
				}
			}
		}
	}
	return all
}

// measured is what the failover measures of an event in an account, in real runs of the handler.
func measured(t *testing.T, event func() []byte, drop string, change ...func(*awssim.World)) map[metric][]float64 {
	t.Helper()
	s := everything(t)
	var got map[metric][]float64
	synctest.Test(t, func(t *testing.T) {
		w := world(change...)
		l := newLab(t, s, w, documents(s.policies(t, "FailoverRole"), func(g grant) bool { return g.action == drop }))
		if w.Instances[2].Tags["changes"] != "" {
			l.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if c.Action != "AttachNetworkInterface" {
					return awssim.Fault{}
				}
				return awssim.Fault{After: func() {
					l.sim.Edit(func(w *awssim.World) { w.Interfaces[0].SecurityGroups = []string{"sg-0a1b2c3d4e5f60009"} })
				}}
			})
		}
		l.send(event())
		got = series(t, l.emf.Bytes())
	})
	return got
}

// changes has somebody change the interface on its way.
func changes(w *awssim.World) { w.Instances[2].Tags["changes"] = "yes" }

func orphan(w *awssim.World) {
	w.Interfaces[0].Attachment = nil
	w.Instances[0].State = "terminated"
}

// ours is a metric of a function, with no other dimension.
func ours(function, name string) metric {
	return metric{"EniFailover", name, "Function=" + physical(function)}
}

// runs are real runs that together measure all that the failover's alarms and the dashboard show; the audit's
// are in auditRuns.
func runs(t *testing.T) map[string]map[metric][]float64 {
	t.Helper()
	all := map[string]map[metric][]float64{
		"all is well":        measured(t, sweep, ""),
		"moved":              measured(t, spotWarning, ""),
		"attached":           measured(t, func() []byte { return stateChange(holder, "terminated") }, "", orphan),
		"changed on the way": measured(t, spotWarning, "", changes),
		"stranded":           measured(t, sweep, "", inState("stopped"), without),
		"paused and dead":    measured(t, sweep, "", inState("stopped"), paused),
		"wrong record":       measured(t, rehearsal, ""),
		"no record":          measured(t, rehearsal, "", func(w *awssim.World) { w.Zones[0].Records = nil }),
		"nobody to take it":  measured(t, spotWarning, "", without),
		"permission refused": measured(t, rehearsal, "ec2:DetachNetworkInterface"),
		"failed":             measured(t, spotWarning, "ec2:DetachNetworkInterface"),
		"cool-down": measured(t, alarm, "", impaired, func(w *awssim.World) {
			w.Interfaces[0].Attachment.AttachTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble's time begins
		}),
	}
	maps.Copy(all, auditRuns(t))
	maps.Copy(all, probeRuns(t))
	return all
}

// wantAlarms says of each alarm what it watches, the runs that it must sound for, and the way it takes a lack
// of data. It sounds for no other run.
func wantAlarms() map[string]struct {
	watches []metric
	how     string // statistic comparison threshold, periods × seconds, missing data
	sounds  []string
	clears  bool // whether it also tells that all is well again
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
			[]metric{ours("FailoverFunction", "Failures")},
			"Sum >= 1, 1 × 60 s, notBreaching",
			[]string{"failed", "permission refused", "cool-down"},
			false,
		},
		"StrandedAlarm": {
			[]metric{ours("FailoverFunction", "StrandedInterfaces")}, "Minimum >= 1, 5 × 60 s, ignore", []string{"stranded"}, true,
		},
		"UnservedAlarm": {
			[]metric{ours("FailoverFunction", "UnservedInterfaces")}, "Minimum >= 1, 3 × 300 s, ignore", []string{"paused and dead"}, true,
		},
		"WrongRecordAlarm": {
			[]metric{ours("FailoverFunction", "Record-mismatch"), ours("FailoverFunction", "Record-missing")},
			"FILL(mismatch, 0) + FILL(missing, 0) >= 1, 1 × 3600 s, notBreaching",
			[]string{"no record", "permission refused", "wrong record"},
			true,
		},
		"NoSweepAlarm": {
			[]metric{ours("FailoverFunction", "Sweeps")}, "Sum < 1, 2 × 300 s, breaching", nil, true,
		},
		"PermissionDeniedAlarm": {
			[]metric{ours("FailoverFunction", "PermissionDenied")},
			"Sum >= 1, 1 × 3600 s, notBreaching",
			[]string{"failed", "permission refused"},
			true,
		},
		"FailoverErrorsAlarm": {
			[]metric{lambda("FailoverFunction", "Errors"), ours("FailoverFunction", "ReportedErrors"), ours("FailoverFunction", "BadInput")},
			"FILL(errors, 0) - FILL(reported, 0) + FILL(malformed, 0) >= 1, 1 × 60 s, notBreaching", nil, false,
		},
		"ThrottledAlarm": {[]metric{lambda("FailoverFunction", "Throttles")}, "Sum >= 1, 1 × 60 s, notBreaching", nil, false},
		"EventsDroppedAlarm": {
			[]metric{
				lambda("FailoverFunction", "Errors"), lambda("FailoverFunction", "AsyncEventsDropped"),
				lambda("FailoverFunction", "DestinationDeliveryFailures"),
			}, "IF(FILL(errors, 0) > 0, 0, FILL(dropped, 0)) + FILL(undelivered, 0) >= 1, 1 × 900 s, notBreaching", nil, false,
		},
		"UnreachedAlarm": {
			[]metric{ours("FailoverFunction", "UnreachedInterfaces")}, "Minimum >= 1, 5 × 60 s, ignore", []string{"unreached"}, true,
		},
		"HeldBackAlarm": {
			[]metric{ours("FailoverFunction", "HeldBack")}, "Sum >= 1, 1 × 600 s, notBreaching", []string{"held back"}, false,
		},
		"NoProbeAlarm": {[]metric{ours("ProbeFunction", "ProbeRuns")}, "Sum < 1, 2 × 300 s, breaching", nil, true},
		"ProbeErrorsAlarm": {
			[]metric{
				lambda("ProbeFunction", "Errors"), lambda("ProbeFunction", "Throttles"), lambda("ProbeFunction", "DestinationDeliveryFailures"),
			}, "FILL(errors, 0) + FILL(throttles, 0) + FILL(undelivered, 0) >= 1, 1 × 300 s, notBreaching", nil, false,
		},
		"ProbeIsolatedAlarm": {
			[]metric{ours("ProbeFunction", "ProbeIsolatedRuns")}, "Minimum >= 1, 2 × 300 s, notBreaching", []string{"isolated"}, true,
		},
		"LostEventsAlarm": {
			[]metric{{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName=" + physical("LostEvents")}},
			"Maximum >= 1, 1 × 60 s, ignore", nil, false,
		},
		"AuditErrorsAlarm":   {[]metric{lambda("AuditFunction", "Errors")}, "Sum >= 1, 1 × 300 s, notBreaching", nil, false},
		"AuditCriticalAlarm": {[]metric{ours("AuditFunction", "FindingsCritical")}, "Maximum >= 1, 1 × 300 s, ignore", []string{"critical findings"}, true},
	}
}

// watched reads an alarm: the series that it watches, and how.
func watched(s stack, id string) (metrics []metric, how string) {
	of := func(m any) metric {
		var dimensions []string
		for _, d := range list(at(m, "Dimensions")) {
			dimensions = append(dimensions, fmt.Sprintf("%s=%s", at(d, "Name"), at(d, "Value")))
		}
		return metric{fmt.Sprint(at(m, "Namespace")), fmt.Sprint(at(m, "MetricName")), strings.Join(dimensions, " ")}
	}
	p := s.Resources[id].Properties
	what, period := p["Statistic"], p["Period"]
	if p["MetricName"] != nil {
		metrics = append(metrics, of(p))
	}
	for _, q := range list(p["Metrics"]) {
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
	s := everything(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(wantAlarms())), s.of("AWS::CloudWatch::Alarm")); diff != "" {
		t.Fatalf("alarms (-want +got):\n%s", diff)
	}
	runs := runs(t)
	for id, want := range wantAlarms() {
		metrics, how := watched(s, id)
		if diff := cmp.Diff(want.watches, metrics, cmp.AllowUnexported(metric{})); diff != "" || how != want.how {
			t.Errorf("%s: %s; want %s\nwatches (-want +got):\n%s", id, how, want.how, diff)
		}
		if diff := cmp.Diff(any([]any{arn("sns", "Alerts")}), s.prop(id, "AlarmActions")); diff != "" {
			t.Errorf("%s tells (-want +got):\n%s", id, diff)
		}
		if told := s.prop(id, "OKActions") != nil; told != want.clears {
			t.Errorf("%s tells that it is over: %t; want %t", id, told, want.clears)
		}
		if s.prop(id, "AlarmDescription") == nil || s.prop(id, "ActionsEnabled") != nil {
			t.Errorf("%s: %s", id, show(s.Resources[id].Properties))
		}
		if awsMetrics()[metrics[0]] {
			continue
		}
		var sounds []string
		seen := map[metric]bool{}
		for name, run := range runs {
			reached := false
			for _, m := range metrics {
				seen[m] = seen[m] || run[m] != nil
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
		for _, m := range metrics {
			if !seen[m] {
				t.Errorf("%s: no run measures %v", id, m)
			}
		}
	}
}

// A sign of life is measured by a sweep and by nothing else: an alarm on its absence must not be calmed by other
// events.
func TestOnlySweepsAreSweeps(t *testing.T) {
	for name, run := range runs(t) {
		sweeps := name == "all is well" || name == "stranded" || name == "paused and dead"
		if got := run[ours("FailoverFunction", "Sweeps")] != nil; got != sweeps {
			t.Errorf("%s counts as a sweep: %t; want %t", name, got, sweeps)
		}
	}
}

// board is the dashboard's body.
func board(t *testing.T, s stack) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal([]byte(s.text(t, "FailoverDashboard", "DashboardBody")), &body); err != nil {
		t.Fatalf("the dashboard is no JSON: %v", err)
	}
	return body
}

// Every line of the dashboard is there for something that is measured, and every alarm is on it.
func TestDashboardShowsWhatIsMeasured(t *testing.T) {
	known := awsMetrics()
	for _, run := range runs(t) {
		for m := range run {
			known[m] = true
		}
	}
	for name, s := range map[string]stack{"everything": everything(t), "defaults": deploy(t)} {
		t.Run(name, func(t *testing.T) { checkDashboard(t, s, known) })
	}
}

func checkDashboard(t *testing.T, s stack, known map[metric]bool) {
	t.Helper()
	alarms, taken := map[string]bool{}, map[string]bool{}
	for _, w := range list(board(t, s)["widgets"]) {
		for _, cell := range cells(w) {
			if taken[cell] {
				t.Errorf("two widgets at %s", cell)
			}
			taken[cell] = true
		}
		for _, alarm := range list(at(w, "properties", "alarms")) {
			alarms[fmt.Sprint(alarm)] = true
		}
		shown := shownMetrics(w)
		for _, m := range shown {
			if !known[m] {
				t.Errorf("nothing measures %v", m)
			}
		}
		if at(w, "type") == "metric" && (len(shown) == 0 || at(w, "properties", "region") != region) {
			t.Errorf("widget %s", show(w))
		}
	}
	for _, id := range s.of("AWS::CloudWatch::Alarm") {
		if !alarms["arn:aws:cloudwatch:"+region+":"+account+":alarm:"+physical(id)] {
			t.Errorf("%s is not on the dashboard", id)
		}
	}
	if got, want := len(alarms), len(s.of("AWS::CloudWatch::Alarm")); got != want {
		t.Errorf("%d alarms on the dashboard; want %d", got, want)
	}
}

// cells are the places of a widget on the dashboard's grid of 24 columns.
func cells(w any) []string {
	n := func(name string) int { return int(at(w, name).(float64)) } //nolint:errcheck // a widget has all four
	var all []string
	for x := n("x"); x < n("x")+n("width"); x++ {
		for y := n("y"); y < n("y")+n("height"); y++ {
			all = append(all, fmt.Sprintf("%d,%d", x, y))
		}
	}
	if n("x")+n("width") > 24 {
		all = append(all, "beyond the edge", "beyond the edge")
	}
	return all
}

// shownMetrics are the series of a widget; a dot stands for what the line above has there (CloudWatch API
// reference, "Dashboard Body Structure and Syntax").
func shownMetrics(w any) []metric {
	var all []metric
	var above [4]string
	for _, line := range list(at(w, "properties", "metrics")) {
		var m [4]string
		for i := range m {
			if m[i] = fmt.Sprint(at(line, i)); m[i] == "." {
				m[i] = above[i]
			}
		}
		above = m
		all = append(all, metric{m[0], m[1], m[2] + "=" + m[3]})
	}
	return all
}
