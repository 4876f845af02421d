package ec2api_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
)

// stoppedStandby returns an account with a holder and a standby that is stopped and takes 17 s to start.
func stoppedStandby() awssim.World {
	w := holderAndStandby()
	w.Timing.Start = awssim.Duration(17 * time.Second)
	w.Instances[1].State = "stopped"
	w.Instances[1].Tags = map[string]string{"eni-failover:group": "db", "eni-failover:start": "true"}
	return w
}

func TestStartInstance(t *testing.T) {
	bubble(t, "stopped, then pending, then running", func(t *testing.T) {
		sim, client := simulate(t, stoppedStandby())
		for n := range 3 { // a repeated start succeeds
			if err := client.StartInstance(t.Context(), standby); err != nil {
				t.Fatalf("start %d: %v", n, err)
			}
			time.Sleep(10 * time.Second)
		}
		if i, _ := sim.Instance(standby); i.State != "running" {
			t.Errorf("is %s", i.State)
		}
		if calls := sim.Calls(); len(calls) != 3 || calls[0].Params.Get("InstanceId.1") != standby || calls[0].DryRun {
			t.Errorf("sent %v", calls)
		}
	})
}

func TestTryStartInstance(t *testing.T) {
	bubble(t, "allowed", func(t *testing.T) {
		sim, client := simulate(t, stoppedStandby())
		if err := client.TryStartInstance(t.Context(), standby, true); err != nil {
			t.Error(err)
		}
		if i, _ := sim.Instance(standby); i.State != "stopped" || !sim.Calls()[0].DryRun {
			t.Errorf("is %s, sent %v", i.State, sim.Calls())
		}
	})
	bubble(t, "denied", func(t *testing.T) {
		sim, client := simulate(t, stoppedStandby())
		sim.Intercept(faultOnAll(awssim.Fault{Code: "UnauthorizedOperation"}))
		if err := client.TryStartInstance(t.Context(), standby, true); fault.ClassOf(err) != fault.Denied {
			t.Errorf("got %v", err)
		}
	})
}
