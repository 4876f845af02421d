package ec2api_test

import (
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

func TestDetachAndAttach(t *testing.T) {
	bubble(t, "plain", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		if err := client.Detach(t.Context(), holding, false); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		attachment, err := client.Attach(t.Context(), service, standby, 3)
		if err != nil {
			t.Fatal(err)
		}
		e, _ := sim.Interface(service)
		if e.Attachment == nil || e.Attachment.ID != attachment || e.Attachment.DeviceIndex != 3 || e.Attachment.Instance != standby {
			t.Errorf("got %q, is %+v", attachment, e.Attachment)
		}
		calls := sim.Calls()
		detach, attach := calls[0].Params, calls[1].Params
		if detach.Has("Force") || detach.Has("DryRun") || attach.Has("DryRun") {
			t.Errorf("sent %v, %v", detach, attach)
		}
		// Without a card, EC2 has taken indexes that were in use on other cards for taken ones.
		if attach.Get("NetworkCardIndex") != "0" {
			t.Errorf("network card: sent %v", attach)
		}
	})
	bubble(t, "forced", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		if err := client.Detach(t.Context(), holding, true); err != nil || sim.Calls()[0].Params.Get("Force") != "true" {
			t.Errorf("%v, %v", err, sim.Calls())
		}
	})
	bubble(t, "stale", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		sim.Edit(func(w *awssim.World) { w.Interfaces[0].Attachment.ID = "eni-attach-0000000000000000e" })
		if err := client.Detach(t.Context(), holding, false); fault.ClassOf(err) != fault.Stale {
			t.Errorf("got %v", err)
		}
	})
}

func TestWriteLeftTag(t *testing.T) {
	bubble(t, "tag", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		at := time.Date(2026, 11, 23, 11, 0, 0, 0, time.FixedZone("CET", 3600))
		if err := client.WriteLeftTag(t.Context(), service, inventory.LeftTag{Instance: holder, Time: at}); err != nil {
			t.Fatal(err)
		}
		e, _ := sim.Interface(service)
		if got := e.Tags["eni-failover:left"]; got != holder+" 2026-11-23T10:00:00Z" {
			t.Errorf("got %q", got)
		}
		list, err := client.ManagedInterfaces(t.Context())
		if err != nil || len(list) != 1 || list[0].LeftTag.Instance != holder || !list[0].LeftTag.Time.Equal(at) {
			t.Errorf("read back %+v, %v", list, err)
		}
	})
}

func TestWriteReachedTag(t *testing.T) {
	bubble(t, "tag", func(t *testing.T) {
		_, client := simulate(t, holderAndStandby())
		if err := client.WriteReachedTag(t.Context(), service, holding); err != nil {
			t.Fatal(err)
		}
		list, err := client.ManagedInterfaces(t.Context())
		if err != nil || len(list) != 1 || list[0].ReachedTag != holding || !list[0].Reached() {
			t.Errorf("read back %+v, %v", list, err)
		}
	})
}

func TestDryRun(t *testing.T) {
	bubble(t, "allowed", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		if err := client.TryDetach(t.Context(), holding, true); err != nil {
			t.Error(err)
		}
		if err := client.TryAttach(t.Context(), service, standby, 2, true); err != nil {
			t.Error(err)
		}
		for _, c := range sim.Calls() {
			if !c.DryRun || c.Code != "DryRunOperation" || c.Params.Has("Force") {
				t.Errorf("sent %s", c)
			}
		}
		if len(sim.Calls()) != 2 {
			t.Errorf("%d calls", len(sim.Calls()))
		}
		if e, _ := sim.Interface(service); e.Attachment.Status != "attached" || e.Attachment.Instance != holder {
			t.Errorf("now %+v", e.Attachment)
		}
	})
	bubble(t, "denied", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		sim.Intercept(faultOnAll(awssim.Fault{Code: "UnauthorizedOperation"}))
		for _, err := range []error{client.TryDetach(t.Context(), holding, true), client.TryAttach(t.Context(), service, standby, 2, true)} {
			if fault.ClassOf(err) != fault.Denied {
				t.Errorf("got %v", err)
			}
		}
		if len(sim.Calls()) != 2 {
			t.Errorf("%d calls", len(sim.Calls()))
		}
	})
	bubble(t, "carried out", func(t *testing.T) {
		err := clientAnswered("DetachNetworkInterface", "<return>true</return>").TryDetach(t.Context(), holding, true)
		if fault.ClassOf(err) != fault.Invalid {
			t.Errorf("a dry run that was answered like a real call: %v", err)
		}
	})
}
