package deploytest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// metric identifies a series in CloudWatch: namespace, name, and dimensions as NAME=VALUE.
type metric struct{ namespace, name, dimensions string }

// awsMetrics are AWS's own metrics that the template uses (Lambda Developer Guide, "Types of metrics for
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

// readMetrics reads the lines in the embedded metric format, and returns all values of each series, in order.
func readMetrics(t *testing.T, lines []byte) map[metric][]float64 {
	t.Helper()
	all := map[metric][]float64{}
	for line := range bytes.Lines(lines) {
		var root map[string]any
		if err := json.Unmarshal(line, &root); err != nil || root["_aws"] == nil {
			continue // a line of the log
		}
		for _, d := range asList(at(root, "_aws", "CloudWatchMetrics")) {
			for _, dimensions := range asList(at(d, "Dimensions")) {
				var pairs []string
				for _, name := range asStrings(dimensions) {
					pairs = append(pairs, fmt.Sprintf("%s=%s", name, root[name]))
				}
				for _, m := range asList(at(d, "Metrics")) {
					key := metric{fmt.Sprint(at(d, "Namespace")), fmt.Sprint(at(m, "Name")), strings.Join(pairs, " ")}
					for _, v := range asList(root[key.name]) {
						all[key] = append(all[key], v.(float64)) //nolint:errcheck // the format knows nothing else
					}
				}
			}
		}
	}
	return all
}

// observation is what an invocation left behind: its metrics, the events that it put on the bus, and whether it ended
// with an error.
type observation struct {
	metrics map[metric][]float64
	told    []map[string]any
	failed  bool
}

// observe runs the handler on an event in an account. drop is an action that the role lacks.
func observe(t *testing.T, event func() []byte, drop string, change ...func(*awssim.World)) observation {
	t.Helper()
	s := deployEverything(t)
	var got observation
	synctest.Test(t, func(t *testing.T) {
		w := world(change...)
		l := newLab(t, s, w, policyDocuments(s.policies(t, "FailoverRole"), func(g grant) bool { return g.action == drop }))
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
		got.failed = l.invoke(event()) != nil
		got.metrics, got.told = readMetrics(t, l.emf.Bytes()), l.told()
	})
	return got
}

// functionMetric is a metric whose only dimension is the function.
func functionMetric(function, name string) metric {
	return metric{"EniFailover", name, "Function=" + physical(function)}
}

// failoverRuns are runs of the failover that together measure and tell everything that it can.
func failoverRuns(t *testing.T) map[string]observation {
	t.Helper()
	const put = "events:PutEvents"
	young := func(w *awssim.World) {
		w.Interfaces[0].Attachment.AttachTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble's time begins
	}
	unconfirmed := func() []byte { return verdictOf(func(v map[string]any) { v["confirmed"] = false }) }
	return map[string]observation{
		"all is well":        observe(t, sweep, ""),
		"moved":              observe(t, spotWarning, ""),
		"attached":           observe(t, func() []byte { return stateChange(holder, "terminated") }, "", holderTerminated),
		"changed on the way": observe(t, spotWarning, "", changedOnTheWay),
		"started":            observe(t, spotWarning, "", coldStandby),
		"stranded":           observe(t, sweep, "", inState("stopped"), standbyStopped),
		"paused and dead":    observe(t, sweep, "", inState("stopped"), paused),
		"wrong record":       observe(t, rehearsal, ""),
		"no record":          observe(t, rehearsal, "", func(w *awssim.World) { w.Zones[0].Records = nil }),
		"no standby":         observe(t, spotWarning, "", standbyStopped),
		"permission refused": observe(t, rehearsal, "ec2:DetachNetworkInterface"),
		"failed":             observe(t, spotWarning, "ec2:DetachNetworkInterface"),
		"cool-down":          observe(t, alarm, "", impaired, young),
		"malformed":          observe(t, func() []byte { return []byte("{}") }, ""),
		"asked":              observe(t, sweep, "", probedServices(true)),
		"unreached":          observe(t, sweep, "", probedServices(false)),
		"reached":            observe(t, answerOfHolder, "", probedServices(false)),
		"held back":          observe(t, verdictOnHolder, "", probedServices(true), young),
		"unconfirmed":        observe(t, unconfirmed, "", probedServices(true)),
		"not told":           observe(t, spotWarning, put),
		"not asked":          observe(t, sweep, put, probedServices(true)),
	}
}

// measuredRuns are runs that together measure everything that the functions measure.
func measuredRuns(t *testing.T) map[string]map[metric][]float64 {
	t.Helper()
	all := map[string]map[metric][]float64{}
	for name, run := range failoverRuns(t) {
		all[name] = run.metrics
	}
	maps.Copy(all, measuredAudits(t))
	maps.Copy(all, measuredProbes(t))
	return all
}

// docs/metrics.md has every metric, and says rightly whether an alarm or the dashboard uses it.
func TestMetricsAreSeen(t *testing.T) {
	s := deployEverything(t)
	seen := map[string]bool{}
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		metrics, _ := readAlarm(s, id)
		for _, m := range metrics {
			seen[m.name] = true
		}
	}
	for _, w := range asList(dashboardBody(t, s)["widgets"]) {
		for _, m := range shownMetrics(w) {
			seen[m.name] = true
		}
	}
	page := readFile(t, filepath.Join(root, "docs", "metrics.md"))
	documented := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Za-z-]+)` \\| [^|]+ \\| (yes|no) \\|$").FindAllStringSubmatch(page, -1) {
		name, used := row[1], row[2] == "yes"
		documented[name] = true
		if used != seen[name] {
			t.Errorf("docs/metrics.md says of %s: used is %s; an alarm or the dashboard uses it: %v", name, row[2], seen[name])
		}
	}
	measured := map[string]bool{}
	for name, run := range measuredRuns(t) {
		for m := range run {
			if !documented[m.name] {
				t.Errorf("%s: docs/metrics.md has no row for %s", name, m.name)
			}
			measured[m.name] = true
		}
	}
	for name := range documented {
		if !measured[name] && seen[name] {
			t.Errorf("docs/metrics.md has %s, which is not measured", name)
		}
	}
}
