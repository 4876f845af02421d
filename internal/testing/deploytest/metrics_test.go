package deploytest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
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

// measure runs the handler on an event in an account, and returns what it measures. drop is an action that the role
// lacks.
func measure(t *testing.T, event func() []byte, drop string, change ...func(*awssim.World)) map[metric][]float64 {
	t.Helper()
	s := deployEverything(t)
	var got map[metric][]float64
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
		l.send(event())
		got = readMetrics(t, l.emf.Bytes())
	})
	return got
}

// functionMetric is a metric whose only dimension is the function.
func functionMetric(function, name string) metric {
	return metric{"EniFailover", name, "Function=" + physical(function)}
}

// measuredRuns are runs that together measure everything that the alarms and the dashboard show, those of the audit
// included.
func measuredRuns(t *testing.T) map[string]map[metric][]float64 {
	t.Helper()
	all := map[string]map[metric][]float64{
		"all is well":        measure(t, sweep, ""),
		"moved":              measure(t, spotWarning, ""),
		"attached":           measure(t, func() []byte { return stateChange(holder, "terminated") }, "", holderTerminated),
		"changed on the way": measure(t, spotWarning, "", changedOnTheWay),
		"stranded":           measure(t, sweep, "", inState("stopped"), standbyStopped),
		"paused and dead":    measure(t, sweep, "", inState("stopped"), paused),
		"wrong record":       measure(t, rehearsal, ""),
		"no record":          measure(t, rehearsal, "", func(w *awssim.World) { w.Zones[0].Records = nil }),
		"no standby":         measure(t, spotWarning, "", standbyStopped),
		"permission refused": measure(t, rehearsal, "ec2:DetachNetworkInterface"),
		"failed":             measure(t, spotWarning, "ec2:DetachNetworkInterface"),
		"cool-down": measure(t, alarm, "", impaired, func(w *awssim.World) {
			w.Interfaces[0].Attachment.AttachTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble's time begins
		}),
	}
	maps.Copy(all, measuredAudits(t))
	maps.Copy(all, measuredProbes(t))
	return all
}
