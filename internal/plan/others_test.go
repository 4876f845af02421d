package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// crunch is a group whose holders are all interrupted at once: holder k has interface k.
type crunch struct {
	snapshot inventory.Snapshot
	holders  int
}

func holderID(k int) string    { return fmt.Sprintf("i-a%02d", k) }
func interfaceID(k int) string { return fmt.Sprintf("eni-%02d", k) }

// newCrunch makes a group with standbys that have these numbers of free slots.
func newCrunch(holders int, slots ...int) *crunch {
	c := &crunch{holders: holders, snapshot: inventory.Snapshot{
		At: now, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{},
	}}
	member := func(id string, slots int) inventory.Instance {
		kind := fmt.Sprintf("m5.%d", slots)
		c.snapshot.Limits[kind] = inventory.Limits{Interfaces: 1 + slots, Card0: 1 + slots, IPv4: 10, IPv6: 10, Nitro: true}
		return inventory.Instance{
			ID: id, Type: kind, AZ: "a", VPC: "v", State: inventory.StateRunning, LaunchTime: now.Add(-time.Hour), Groups: []string{"db"},
			Priority: inventory.DefaultPriority, Card0: []int{0}, Attached: 1, Health: inventory.Health{System: inventory.CheckOK, Instance: inventory.CheckOK},
		}
	}
	for k, n := range slots {
		c.snapshot.Add(member(fmt.Sprintf("i-b%02d", k), n))
	}
	for k := range holders {
		in := member(holderID(k), 1)
		in.Spot, in.Interruption = true, inventory.InterruptionPending
		in.Card0, in.Attached, in.Secondary = []int{0, 1}, 2, []string{interfaceID(k)}
		c.snapshot.Add(in)
		c.snapshot.Interfaces = append(c.snapshot.Interfaces, inventory.Interface{
			ID: interfaceID(k), AZ: "a", VPC: "v", Group: "db", Type: "interface", Status: inventory.StatusInUse,
			Attachment: &inventory.Attachment{
				ID: fmt.Sprintf("old-%02d", k), Instance: holderID(k), DeviceIndex: 1, Status: inventory.StatusAttached, AttachTime: now.Add(-time.Hour),
			},
		})
	}
	return c
}

// decide plans for the interruption of holder k, and returns the item of its interface.
func (c *crunch) decide(tb testing.TB, k int) plan.Item {
	tb.Helper()
	p := plan.Decide(trigger.Trigger{Kind: trigger.KindSpotInterruption, Instance: holderID(k), Time: now}, c.snapshot, plan.Policy{}, now)
	checkPlan(tb, c.snapshot, p)
	for _, item := range p.Items {
		if item.Interface.ID == interfaceID(k) {
			return item
		}
	}
	tb.Fatalf("no item for interface %d: %+v", k, p)
	return plan.Item{}
}

// read makes the snapshot show that interface k is at a slot, or on its way off its holder if the slot is empty. If the
// interfaces were read before, only the instances show it.
func (c *crunch) read(k int, at plan.Slot, before bool) {
	e := &c.snapshot.Interfaces[k]
	if !before {
		a := *e.Attachment
		a.Status = inventory.StatusDetaching
		if at.Instance != "" {
			a = inventory.Attachment{ID: fmt.Sprintf("new-%02d", k), Instance: at.Instance, DeviceIndex: at.Index, Status: inventory.StatusAttached, AttachTime: now}
		}
		e.Attachment = &a
	}
	if at.Instance != "" {
		in := c.snapshot.Instances[at.Instance]
		if !slices.Contains(in.Secondary, e.ID) {
			in.Card0, in.Attached, in.Secondary = append(slices.Clone(in.Card0), at.Index), in.Attached+1, append(slices.Clone(in.Secondary), e.ID)
			c.snapshot.Add(in)
		}
		old := c.snapshot.Instances[holderID(k)]
		old.Card0, old.Attached, old.Secondary = []int{0}, 1, nil
		c.snapshot.Add(old)
	}
}

