package trigger_test

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// envelope makes the trigger that comes from the envelope of most samples.
func envelope(id string, kind trigger.Kind, change func(*trigger.Trigger)) trigger.Trigger {
	t := trigger.Trigger{Kind: kind, ID: id, Account: "123456789012", Region: "eu-west-1", Time: atTen}
	if change != nil {
		change(&t)
	}
	return t
}

// samples lists what each file in events/ means. A file that is missing here fails the test.
func samples(tb testing.TB) map[string]trigger.Trigger {
	tb.Helper()
	const (
		alarmID  = "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92"
		changeID = "7bf73129-1428-4cd3-a780-95db273d1602"
		otherID  = "4b8c1d2e-3f4a-4b5c-8d6e-7f8091a2b3c4"
	)
	change := func(kind trigger.Kind, instance string) trigger.Trigger {
		return envelope(changeID, kind, func(t *trigger.Trigger) {
			t.Instance, t.Time = instance, atTen.Add(2*time.Minute+5*time.Second)
		})
	}
	alarm := func(name string, change func(*trigger.Trigger)) trigger.Trigger {
		return envelope(alarmID, trigger.KindAlarm, func(t *trigger.Trigger) {
			t.Alarm.Name, t.Alarm.Since = name, atTen.Add(989*time.Millisecond)
			change(t)
		})
	}
	lifecycle := envelope(otherID, trigger.KindLifecycle, func(t *trigger.Trigger) {
		t.Instance = instance1
		t.Hook = trigger.Hook{AutoScalingGroup: "db-asg", Name: "eni-failover", Token: "87654321-4321-4321-4321-210987654321"}
	})
	return map[string]trigger.Trigger{
		"alarm-application": alarm("db-probe", func(t *trigger.Trigger) { t.Interface = eni1 }),
		"alarm-composite":   alarm("db-unreachable", func(t *trigger.Trigger) { t.Group = "db" }),
		"alarm-cpu": envelope(alarmID, trigger.KindAlarm, func(t *trigger.Trigger) {
			t.Ignored = "the alarm is not about reachability"
		}),
		"alarm-metric-math": alarm("db-checks", func(t *trigger.Trigger) {
			t.Instance, t.Alarm.Instance, t.Alarm.Check = instance1, instance1, trigger.CheckAny
		}),
		"alarm-status-check": alarm("db-status", func(t *trigger.Trigger) {
			t.Instance, t.Alarm.Instance, t.Alarm.Check = instance1, instance1, trigger.CheckAny
		}),
		"alarm-suppressed": envelope(alarmID, trigger.KindAlarm, func(t *trigger.Trigger) {
			t.Group, t.Alarm.Name = "db", "db-unreachable"
			t.Ignored, t.IgnoredFor = "the alarm's actions are suppressed (by Alarm)", trigger.IgnoredSuppressed
		}),
		"health-retirement": envelope(otherID, trigger.KindHealth, func(t *trigger.Trigger) {
			t.Instances, t.EventRegion = []string{instance1}, "eu-west-1"
		}),
		"instance-running":       change(trigger.KindRunning, instance2),
		"instance-shutting-down": change(trigger.KindShuttingDown, instance1),
		"instance-stopped":       change(trigger.KindStopped, instance1),
		"instance-stopping":      change(trigger.KindStopping, instance1),
		"instance-terminated":    change(trigger.KindTerminated, instance1),
		"lifecycle-terminate":    lifecycle,
		"lifecycle-warm-pool":    lifecycle,
		"manual-bare":            {Kind: trigger.KindManual, Group: "db", Target: instance3},
		"manual-dry-run":         {Kind: trigger.KindManual, Interface: eni1, From: instance1, DryRun: true},
		"manual-request": envelope("3e9a7c52-6b1d-4f0e-9a57-2d8c1b4e7f60", trigger.KindManual, func(t *trigger.Trigger) {
			t.Group = "db"
		}),
		"rebalance-recommendation": envelope("5d5555d5-dd55-5555-5555-5555dd55d55d", trigger.KindRebalance, func(t *trigger.Trigger) {
			t.Instance = instance1
		}),
		"reached": {Kind: trigger.KindReached, Time: atTen, Answered: []trigger.ProbedInterface{
			{Interface: eni1, Attachment: attachment1, ReachedAt: atTen.Add(-47593 * time.Millisecond)},
		}},
		"rehearsal": {Kind: trigger.KindRehearsal},
		"spot-interruption": envelope("12345678-1234-1234-1234-123456789012", trigger.KindSpotInterruption, func(t *trigger.Trigger) {
			t.Instance = instance1
		}),
		"sweep-rule":      envelope("cdc73f9d-aea9-11e3-9d5a-835b769c0d9c", trigger.KindSweep, nil),
		"sweep-scheduler": envelope(otherID, trigger.KindSweep, nil),
		"unreachable": {
			Kind: trigger.KindUnreachable, Time: atTen, Unanswered: []trigger.ProbedInterface{
				{
					Interface: eni1, Attachment: attachment1, Instance: instance1, Check: "tcp:5432", Evidence: "refused",
					Since: atTen.Add(-5188 * time.Millisecond), ReachedAt: atTen.Add(-6187 * time.Millisecond),
				},
				{
					Interface: eni2, Attachment: attachment2, Instance: instance2, Check: "http:8080/health", Evidence: "timeout",
					Since: atTen.Add(-10899 * time.Millisecond), Witness: netip.MustParseAddr("10.0.1.21"),
				},
			},
			Rest: restOf(sample(tb, "unreachable")),
		},
		"unreachable-monitor": envelope("6a7b8c9d-0e1f-4a2b-8c3d-4e5f60718293", trigger.KindUnreachable, func(t *trigger.Trigger) {
			t.Unanswered = []trigger.ProbedInterface{{Interface: eni1}}
		}),
		"unknown": {
			Kind: trigger.KindUnknown, ID: "9d2f4c1e-7a3b-4e8d-b5c6-0f1a2b3c4d5e",
			Ignored: "no action for events of type ",
		},
	}
}

// restOf returns the field rest of a verdict as it is written there.
func restOf(event []byte) json.RawMessage {
	var e struct {
		Detail struct{ Rest json.RawMessage }
	}
	_ = json.Unmarshal(event, &e) // a rest that can't be read is none, and fails the comparison
	return e.Detail.Rest
}

func TestSampleEvents(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := samples(t)
	seen := map[string]bool{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		seen[name] = true
		t.Run(name, func(t *testing.T) {
			expected, ok := want[name]
			if !ok {
				t.Fatalf("the table misses %s: say there what it means", file)
			}
			event, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := trigger.Parse(event)
			if err != nil {
				t.Fatal(err)
			}
			// The table has only the beginning of a reason, which is a text for people.
			if strings.HasPrefix(got.Ignored, expected.Ignored) && expected.Ignored != "" {
				expected.Ignored = got.Ignored
			}
			if diff := cmp.Diff(expected, got, byMeaning()); diff != "" {
				t.Errorf("trigger (-want +got):\n%s", diff)
			}
		})
	}
	for name := range want {
		if !seen[name] {
			t.Errorf("the table has %s, events/ has not", name)
		}
	}
}
