package plan

import (
	"cmp"

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

// compare orders ranks: negative if r is better than o. It stops at the first field that tells them apart, because a plan
// for a thousand interfaces and members compares ten million times.
func (r *rank) compare(o *rank) int {
	switch {
	case r.impaired != o.impaired:
		return cmp.Compare(r.impaired, o.impaired)
	case r.cold != o.cold:
		return cmp.Compare(r.cold, o.cold)
	case r.sameType != o.sameType:
		return cmp.Compare(r.sameType, o.sameType)
	case r.left != o.left:
		return cmp.Compare(r.left, o.left)
	case r.priority != o.priority:
		return cmp.Compare(r.priority, o.priority)
	case r.checks != o.checks:
		return cmp.Compare(r.checks, o.checks)
	case r.spot != o.spot:
		return cmp.Compare(r.spot, o.spot)
	case r.samePool != o.samePool:
		return cmp.Compare(r.samePool, o.samePool)
	case r.held != o.held:
		return cmp.Compare(r.held, o.held)
	case r.scarcity != o.scarcity:
		return cmp.Compare(r.scarcity, o.scarcity)
	case r.spread != o.spread:
		return cmp.Compare(r.spread, o.spread)
	}
	return cmp.Compare(r.instance, o.instance)
}

// rank ranks a candidate by the snapshot, and by the slots that are reserved by now. Nothing is known of a doomed instance
// that is nil.
func (d *decision) rank(n *need, doomed *inventory.Instance, m *member) rank {
	slots := d.slots.of(m.ID)
	sameType := doomed != nil && m.Type == doomed.Type
	return rank{
		impaired: count(m.Health.Impaired()),
		cold:     d.coldness(m.Instance),
		sameType: count(startable(m.Instance) && sameType),
		left:     count(d.leftRecently(&n.e, m.ID)),
		priority: m.Priority,
		checks:   m.checks(),
		spot:     count(m.Spot),
		samePool: count(m.Spot && sameType && doomed.Spot && m.AZ == doomed.AZ),
		held:     slots.held,
		scarcity: -d.slots.freeFor(m.ID, n),
		spread:   spread(n.e.ID, m.ID),
		instance: m.ID,
	}
}

// checks ranks what the status checks say of an instance. One of which anything is unknown comes last.
func (m *member) checks() int {
	const passed, initializing, rest = 0, 1, 2
	in := m.Instance
	switch {
	case len(m.unknown) > 0:
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

// spread hashes an interface with an instance by FNV-1a. It is the same in every invocation, so that two which plan for the
// same interface at once agree on its standby. Package hash/fnv would allocate for each pair.
func spread(e, instance string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	hash := uint64(offset)
	for i := range len(e) {
		hash = (hash ^ uint64(e[i])) * prime
	}
	hash *= prime // a zero byte between the two
	for i := range len(instance) {
		hash = (hash ^ uint64(instance[i])) * prime
	}
	return hash
}
