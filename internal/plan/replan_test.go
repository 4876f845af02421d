package plan_test

import (
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// When every candidate has refused, any member will do but the doomed one ("to the best other member").
func TestReplan(t *testing.T) {
	w := lines("i-a", "i-b", "i-c", "i-d az=b", "eni-1 on=i-a index=2")
	s, policy := w.build(t)
	old := item(t, plan.Decide(readTrigger(t, "manual interface=eni-1 target=i-b"), s, policy, now), "eni-1")
	s.Instances["i-b"] = inventory.Instance{ID: "i-b", State: inventory.StateStopped, AZ: "a", VPC: "v", Groups: []string{"db"}, Type: "m5"}
	replan := func() (plan.Item, *plan.SlotLedger) {
		items, ledger := plan.Replan([]plan.Item{old}, nil, s, policy, now)
		return items[0], ledger
	}
	got, ledger := replan()
	if got.Choice.Instance != "i-c" || got.Choice.Index != 2 || got.Settled != "" || ledger == nil {
		t.Errorf("planned %s", showItem(got))
	}
	for id, reason := range map[string]plan.Reason{"i-a": plan.ReasonDoomed, "i-b": plan.ReasonNotRunning, "i-d": plan.ReasonOtherAZ} {
		if c := candidate(got, id); c.Eligible || c.Reason != reason {
			t.Errorf("%s: %+v", id, c)
		}
	}
	if got.Target != "i-b" || got.Origin != old.Origin || got.Force != old.Force || got.Interface.ID != "eni-1" {
		t.Errorf("what was asked for is lost: %s", showItem(got))
	}
	delete(s.Instances, "i-c")
	if got, _ := replan(); got.Choice.Instance != "" {
		t.Errorf("planned %s with no member left", showItem(got))
	}
	// An impaired member will do where no other is left, and the old holder can't have the interface either.
	s.Add(inventory.Instance{ID: "i-c", State: inventory.StateRunning, AZ: "a", VPC: "v", Groups: []string{"db"}, Type: "m5", Health: inventory.Health{System: inventory.CheckImpaired}})
	if got, _ := replan(); got.Choice.Instance != "" || candidate(got, "i-c").Reason != plan.ReasonImpaired {
		t.Errorf("planned %s with an impaired member, and the old holder runs", showItem(got))
	}
	old.LastResort = true
	if got, _ := replan(); got.Choice.Instance != "i-c" {
		t.Errorf("planned %s with an impaired member, and the old holder has refused", showItem(got))
	}
	old.LastResort = false
	in := s.Instances["i-a"]
	in.State = inventory.StateStopped
	s.Add(in)
	if got, _ := replan(); got.Choice.Instance != "i-c" {
		t.Errorf("planned %s with an impaired member, and the old holder is stopped", showItem(got))
	}
}

// TestReplanOfARebalance: a recommendation is no reason to go to the same Spot pool, as long as the interface can go back.
func TestReplanOfARebalance(t *testing.T) {
	w := lines("i-a spot", "i-b", "i-c spot", "eni-1 on=i-a", "policy rebalance")
	s, policy := w.build(t)
	old := item(t, plan.Decide(readTrigger(t, "rebalance i-a"), s, policy, now), "eni-1")
	delete(s.Instances, "i-b")
	got, _ := plan.Replan([]plan.Item{old}, nil, s, policy, now)
	if old.Choice.Instance != "i-b" || got[0].Choice.Instance != "" || candidate(got[0], "i-c").Reason != plan.ReasonSameSpotPool {
		t.Errorf("planned %s", showItem(got[0]))
	}
}

// TestReplanAfterAVerdict: an instance that loses another interface of the same verdict does not become a candidate when
// every standby has refused.
func TestReplanAfterAVerdict(t *testing.T) {
	w := lines("i-a", "i-b", "i-c", "eni-1 on=i-a", "eni-2 on=i-b")
	s, policy := w.build(t)
	p := plan.Decide(readTrigger(t, "unreachable eni-1/eni-attach-1/i-a eni-2/eni-attach-2/i-b"), s, policy, now)
	delete(s.Instances, "i-c")
	got, _ := plan.Replan([]plan.Item{item(t, p, "eni-1")}, nil, s, policy, now)
	if c := candidate(got[0], "i-b"); got[0].Choice.Instance != "" || c.Reason != plan.ReasonDoomed {
		t.Errorf("planned %s", showItem(got[0]))
	}
}

// TestReplanTogether: "no slot is promised twice".
func TestReplanTogether(t *testing.T) {
	w := lines("i-a", "i-b", "i-c", "eni-1 on=i-a index=1", "eni-2 on=i-a index=2")
	s, policy := w.build(t)
	s.Limits["m5"] = inventory.Limits{Card0: 2, Interfaces: 2, IPv4: 10} // the primary one and one more
	p := plan.Decide(readTrigger(t, "manual group=db"), s, policy, now)
	got, _ := plan.Replan(p.Items, nil, s, policy, now)
	if one, two := got[0].Choice.Instance, got[1].Choice.Instance; one == "" || two == "" || one == two {
		t.Errorf("planned %s and %s", showItem(got[0]), showItem(got[1]))
	}
}

// TestReplanLeavesReservedSlots: the new plan for one interface does not take the slot that is reserved for another one
// which is still on its way there.
func TestReplanLeavesReservedSlots(t *testing.T) {
	w := lines(
		"i-a state=stopping groups=db,web", "i-b groups=db,web taken=1", "i-c groups=db",
		"eni-1 on=i-a", "eni-2 on=i-a index=2 group=web",
	)
	s, policy := w.build(t)
	p := plan.Decide(readTrigger(t, "stopped i-a"), s, policy, now)
	one, two := item(t, p, "eni-1"), item(t, p, "eni-2")
	if one.Choice.Instance != "i-c" || two.Choice.Instance != "i-b" {
		t.Fatal(show(p))
	}
	delete(s.Instances, "i-c") // it went away in the meantime
	if got, _ := plan.Replan([]plan.Item{one}, []plan.Slot{two.Choice}, s, policy, now); got[0].Choice.Instance != "" {
		t.Errorf("eni-2 is on its way to the only slot of i-b:\n%s", showItem(got[0]))
	}
	// An interface that has arrived by now is counted once.
	in := s.Instances["i-b"]
	in.Type, in.Card0, in.Attached = "c5", []int{0, 1, 2}, 3
	s.Add(in)
	s.Limits["c5"] = inventory.Limits{Card0: 4, Interfaces: 4, IPv4: 10}
	if got, _ := plan.Replan([]plan.Item{one}, []plan.Slot{two.Choice}, s, policy, now); got[0].Choice != (plan.Slot{Instance: "i-b", Index: 3}) {
		t.Errorf("i-b has one more slot:\n%s", showItem(got[0]))
	}
}
