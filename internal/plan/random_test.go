package plan_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

var (
	seed   = flag.Uint64("seed", 1, "seed of the random snapshots")
	rounds = flag.Int("rounds", 2000, "number of random snapshots")
)

// The random snapshots are small, and their fields have few values, so that ties, scarce slots and chains of interfaces
// that have to make room are common.

func pick[T any](r *rand.Rand, list ...T) T { return list[r.IntN(len(list))] }

// mostly picks the usual value three times of four.
func mostly[T any](r *rand.Rand, usual T, others ...T) T {
	if r.IntN(4) > 0 {
		return usual
	}
	return pick(r, others...)
}

func randomInstance(r *rand.Rand, id string) inventory.Instance {
	in := inventory.Instance{
		ID: id, Type: mostly(r, "m5", "c5", "big", "secret"), AZ: mostly(r, "a", "b"), VPC: mostly(r, "v", "w"),
		State: mostly(r, inventory.StateRunning, inventory.StateStopped, inventory.StatePending, inventory.StateTerminated, inventory.StateUnasked),
		Start: r.IntN(2) == 0,
		Spot:  r.IntN(2) == 0, Groups: pick(r, []string{"db"}, []string{"db"}, []string{"db", "web"}, []string{"web"}),
		Priority: mostly(r, 100, 1, 200), Card0: []int{0}, LaunchTime: now.Add(-time.Hour),
		Health: inventory.Health{
			System:   mostly(r, inventory.CheckOK, inventory.CheckInitializing, inventory.CheckUnknown, inventory.CheckImpaired),
			Instance: mostly(r, inventory.CheckOK, inventory.CheckInitializing, inventory.CheckInsufficient),
		},
	}
	if in.Spot {
		in.Interruption = mostly(r, inventory.InterruptionNone, inventory.InterruptionPending, inventory.InterruptionUnknown)
	}
	if r.IntN(3) == 0 {
		in.ScalingGroup = "asg"
		in.Scaling = mostly(r, inventory.ScalingInService, inventory.ScalingUnknown, inventory.ScalingStandby, "Terminating:Wait")
	}
	for n := range r.IntN(3) {
		in.Card0 = append(in.Card0, 1+n*pick(r, 1, 2))
	}
	slices.Sort(in.Card0)
	in.Card0 = slices.Compact(in.Card0)
	in.Attached = len(in.Card0) + mostly(r, 0, 1)
	return in
}

// attach puts an interface on an instance.
func attach(s inventory.Snapshot, e *inventory.Interface, on string, status inventory.Status) {
	in := s.Instances[on]
	index := 1
	for slices.Contains(in.Card0, index) {
		index++
	}
	in.Card0 = append(slices.Clone(in.Card0), index)
	slices.Sort(in.Card0)
	in.Attached++
	s.Add(in)
	e.Status = inventory.StatusInUse
	e.Attachment = &inventory.Attachment{
		ID: "eni-attach-" + e.ID, Instance: on, Status: status, DeviceIndex: index, AttachTime: now.Add(-time.Hour),
	}
}

// randomSnapshot has the instance i-0, which may hold interfaces and goes away, and n others.
func randomSnapshot(r *rand.Rand, n int) inventory.Snapshot {
	s := inventory.Snapshot{At: now, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{
		"m5": {Interfaces: 4, Card0: 3, IPv4: 2, IPv6: 1, Nitro: true}, "c5": {Interfaces: 3, Card0: 3, IPv4: 3, IPv6: 1},
		"big": {Interfaces: 6, Card0: 6, IPv4: 5, IPv6: 5, Nitro: true},
	}}
	for k := range n + 1 {
		s.Add(randomInstance(r, fmt.Sprintf("i-%d", k)))
	}
	doomed := s.Instances["i-0"]
	doomed.AZ, doomed.VPC, doomed.Groups, doomed.Interruption, doomed.Scaling = "a", "v", []string{"db", "web"}, inventory.InterruptionUnknown, ""
	if doomed.Spot {
		doomed.Interruption = inventory.InterruptionPending
	}
	s.Add(doomed)
	return s
}

func randomInterface(r *rand.Rand, id string) inventory.Interface {
	e := inventory.Interface{ID: id, Type: inventory.TypeInterface, AZ: "a", VPC: "v", Group: mostly(r, "db", "web"), Status: inventory.StatusAvailable}
	e.Addresses = make([]inventory.Address, mostly(r, 1, 2, 3))
	if r.IntN(6) == 0 {
		e.Prefixes = append(e.Prefixes, prefix)
	}
	if r.IntN(3) == 0 {
		e.LeftTag = inventory.LeftTag{Instance: fmt.Sprintf("i-%d", r.IntN(4)), Time: now.Add(-time.Duration(r.IntN(60)) * time.Minute)}
	}
	return e
}

// random runs a check over many seeded rounds.
func random(t *testing.T, n int, check func(t *testing.T, r *rand.Rand)) {
	t.Helper()
	for k := range n {
		check(t, rand.New(rand.NewPCG(*seed, uint64(k))))
		if t.Failed() {
			t.Fatalf("round %d of seed %d: go test ./internal/plan -run %s -seed %d -rounds %d", k, *seed, t.Name(), *seed, *rounds)
		}
	}
}
