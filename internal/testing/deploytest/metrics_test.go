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

// metric is what CloudWatch knows a series by: namespace, name, and dimensions as NAME=VALUE.
type metric struct{ namespace, name, dimensions string }

// awsMetrics are those of AWS's own that the template uses (Lambda Developer Guide, "Types of metrics for
// Lambda functions"; SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS").
func awsMetrics() map[metric]bool {
	known := map[metric]bool{{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName=" + physical("LostEvents")}: true}
	for _, function := range []string{"FailoverFunction", "AuditFunction"} {
		for _, name := range []string{
			"Invocations", "Errors", "Duration", "Throttles", "AsyncEventsDropped", "DestinationDeliveryFailures", "DeadLetterErrors",
		} {
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
	return all
}
