package failover_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// metricLines reads the lines in CloudWatch's embedded metric format and checks their form.
func (l *lab) metricLines(t *testing.T) []map[string]any {
	t.Helper()
	var lines []map[string]any
	for line := range bytes.Lines(l.metrics.Bytes()) {
		var root map[string]any
		if err := json.Unmarshal(line, &root); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		var aws struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
		}
		if err := json.Unmarshal(line, &aws); err != nil {
			t.Fatal(err)
		}
		for _, m := range aws.AWS.CloudWatchMetrics {
			for _, name := range slices.Concat(m.Dimensions...) {
				if _, ok := root[name].(string); !ok {
					t.Errorf("dimension %s is not a string member of %s", name, line)
				}
			}
			for _, metric := range m.Metrics {
				if root[metric.Name] == nil || (metric.Unit != "Count" && metric.Unit != "Milliseconds") {
					t.Errorf("metric %+v is not in %s", metric, line)
				}
			}
		}
		if root["level"] == nil || root["timestamp"] == nil {
			t.Errorf("line without level or timestamp: %s", line)
		}
		lines = append(lines, root)
	}
	return lines
}

func TestMetrics(t *testing.T) {
	noStandby := awssim.World{
		Instances:  []awssim.Instance{instance("1", spot, inState("stopped"))},
		Interfaces: []awssim.Interface{eni("a", "1")},
	}
	ready := awssim.World{
		Instances:  []awssim.Instance{instance("1", spot, impaired), instance("2")},
		Interfaces: []awssim.Interface{eni("a", "1", interfaceTag("eni-failover:record", "db.corp.internal"))},
	}
	young := awssim.World{Instances: ready.Instances, Interfaces: []awssim.Interface{eni("a", "1", func(e *awssim.Interface) {
		e.Attachment.AttachTime = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when a bubble's time begins
	})}}
	tests := []struct {
		name  string
		world awssim.World
		event func() []byte
		group string
		want  map[string]float64
	}{
		{"a move", ready, func() []byte { return spotWarning("1") }, "db", map[string]float64{"Moves": 1, "Record-no-zone": 1, "EventToAttached": -1, "DetachTime": -1, "AttachTime": -1, "VerifyTime": -1}},
		{"a stranded interface", noStandby, func() []byte { return stateChange("1", "stopped") }, "db", map[string]float64{"Stranded": 1}},
		{"a sweep's gauge", noStandby, sweep, "", map[string]float64{"StrandedInterfaces": 1, "Sweeps": 1}},
		{"a sweep's gauge where all is well", awssim.World{Instances: []awssim.Instance{instance("1")}, Interfaces: []awssim.Interface{eni("a", "1")}}, sweep, "", map[string]float64{"StrandedInterfaces": 0, "Sweeps": 1}},
		{"a foreign instance", ready, func() []byte { return spotWarning("9") }, "", map[string]float64{"Ignored": 1}},
		{"bad input", ready, func() []byte { return []byte("{}") }, "", map[string]float64{"BadInput": 1}},
		{"an alarm in the cool-down counts as a failure", young, func() []byte {
			return alarmEvent(alarmDescription("eni-failover:group=db"), alarmState(0), "OK")
		}, "db", map[string]float64{"Ignored": 1, "Failures": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLab(t, tt.world)
				_, _ = l.send(tt.event()) // the error is not what is tested here
				for _, line := range l.metricLines(t) {
					group, _ := line["Group"].(string)
					if group != tt.group {
						continue
					}
					for name, want := range tt.want {
						got, ok := line[name].(float64)
						if !ok || (want >= 0 && got != want) {
							t.Errorf("%s is %v; want %v", name, line[name], want)
						}
						delete(tt.want, name)
					}
				}
				if len(tt.want) > 0 {
					t.Errorf("not measured: %v\n%s", tt.want, l.metrics.String())
				}
			})
		})
	}
}
