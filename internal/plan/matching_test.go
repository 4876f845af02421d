package plan_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

var prefix = netip.MustParsePrefix("10.0.1.0/28")

// crowdedSnapshot makes a snapshot with several interfaces of three groups to place at once on few slots: some are on
// i-0, which is stopped, some are unattached, and some are detaching: from i-0 or, with ownSlots, from other instances,
// which may have them back.
func crowdedSnapshot(r *rand.Rand, ownSlots bool) inventory.Snapshot {
	s := inventory.Snapshot{At: now, Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{
		"m5": {Interfaces: 8, Card0: 8, IPv4: 2, IPv6: 1, Nitro: true}, "c5": {Interfaces: 8, Card0: 8, IPv4: 1, IPv6: 1},
	}}
	groups := [][]string{{"db"}, {"web"}, {"app"}, {"db", "web"}, {"web", "app"}, {"db", "web", "app"}}
	n := 2 + r.IntN(3)
	for k := range n {
		in := inventory.Instance{
			ID: fmt.Sprintf("i-%d", k), Type: mostly(r, "m5", "c5"), AZ: "a", VPC: "v", State: inventory.StateRunning, Groups: pick(r, groups...),
			Priority: mostly(r, 100, 1), Card0: []int{0}, Attached: 1, LaunchTime: now.Add(-time.Hour),
			Health: inventory.Health{System: inventory.CheckOK, Instance: inventory.CheckOK},
		}
		if k == 0 {
			in.State, in.Groups = inventory.StateStopped, []string{"db", "web", "app"}
		}
		s.Add(in)
	}
	for k := range 2 + r.IntN(4) {
		e := randomInterface(r, fmt.Sprintf("eni-%d", k))
		e.Group, e.Prefixes = pick(r, "db", "web", "app"), nil
		e.Addresses = e.Addresses[:min(2, len(e.Addresses))]
		switch r.IntN(4) {
		case 0:
		case 1:
			on := r.IntN(n)
			if !ownSlots {
				on = 0
			}
			attach(s, &e, fmt.Sprintf("i-%d", on), inventory.StatusDetaching)
		default:
			attach(s, &e, "i-0", inventory.StatusAttached)
		}
		s.Interfaces = append(s.Interfaces, e)
	}
	for _, id := range s.InstanceIDs() { // all but a few slots are taken by others
		in := s.Instances[id]
		in.Attached = 8 - r.IntN(3)
		s.Instances[id] = in
	}
	return s
}

// maxPlaced tries all ways to place the items, and returns the largest number that can be placed at once. An interface
// that is detaching from an instance may have its own slot back, which no other interface can have.
func maxPlaced(s inventory.Snapshot, items []plan.Item, free map[string]int) int {
	if len(items) == 0 {
		return 0
	}
	best := maxPlaced(s, items[1:], free)
	i := items[0]
	for id, in := range s.Instances {
		if len(reasonsButSlots(s, i, in)) > 0 {
			continue
		}
		if i.Interface.Holder() == id {
			best = max(best, 1+maxPlaced(s, items[1:], free))
		} else if free[id] > 0 {
			free[id]--
			best = max(best, 1+maxPlaced(s, items[1:], free))
			free[id]++
		}
	}
	return best
}

// reasonsButSlots lists all that speaks against an instance, whatever slots there are.
func reasonsButSlots(s inventory.Snapshot, i plan.Item, in inventory.Instance) []plan.Reason {
	list := reasonsAgainst(s, i.Interface, in, i.Doomed, "", false, true)
	return slices.DeleteFunc(list, func(r plan.Reason) bool { return r == plan.ReasonNoSlot })
}

func freeAll(s inventory.Snapshot) map[string]int {
	free := map[string]int{}
	for id := range s.Instances {
		free[id] = freeSlots(s, id)
	}
	return free
}

func placed(p plan.Plan) int {
	n := 0
	for _, i := range p.Items {
		if i.Settled == "" {
			n++
		}
	}
	return n
}

// TestNothingStrandedForOrder: a plan places as many interfaces as can be placed, and keeps the rules.
func TestNothingStrandedForOrder(t *testing.T) {
	for name, own := range map[string]bool{"no slots of their own": false, "own slots": true} {
		for _, tr := range []trigger.Trigger{
			{Kind: trigger.KindSweep, Time: now},
			{Kind: trigger.KindStopped, Instance: "i-0", Time: now},
		} {
			t.Run(fmt.Sprintf("%s, %s", tr.Kind, name), func(t *testing.T) { checkPlaced(t, tr, own) })
		}
	}
}

func checkPlaced(t *testing.T, tr trigger.Trigger, own bool) {
	scarce, n := 0, *rounds/4
	random(t, n, func(t *testing.T, r *rand.Rand) {
		s := crowdedSnapshot(r, own)
		p := plan.Decide(tr, s, policyOfOracle, now)
		checkPlan(t, s, p)
		possible := maxPlaced(s, p.Items, freeAll(s))
		if n := placed(p); n != possible {
			t.Errorf("%d of %d are placed, %d could be, with the slots %v:\n%s", n, len(p.Items), possible, freeAll(s), show(p))
		}
		if possible < len(p.Items) {
			scarce++
		}
	})
	if !t.Failed() && (scarce < n/20 || scarce > n*9/10) {
		t.Errorf("slots were scarce in %d of %d rounds", scarce, n)
	}
}

// TestOrderOfInterfaces: in any order of the interfaces as many are placed, and their items are the same.
func TestOrderOfInterfaces(t *testing.T) {
	random(t, *rounds/4, func(t *testing.T, r *rand.Rand) {
		s := crowdedSnapshot(r, true)
		tr := trigger.Trigger{Kind: trigger.KindSweep, Time: now}
		p := plan.Decide(tr, s, policyOfOracle, now)
		s.Interfaces = slices.Clone(s.Interfaces)
		r.Shuffle(len(s.Interfaces), func(i, j int) { s.Interfaces[i], s.Interfaces[j] = s.Interfaces[j], s.Interfaces[i] })
		q := plan.Decide(tr, s, policyOfOracle, now)
		checkPlan(t, s, q)
		if len(p.Items) != len(q.Items) || placed(p) != placed(q) {
			t.Errorf("%d of %d are placed in one order, %d of %d in another:\n%s\n%s", placed(p), len(p.Items), placed(q), len(q.Items), show(p), show(q))
		}
		for _, i := range p.Items {
			j := item(t, q, i.Interface.ID)
			if i.Doomed != j.Doomed || i.From != j.From || i.Force != j.Force || i.Origin != j.Origin || len(i.Candidates) != len(j.Candidates) {
				t.Errorf("in another order it is another item:\n%s%s", showItem(i), showItem(j))
			}
		}
	})
}