// TestOneAssignment: the invocations of many interruptions in one group plan one after the other, while the interfaces of the
// earlier ones are on their way, have arrived, or have arrived between the reads of the interfaces and the instances. No
// slot is chosen twice, and nothing is stranded while there are slots. Standbys have one slot each: with several, one that has
// arrived moves its standby back in the order of preference of the others.
func TestOneAssignment(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		holders := 2 + r.IntN(12)
		c := newCrunch(holders, slices.Repeat([]int{1}, holders+r.IntN(3))...)
		chosen := map[plan.Slot]int{}
		var moving []int
		at := map[int]plan.Slot{}
		for _, k := range r.Perm(holders) {
			item := c.decide(t, k)
			if item.Settled != "" {
				t.Fatalf("seed %d: %s %s of interface %d", seed, item.Settled, item.Reason, k)
			}
			slot := plan.Slot{Instance: item.Choice.Instance, Index: item.Choice.Index}
			if other, taken := chosen[slot]; taken {
				t.Fatalf("seed %d: interfaces %d and %d go to %+v", seed, other, k, slot)
			}
			chosen[slot], at[k] = k, slot
			c.read(k, plan.Slot{}, false)
			moving = append(moving, k)
			for len(moving) > 0 && r.IntN(2) == 0 {
				n := r.IntN(len(moving))
				arrived := moving[n]
				moving = slices.Delete(moving, n, n+1)
				c.read(arrived, at[arrived], r.IntN(3) == 0)
			}
		}
	}
}

// TestOthersComeAfter: the slots that others will need are not kept from an interface that would go without.
func TestOthersComeAfter(t *testing.T) {
	c := newCrunch(3, 1)
	for k := range 3 {
		if item := c.decide(t, k); item.Settled != "" || item.Choice.Instance != "i-b00" {
			t.Errorf("interface %d: %s, to %+v", k, item.Settled, item.Choice)
		}
	}
}

// TestDownFirst: while one interface is down and the holder of another still serves, the standby that runs goes to the one that
// is down, and the start is for the other. The ids do not matter.
func TestDownFirst(t *testing.T) {
	for down := range 2 {
		c := newCrunch(2, 1, 1)
		cold, gone := c.snapshot.Instances["i-b00"], c.snapshot.Instances[holderID(down)]
		cold.State, cold.Start = inventory.StateStopped, true
		gone.State, gone.Interruption = inventory.StateStopped, inventory.InterruptionNone
		c.snapshot.Add(cold)
		c.snapshot.Add(gone)
		for k, kind := range map[int]trigger.Kind{down: trigger.KindStopped, 1 - down: trigger.KindSpotInterruption} {
			want := "i-b01"
			if k != down {
				want = cold.ID
			}
			policy := plan.Policy{StartStandbys: true}
			p := plan.Decide(trigger.Trigger{Kind: kind, Instance: holderID(k), Time: now}, c.snapshot, policy, now)
			if len(p.Items) != 1 || p.Items[0].Choice.Instance != want {
				t.Errorf("interface %d is down: interface %d goes to %+v, not to %s", down, k, p.Items, want)
			}
		}
	}
}

// TestOthersThatStay: interfaces that no other invocation is about to move take no slot from the best order of preference.
func TestOthersThatStay(t *testing.T) {
	// Both interfaces would rather go to the first standby.
	preferring := func() *crunch {
		c := newCrunch(2, 1, 1)
		in := c.snapshot.Instances["i-b00"]
		in.Priority = 1
		c.snapshot.Add(in)
		return c
	}
	if item := preferring().decide(t, 1); item.Choice.Instance != "i-b01" {
		t.Fatalf("interface 1 does not give way to interface 0: %+v", item.Choice)
	}
	for name, change := range map[string]func(e *inventory.Interface, in *inventory.Instance){
		"its holder is healthy": func(_ *inventory.Interface, in *inventory.Instance) { in.Interruption = inventory.InterruptionNone },
		"paused":                func(e *inventory.Interface, _ *inventory.Instance) { e.Paused = true },
		"in another zone":       func(e *inventory.Interface, _ *inventory.Instance) { e.AZ = "b" },
		"of another group":      func(e *inventory.Interface, _ *inventory.Instance) { e.Group = "web" },
	} {
		t.Run(name, func(t *testing.T) {
			c := preferring()
			in := c.snapshot.Instances[holderID(0)]
			change(&c.snapshot.Interfaces[0], &in)
			c.snapshot.Add(in)
			if item := c.decide(t, 1); item.Choice.Instance != "i-b00" {
				t.Errorf("it goes to %+v", item.Choice)
			}
		})
	}
}

// TestArrivedMeanwhile: an interface that no slot is left for, because another invocation has attached it between the reads,
// is superseded and not stranded.
func TestArrivedMeanwhile(t *testing.T) {
	c := newCrunch(1, 1)
	slot := c.decide(t, 0).Choice
	c.read(0, plan.Slot{Instance: slot.Instance, Index: slot.Index}, true)
	if item := c.decide(t, 0); item.Settled != plan.OutcomeSuperseded || item.Reason != plan.ReasonMovedByOther {
		t.Errorf("%s %s: %s", item.Settled, item.Reason, item.Detail)
	}
}
