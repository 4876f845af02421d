package record

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// createdTTL is the TTL of a record that a repair creates where there was none, in seconds.
const createdTTL = 60

// change is one step of a change batch.
type change struct {
	// Delete removes Set, which must then be exactly what the zone holds; otherwise Set is created, which
	// fails if the zone already holds one of its name and type. A batch of both is therefore a
	// compare-and-set: Route 53 makes all of its changes or none.
	Delete bool
	Set    recordSet
}

// changesFor returns what puts the name right for the interface e: none if nothing can or may be done.
// A record that is more than a simple one is never touched, nor one of a family that the interface has no
// address of: deleting it is for a person to decide.
func changesFor(e inventory.Interface, name string, sets []recordSet) []change {
	if notSimple(name, sets) != "" {
		return nil
	}
	var changes []change
	for _, s := range sidesOf(e, name, sets) {
		state, _ := s.judge(e)
		if state == OK || !s.want.IsValid() {
			continue
		}
		put := recordSet{Name: name, Type: s.typ, TTL: createdTTL, Values: []string{s.want.String()}}
		if s.set != nil {
			put.TTL = s.set.TTL
			changes = append(changes, change{Delete: true, Set: *s.set})
		}
		changes = append(changes, change{Set: put})
	}
	return changes
}

// applied returns what the zone holds once the changes are made.
func applied(sets []recordSet, changes []change) []recordSet {
	after := slices.Clone(sets)
	for _, c := range changes {
		if c.Delete {
			after = slices.DeleteFunc(after, func(s recordSet) bool { return s.Name == c.Set.Name && s.Type == c.Set.Type })
			continue
		}
		after = append(after, c.Set)
	}
	return after
}
