package record

import (
	"net/netip"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// createdTTL is the TTL of a record that a repair creates where there was none, in seconds.
const createdTTL = 60

// Change is one step of a change batch.
type Change struct {
	// Delete removes Set, which must be exactly what the zone holds. Otherwise Set is created, which fails if
	// the zone already holds a set of its name and type. A batch of both is therefore a compare-and-set: Route
	// 53 makes all of its changes or none (Route 53 API reference, ChangeResourceRecordSets).
	Delete bool
	Set    Set
}

// changes returns the changes that put the name right: none if nothing can or may be done. It never touches a
// record that is more than a simple one, nor a record of a family of which the interface has no address: a
// person has to decide whether to delete that.
func (q Question) changes(sets []Set) []Change {
	if notSimple(q.Name, sets) != "" {
		return nil
	}
	var list []Change
	for _, f := range q.families(sets) {
		state, _ := f.judge(q.Interface)
		if state == OK || !f.want.IsValid() {
			continue
		}
		put := Set{Name: q.Name, Type: f.recordType, TTL: createdTTL, Values: []string{f.want.String()}}
		if f.set != nil {
			held, _ := f.set.addresses()
			put.TTL, put.Values = f.set.TTL, append(texts(q.shared(held)), put.Values...)
			list = append(list, Change{Delete: true, Set: *f.set})
		}
		list = append(list, Change{Set: put})
	}
	return list
}

// shared returns the addresses that lead to other interfaces with the same name. A repair that took them away would break the
// name of another interface, whose repair would break this one's.
func (q Question) shared(held []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(held), func(a netip.Addr) bool {
		return !slices.ContainsFunc(q.sharers, func(e inventory.Interface) bool { return owns(e, a) })
	})
}

// applied returns the record sets of the zone once the changes are made.
func applied(sets []Set, changes []Change) []Set {
	after := slices.Clone(sets)
	for _, c := range changes {
		if c.Delete {
			after = slices.DeleteFunc(after, func(s Set) bool { return s.Name == c.Set.Name && s.Type == c.Set.Type })
			continue
		}
		after = append(after, c.Set)
	}
	return after
}

// holds reports whether the zone holds what the changes create.
func holds(sets []Set, changes []Change) bool {
	for _, c := range changes {
		if c.Delete {
			continue
		}
		s := simpleSet(c.Set.Name, c.Set.Type, sets)
		if s == nil || s.TTL != c.Set.TTL {
			return false
		}
		// By address: IPv6 addresses have several spellings.
		has, unparsable := s.addresses()
		want, _ := c.Set.addresses()
		slices.SortFunc(has, netip.Addr.Compare)
		slices.SortFunc(want, netip.Addr.Compare)
		if len(unparsable) > 0 || !slices.Equal(has, want) {
			return false
		}
	}
	return true
}
