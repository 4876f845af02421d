package plan

import (
	"cmp"
	"hash/fnv"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// rank is a candidate's place in the order of preference. Smaller is better in every field, and the
// fields are compared in their order, so that ranks are totally ordered.
type rank struct {
	impaired int    // last resort, only when there is nothing left to lose
	left     int    // the interface was taken from it a short while ago
	priority int    // its tag
	checks   int    // status checks passed, initializing, unknown or something else unknown
	spot     int    // On-Demand first
	samePool int    // another Spot pool than the doomed instance's: pools are interrupted as a whole
	held     int    // managed interfaces that it holds or was given
	scarcity int    // free slots, negated
	spread   uint64 // a hash of both ids: concurrent moves then do not all choose the same one
	instance string // ids are unique, hashes are not
}

func (r rank) compare(o rank) int {
	return cmp.Or(
		cmp.Compare(r.impaired, o.impaired),
		cmp.Compare(r.left, o.left),
		cmp.Compare(r.priority, o.priority),
		cmp.Compare(r.checks, o.checks),
		cmp.Compare(r.spot, o.spot),
		cmp.Compare(r.samePool, o.samePool),
		cmp.Compare(r.held, o.held),
		cmp.Compare(r.scarcity, o.scarcity),
		cmp.Compare(r.spread, o.spread),
		cmp.Compare(r.instance, o.instance),
	)
}

// rank ranks a candidate by the snapshot and by what the book gave away already.
func (d *decision) rank(n need, in inventory.Instance) rank {
	doomed := d.snapshot.Instances[n.doomed]
	return rank{
		impaired: count(in.Health.Impaired()),
		left:     count(d.leftRecently(n.e, in.ID)),
		priority: in.Priority,
		checks:   d.checks(in),
		spot:     count(in.Spot),
		samePool: count(in.Spot && doomed.Spot && in.Type == doomed.Type && in.AZ == doomed.AZ),
		held:     d.slots.of(in.ID).held,
		scarcity: -d.slots.free(in.ID, n.e),
		spread:   spread(n.e.ID, in.ID),
		instance: in.ID,
	}
}

// checks ranks what is known of an instance's fitness.
func (d *decision) checks(in inventory.Instance) int {
	const passed, initializing, rest = 0, 1, 2
	switch {
	case len(unknown(in, d.snapshot.Limits)) > 0:
		return rest
	case in.Health.System == inventory.CheckOK && in.Health.Instance == inventory.CheckOK:
		return passed
	case in.Health.System == inventory.CheckInitializing || in.Health.Instance == inventory.CheckInitializing:
		return initializing
	}
	return rest
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func spread(e, instance string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(e + "\x00" + instance))
	return h.Sum64()
}
