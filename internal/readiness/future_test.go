package readiness

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

var noon = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)

// pick draws one of several values; a value that is given twice is twice as likely.
func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// randomAccount is a small account in any condition.
func randomAccount(rng *rand.Rand) inventory.Snapshot {
	s := inventory.Snapshot{At: noon, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{
		"small": {Interfaces: 2, Card0: 2, IPv4: 2, Nitro: true}, "large": {Interfaces: 4, Card0: 4, IPv4: 4},
	}}
	for k := range 3 + rng.IntN(7) {
		in := inventory.Instance{
			ID: fmt.Sprint("i-", k), Type: pick(rng, "small", "large", "large", "unknown"), AZ: pick(rng, "a", "a", "a", "b"), VPC: pick(rng, "v", "v", "v", "w"),
			State: pick(rng, inventory.StateRunning, inventory.StateRunning, inventory.StateRunning, inventory.StateStopped, inventory.StatePending, inventory.StateTerminated),
			Start: rng.IntN(3) > 0, Spot: rng.IntN(3) == 0, Priority: pick(rng, 100, 100, 50), Card0: []int{0}, Attached: 1,
			Groups:       pick(rng, nil, []string{"db"}, []string{"db"}, []string{"web"}, []string{"db", "web"}, []string{"web", "web", "x"}),
			Health:       inventory.Health{System: inventory.CheckOK, Instance: pick(rng, inventory.CheckOK, inventory.CheckOK, inventory.CheckImpaired, inventory.CheckUnknown)},
			Interruption: pick(rng, inventory.InterruptionNone, inventory.InterruptionNone, inventory.InterruptionPending),
		}
		s.Instances[in.ID] = in
	}
	for k := range 1 + rng.IntN(6) {
		e := inventory.Interface{
			ID: fmt.Sprint("eni-", k), Type: pick(rng, "interface", "interface", "interface", "efa"), AZ: "a", VPC: "v",
			Group: pick(rng, "db", "db", "web", ""), Paused: rng.IntN(8) == 0, Status: inventory.StatusInUse,
			Addresses: make([]inventory.Address, 1+rng.IntN(3)),
		}
		id := fmt.Sprint("i-", rng.IntN(len(s.Instances)+1))
		if in, ok := s.Instances[id]; ok && rng.IntN(5) > 0 {
			index := in.Card0[len(in.Card0)-1] + 1
			in.Card0, in.Attached = append(slices.Clip(in.Card0), index), in.Attached+1
			s.Instances[id] = in
			e.Attachment = &inventory.Attachment{
				Instance: id, DeviceIndex: index, AttachTime: noon.Add(-time.Hour),
				Status: pick(rng, inventory.StatusAttached, inventory.StatusAttached, inventory.StatusAttaching, inventory.StatusDetaching),
			}
		}
		s.Interfaces = append(s.Interfaces, e)
	}
	return s
}

// planWhole plans for a departure on the whole account.
func planWhole(s inventory.Snapshot, p plan.Policy, id string) []plan.Item {
	in, ok := s.Instances[id]
	if !ok {
		in = inventory.Instance{ID: id}
	}
	kind := trigger.KindStopping
	if in.Spot && in.State == inventory.StateRunning {
		kind = trigger.KindSpotInterruption
	} else if !in.State.Leaving() {
		in.State = inventory.StateStopping
	}
	all := map[string]inventory.Instance{id: in}
	for other, in := range s.Instances {
		if other != id {
			all[other] = in
		}
	}
	s.Instances = all
	return plan.Decide(trigger.Trigger{Kind: kind, Instance: id, Time: noon}, s, p, noon).Items
}

// countLosses counts the losses that an interface survives in the simplest way: each plan is made on the whole account, and
// carried out on a copy of it.
func countLosses(s inventory.Snapshot, p plan.Policy, of int) int {
	for n := range maxLosses {
		e := s.Interfaces[of]
		if e.Unattached() || s.Instances[e.Holder()].State.Leaving() {
			return n
		}
		leaver := e.Holder()
		for _, item := range planWhole(s, p, leaver) {
			if item.Settled == plan.OutcomeStranded && item.Interface.Group == e.Group {
				return n
			}
		}
		next := s
		next.Interfaces, next.Instances = slices.Clone(s.Interfaces), map[string]inventory.Instance{}
		for id, in := range s.Instances {
			if id != leaver {
				next.Instances[id] = in
			}
		}
		for _, item := range planWhole(s, p, leaver) {
			at := slices.IndexFunc(next.Interfaces, func(e inventory.Interface) bool { return e.ID == item.Interface.ID })
			if item.Settled != "" {
				continue
			}
			to := next.Instances[item.Choice.Instance]
			if to.State != inventory.StateRunning {
				to.State, to.Health.System, to.Health.Instance = inventory.StateRunning, inventory.CheckOK, inventory.CheckOK
				next.Instances[to.ID] = to
			}
			if item.Interface.Holder() != to.ID {
				to.Card0, to.Attached = append(slices.Clip(to.Card0), item.Choice.Index), to.Attached+1
				next.Instances[to.ID] = to
			}
			next.Interfaces[at].Status = inventory.StatusInUse
			next.Interfaces[at].Attachment = &inventory.Attachment{Instance: to.ID, DeviceIndex: item.Choice.Index, Status: inventory.StatusAttached, AttachTime: noon}
		}
		for at := range next.Interfaces {
			if next.Interfaces[at].Holder() == leaver {
				next.Interfaces[at].Attachment = nil
			}
		}
		s = next
	}
	return maxLosses
}

