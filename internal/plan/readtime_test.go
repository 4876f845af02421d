package plan_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestDeadlinesCountToTheRead: what a read shows is judged by the time of the read, also where the plan is made much later
// because calls failed or were throttled in between.
func TestDeadlinesCountToTheRead(t *testing.T) {
	read := time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)
	policy := plan.Policy{ImpairedAfter: 5 * time.Minute, DetachGrace: 15 * time.Second}
	for _, test := range []struct {
		name   string
		status inventory.Status
		health inventory.Health
		since  time.Duration // of the attach, before the read
		relief bool
	}{
		{"attaching for four minutes", inventory.StatusAttaching, inventory.Health{}, 4 * time.Minute, false},
		{"attaching for six minutes", inventory.StatusAttaching, inventory.Health{}, 6 * time.Minute, true},
		{"impaired for four minutes", inventory.StatusAttached, inventory.Health{Instance: inventory.CheckImpaired, ImpairedSince: read.Add(-4 * time.Minute)}, time.Hour, false},
		{"impaired for six minutes", inventory.StatusAttached, inventory.Health{Instance: inventory.CheckImpaired, ImpairedSince: read.Add(-6 * time.Minute)}, time.Hour, true},
	} {
		s := inventory.Snapshot{At: read, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{"": {Interfaces: 3, Card0: 3}}}
		for _, id := range []string{"i-a", "i-b"} {
			in := inventory.Instance{ID: id, AZ: "a", VPC: "v", State: inventory.StateRunning, Groups: []string{"db"}, Card0: []int{0}, Attached: 1}
			if id == "i-a" {
				in.Health = test.health
			}
			s.Add(in)
		}
		s.Interfaces = []inventory.Interface{{
			ID: "eni-1", Type: inventory.TypeInterface, AZ: "a", VPC: "v", Group: "db",
			Attachment: &inventory.Attachment{ID: "x", Instance: "i-a", Status: test.status, DeviceIndex: 1, AttachTime: read.Add(-test.since)},
		}}
		p := plan.Decide(trigger.Trigger{Kind: trigger.KindSweep}, s, policy, read.Add(10*time.Minute))
		if relief := len(p.Items) == 1 && p.Items[0].Settled == ""; relief != test.relief {
			t.Errorf("%s when it was read: relieved %t, want %t: %+v", test.name, relief, test.relief, p)
		}
	}
}
