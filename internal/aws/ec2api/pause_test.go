package ec2api_test

import (
	"testing"

	"github.com/eni-failover/eni-failover/internal/fault"
)

func TestPause(t *testing.T) {
	bubble(t, "pause", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		paused := func() bool {
			t.Helper()
			list, err := client.ManagedInterfaces(t.Context())
			if err != nil || len(list) != 1 {
				t.Fatalf("%+v, %v", list, err)
			}
			return list[0].Paused
		}
		if err := client.Pause(t.Context(), service); err != nil || !paused() {
			t.Errorf("paused: %v, %t", err, paused())
		}
		if err := client.Unpause(t.Context(), service); err != nil || paused() {
			t.Errorf("unpaused: %v, %t", err, paused())
		}
		if e, _ := sim.Interface(service); e.Tags["eni-failover:group"] == "" {
			t.Errorf("another tag is gone, too: %v", e.Tags)
		}
		if err := client.Pause(t.Context(), "eni-0ffffffffffffffff"); fault.ClassOf(err) != fault.Gone {
			t.Errorf("an interface that does not exist: %v", err)
		}
	})
}
