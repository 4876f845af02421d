package failover_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/settings"
)

func readSettings(environment map[string]string) (failover.Settings, error) {
	return failover.ReadSettings(func(name string) (string, bool) {
		value, ok := environment[name]
		return value, ok
	})
}

func TestSettings(t *testing.T) {
	defaults := failover.Settings{
		Policy:   plan.Policy{DetachGrace: 15 * time.Second, Cooldown: 10 * time.Minute, ImpairedAfter: 5 * time.Minute, StartSettle: 30 * time.Second},
		ProbeRun: 65 * time.Second,
	}
	tests := []struct {
		name        string
		environment map[string]string
		want        failover.Settings
	}{
		{"nothing is set", nil, defaults},
		{"all is blank", map[string]string{
			"GROUPS": "", "DRY_RUN": " ", "DETACH_GRACE": "", "COOLDOWN": "", "IMPAIRED_AFTER": "", "REPAIR_RECORDS": "", "ACT_ON_REBALANCE": "", "START_STANDBYS": "", "START_SETTLE": "",
			"EVENT_BUS": " ", "PROBE_VPC": "", "PROBE_RUN": " ",
		}, defaults},
		{"all is set", map[string]string{
			"GROUPS": "db,web", "DRY_RUN": "true", "DETACH_GRACE": "1m30s", "COOLDOWN": "1m", "IMPAIRED_AFTER": "0", "REPAIR_RECORDS": "true", "ACT_ON_REBALANCE": "true", "START_STANDBYS": "true", "START_SETTLE": "0",
			"EVENT_BUS": "arn:aws:events:eu-west-1:123456789012:event-bus/corp", "PROBE_VPC": "vpc-0d0d0d0d0d0d0d0d0", "PROBE_RUN": "2m",
		}, failover.Settings{
			Policy: plan.Policy{Groups: []string{"db", "web"}, DetachGrace: 90 * time.Second, Cooldown: time.Minute, ActOnRebalance: true, StartStandbys: true},
			DryRun: true, RepairRecords: true,
			EventBus: "arn:aws:events:eu-west-1:123456789012:event-bus/corp", ProbeVPC: "vpc-0d0d0d0d0d0d0d0d0", ProbeRun: 2 * time.Minute,
		}},
	}
	for _, tt := range tests {
		got, err := readSettings(tt.environment)
		if d := cmp.Diff(tt.want, got); d != "" || err != nil {
			t.Errorf("%s: %v %s", tt.name, err, d)
		}
	}
}

// TestBadSettings has one error that names every wrong variable.
func TestBadSettings(t *testing.T) {
	bad := map[string]string{
		"GROUPS": "we*b", "DRY_RUN": "perhaps", "DETACH_GRACE": "15", "COOLDOWN": "-1m", "IMPAIRED_AFTER": "soon", "REPAIR_RECORDS": "yes please",
		"ACT_ON_REBALANCE": "maybe", "START_STANDBYS": "maybe", "START_SETTLE": "30", "AWS_ENDPOINT_URL": "localhost:4566",
		"EVENT_BUS": "a bus", "PROBE_VPC": "corp", "PROBE_RUN": "16m",
	}
	got, err := readSettings(bad)
	var faulty *settings.Error
	if !errors.As(err, &faulty) || len(faulty.Faults) != len(bad) || cmp.Diff(failover.Settings{}, got) != "" {
		t.Fatalf("%+v, %v; want no settings, and %d faults", got, err, len(bad))
	}
	for name := range bad {
		if !strings.Contains(err.Error(), name+" is ") {
			t.Errorf("%v; want it to name %s", err, name)
		}
	}
}
