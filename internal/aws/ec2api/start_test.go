package ec2api_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
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

// TestFailedStart: EC2 accepts the start and stops the instance again. Only the state reason says why.
func TestFailedStart(t *testing.T) {
	bubble(t, "no capacity", func(t *testing.T) {
		w := stoppedStandby()
		w.Instances[1].FailStart = "Server.InsufficientInstanceCapacity"
		_, client := simulate(t, w)
		if err := client.StartInstance(t.Context(), standby); err != nil {
			t.Fatal(err)
		}
		time.Sleep(17 * time.Second)
		list, err := client.FindInstances(t.Context(), []string{standby})
		if err != nil || len(list) != 1 || list[0].State != inventory.StateStopped || list[0].StateReason.Code != "Server.InsufficientInstanceCapacity" {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// TestRefusedStart: a lack of capacity counts against the candidate, though its HTTP status is that of an outage, and the
// SDK's own repetition does not delay the answer.
func TestRefusedStart(t *testing.T) {
	bubble(t, "no capacity", func(t *testing.T) {
		w := stoppedStandby()
		w.Instances[1].RefuseStart = "InsufficientInstanceCapacity"
		sim, client := simulate(t, w)
		err := client.StartInstance(t.Context(), standby)
		if fault.ClassOf(err) != fault.Candidate || fault.CodeOf(err) != "InsufficientInstanceCapacity" || len(sim.Calls()) != 1 || sim.Calls()[0].Status != 500 {
			t.Errorf("%v after %v", err, sim.Calls())
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
