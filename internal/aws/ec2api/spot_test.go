package ec2api_test

import (
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// TestInterruptions has the status codes of "State changes for a Spot request" in the EC2 User Guide; those of an
// experiment are in its part "Interruption experiments", and in the tutorial "Test Spot Instance interruptions" of the
// AWS Fault Injection Service User Guide.
func TestInterruptions(t *testing.T) {
	const none, pending = inventory.InterruptionNone, inventory.InterruptionPending
	tests := map[string]inventory.Interruption{
		"fulfilled":                             none,
		"request-canceled-and-instance-running": none,

		"marked-for-stop":                   pending,
		"marked-for-termination":            pending,
		"marked-for-stop-by-experiment":     pending,
		"instance-terminated-no-capacity":   pending, // while the instance runs on for two minutes: note †
		"instance-terminated-by-experiment": pending,
		// The guide has these codes for a terminated instance. An instance that still runs will be terminated.
		"instance-terminated-by-price":                pending,
		"instance-terminated-by-schedule":             pending,
		"instance-terminated-by-service":              pending,
		"instance-terminated-by-user":                 pending,
		"instance-terminated-launch-group-constraint": pending,

		// An instance that runs again after a stop may have the code of the stop.
		"instance-stopped-by-user":       none,
		"instance-stopped-by-price":      none,
		"instance-stopped-no-capacity":   none,
		"instance-stopped-by-experiment": none,
		"pending-evaluation":             none,

		"none" /* EC2 has forgotten the request */ : inventory.InterruptionUnknown,
	}
	bubble(t, "codes", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		for code, want := range tests {
			sim.Edit(func(w *awssim.World) { w.Instances[0].SpotStatus = code })
			found, err := client.SpotRequests(t.Context(), []string{holder, standby})
			if err != nil || found[holder].Interruption != want || found[standby] != (inventory.SpotRequest{}) {
				t.Errorf("%s: got %v, want %q: %v", code, found, want, err)
			}
		}
	})
	bubble(t, "a persistent request that is open again and names no instance", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		sim.Edit(func(w *awssim.World) {
			in := &w.Instances[0]
			in.SpotStatus, in.SpotType, in.SpotUnnamed = "instance-terminated-no-capacity", "persistent", true
		})
		if found, err := client.SpotRequests(t.Context(), []string{holder}); err != nil || len(found) != 0 {
			t.Errorf("got %v, want no answer: %v", found, err)
		}
	})
}

// TestSeveralSpotRequests has two requests that name one instance, in either order.
func TestSeveralSpotRequests(t *testing.T) {
	request := func(state, code, created string) string {
		return "<item><instanceId>" + holder + "</instanceId><state>" + state + "</state><status><code>" + code + "</code></status>" +
			"<createTime>2026-11-23T" + created + ":00:00Z</createTime></item>"
	}
	const running, ended = "fulfilled", "instance-terminated-no-capacity"
	tests := map[string]struct {
		one, other string
		want       inventory.Interruption
	}{
		"an old closed one and a new active one":     {request("closed", ended, "08"), request("active", running, "09"), inventory.InterruptionNone},
		"an old active one and a new closed one":     {request("active", running, "08"), request("closed", ended, "09"), inventory.InterruptionNone},
		"an old active one that is marked":           {request("active", "marked-for-stop", "08"), request("cancelled", "request-canceled-and-instance-running", "09"), inventory.InterruptionPending},
		"an old open one and a new closed one":       {request("open", "pending-evaluation", "08"), request("closed", ended, "09"), inventory.InterruptionPending},
		"an old closed one and a new cancelled one":  {request("closed", ended, "08"), request("cancelled", "request-canceled-and-instance-running", "09"), inventory.InterruptionNone},
		"two of one instant":                         {request("closed", ended, "08"), request("cancelled", "request-canceled-and-instance-running", "08"), inventory.InterruptionPending},
		"two active ones of one instant, one marked": {request("active", running, "08"), request("active", "marked-for-stop", "08"), inventory.InterruptionPending},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			for _, list := range []string{test.one + test.other, test.other + test.one} {
				client := clientAnswered("DescribeSpotInstanceRequests", "<spotInstanceRequestSet>"+list+"</spotInstanceRequestSet>")
				found, err := client.SpotRequests(t.Context(), []string{holder})
				if err != nil || found[holder].Interruption != test.want {
					t.Errorf("got %v, want %q: %v\n%s", found, test.want, err, list)
				}
			}
		})
	}
}