// TestPartIsEnough checks that the plan for a departure is the same on the part of the account that it concerns and on the
// whole account, and that the losses counted by such plans are the same as well.
func TestPartIsEnough(t *testing.T) {
	equal := []cmp.Option{
		cmpopts.EquateComparable(netip.Addr{}), cmpopts.IgnoreUnexported(plan.Item{}, plan.Slot{}),
	}
	moved, started, stranded := 0, 0, 0
	for seed := range uint64(3000) {
		s := randomAccount(rand.New(rand.NewPCG(seed, 0)))
		p := plan.Policy{Cooldown: 10 * time.Minute, ImpairedAfter: 5 * time.Minute, StartStandbys: seed%2 == 0}
		w := newWorld(s, p, noon)
		now := &future{world: w}
		for id := range w.held {
			want := planWhole(s, p, id)
			got, _ := now.lose(id)
			if d := cmp.Diff(want, got, equal...); d != "" {
				t.Fatalf("seed %d, %s goes: %s", seed, id, d)
			}
			for _, item := range want {
				moved += count(item.Settled == "")
				started += count(item.Settled == "" && item.Chosen().Start)
				stranded += count(item.Settled == plan.OutcomeStranded)
			}
		}
		for at, e := range w.snapshot.Interfaces {
			if reason, _ := p.Untouchable(e); reason != "" {
				continue
			}
			x := subject{e: e, unserved: e.Unattached() || w.instance(e.Holder()).State.Leaving()}
			released := slices.ContainsFunc(w.snapshot.Interfaces, inventory.Interface.Released)
			if got, _ := w.survive(x); got != countLosses(w.snapshot, p, at) && !released {
				t.Fatalf("seed %d: %s survives %d losses; want %d", seed, e.ID, got, countLosses(w.snapshot, p, at))
			}
		}
	}
	if moved < 1000 || started < 150 || stranded < 1000 {
		t.Errorf("%d moves, %d of them to cold standbys, and %d stranded interfaces are too few for this test", moved, started, stranded)
	}
}

// groupOf is a group of so many instances with one interface. The first instance holds it.
func groupOf(members int) inventory.Snapshot {
	s := inventory.Snapshot{At: noon, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{"t": {Interfaces: 2, Card0: 2, IPv4: 9}}}
	for k := range members {
		in := inventory.Instance{
			ID: fmt.Sprintf("i-%03d", k), Type: "t", AZ: "a", VPC: "v", State: inventory.StateRunning, Groups: []string{"db"}, Card0: []int{0}, Attached: 1,
			Health: inventory.Health{System: inventory.CheckOK, Instance: inventory.CheckOK},
		}
		if k == 0 {
			in.Card0, in.Attached = []int{0, 1}, 2
			s.Interfaces = append(s.Interfaces, interfaceOn("eni-1", in.ID))
		}
		s.Add(in)
	}
	return s
}

func interfaceOn(id, holder string) inventory.Interface {
	return inventory.Interface{ID: id, Type: "interface", AZ: "a", VPC: "v", Group: "db", SourceDestCheck: true, Attachment: &inventory.Attachment{
		Instance: holder, DeviceIndex: 1, Status: inventory.StatusAttached, AttachTime: noon.Add(-time.Hour),
	}}
}

// TestLossesOfLargeGroup checks that the losses of a group with hundreds of holders are a bound: some interfaces are left out.
func TestLossesOfLargeGroup(t *testing.T) {
	s := groupOf(300)
	s.Interfaces = nil
	for k := range 200 {
		s.Interfaces = append(s.Interfaces, interfaceOn(fmt.Sprintf("eni-%03d", k), fmt.Sprintf("i-%03d", k)))
	}
	if got := Inspect(s, nil, Settings{}, noon).Groups[0]; got.Losses != maxLosses || got.LossesNote != LossesAtMost || got.Weakest != "" {
		t.Errorf("%+v; want at most %d losses", got, maxLosses)
	}
}

// TestLongLists checks that the lists and texts about a group of hundreds stay short.
func TestLongLists(t *testing.T) {
	s := groupOf(300)
	for id, in := range s.Instances {
		if id != "i-000" {
			in.AZ = "b"
			s.Instances[id] = in
		}
	}
	r := Inspect(s, nil, Settings{}, noon)
	if v := r.Interfaces[0]; len(v.Candidates) != maxCandidates || v.OmittedCandidates != 300-maxCandidates {
		t.Errorf("%d candidates listed, %d left out", len(v.Candidates), v.OmittedCandidates)
	}
	if f := r.Findings[0]; f.ID != NoStandbyInAZ || len(f.Instances) != maxInstances || len(f.Problem) > 300 {
		t.Errorf("%+v", f)
	}
}
