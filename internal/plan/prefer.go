package plan

import (
	"cmp"
	"hash/fnv"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// rank is a candidate's place in the order of preference. A smaller value is better in every field. The fields are
// compared from the first to the last, so that ranks are totally ordered.
type rank struct {
	impaired int    // 1: its status checks fail; eligible only if the holder does not serve either
	cold     int    // 0: it runs; 1: it is being started, or this plan starts it already; 2: it would have to be started
	sameType int    // 1: cold, and of the doomed instance's type: a lack of capacity is one of a type
	left     int    // 1: a move took the interface from it a short while ago
	priority int    // the value of its priority tag
	checks   int    // 0: status checks passed; 1: initializing; 2: unknown, or something else about it is
	spot     int    // 1: a Spot instance; On-Demand comes first
	samePool int    // 1: of the doomed instance's Spot pool, which is interrupted as a whole
	held     int    // managed interfaces that it holds, or that this plan gives it
	scarcity int    // free slots, negated
	spread   uint64 // a hash of both ids, so that concurrent moves do not all choose the same candidate
	instance string // ids are unique, hashes are not
}

// compare orders ranks: negative if r is better than o.
func (r rank) compare(o rank) int {
	return cmp.Or(
		cmp.Compare(r.impaired, o.impaired),
		cmp.Compare(r.cold, o.cold),
		cmp.Compare(r.sameType, o.sameType),
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

// rank ranks a candidate by the snapshot, and by the slots that are reserved by now.
func (d *decision) rank(n need, in inventory.Instance) rank {
	doomed := d.snapshot.Instances[n.doomed]
	return rank{
		impaired: count(in.Health.Impaired()),
		cold:     d.coldness(in),
		sameType: count(startable(in) && in.Type == doomed.Type),
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

// checks ranks what the status checks say of an instance. One of which anything is unknown comes last.
func (d *decision) checks(in inventory.Instance) int {
	const passed, initializing, rest = 0, 1, 2
	switch {
	case len(unknown(in, d.snapshot.Limits)) > 0:
		return rest
	case startable(in):
		return passed // there is nothing to tell cold standbys apart by
	case in.Health.System == inventory.CheckOK && in.Health.Instance == inventory.CheckOK:
		return passed
	case in.Health.System == inventory.CheckInitializing || in.Health.Instance == inventory.CheckInitializing:
		return initializing
	}
	return rest
}

// count is 1 for true, so that a condition ranks behind its contrary.
func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

// spread hashes an interface with an instance. It is the same in every invocation, so that two which plan for the same
// interface at once agree on its standby.
func spread(e, instance string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(e + "\x00" + instance))
	return h.Sum64()
}
