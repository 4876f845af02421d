// Package inventory holds one look at the account as plain data: the managed interfaces, the instances
// that hold or could hold them, and the limits of those instances' types.
//
// It is the second stage of the flow (event bytes → trigger → inventory → plan → move and record check →
// report). Package vpc fills it from EC2; package plan decides on it. It never talks to AWS, has no
// clock and imports nothing but the standard library, so that deciding can be tested without either.
package inventory

import (
	"maps"
	"slices"
	"time"
)

// Snapshot is what one invocation saw. Its parts were read within moments of each other, not at one
// instant: EC2 offers no such thing. It is a basis for deciding, never proof of what is so now.
type Snapshot struct {
	// At is when the first part had been read: the managed interfaces of the region.
	At time.Time
	// SecondRead is when the interfaces in scope were read a second time, while the instances were; zero if
	// they were not. It is the look before a detach, in which tags count.
	SecondRead time.Time
	// Interfaces are the managed interfaces in scope, in the order of their ids.
	Interfaces []Interface
	// Instances are the members of the groups in scope, and the holders, by id.
	Instances map[string]Instance
	// Limits are those of the instances' types, by type name. A missing type is unknown.
	Limits map[string]Limits
	// Gaps name what could not be asked. What they cover is unknown, never taken for healthy.
	Gaps []string
}

// Add puts instances into the snapshot, in place of what it has of them.
func (s *Snapshot) Add(list ...Instance) {
	for _, in := range list {
		s.Instances[in.ID] = in
	}
}

// Update puts a newer look at interfaces, answered at the instant at, in the place of older ones.
func (s *Snapshot) Update(at time.Time, list ...Interface) {
	for _, e := range list {
		if i := slices.IndexFunc(s.Interfaces, func(o Interface) bool { return o.ID == e.ID }); i >= 0 {
			e.Regrouped = e.Group != s.Interfaces[i].Group
			e.UnattachedSince = s.Interfaces[i].UnattachedSince
			e.UnattachedSince = e.unattachedSince(at)
			s.Interfaces[i] = e
		}
	}
}

// Confirm compares the snapshot with an earlier one of the same things, as far as one look proves nothing:
// whether the given instances are there and run, and since when an interface is unattached.
func (s *Snapshot) Confirm(earlier Snapshot, instances []string) {
	for _, id := range instances {
		in, seen := s.Instances[id]
		before := earlier.Instances[id].State
		if !seen || in.State == StateUnasked || before == StateUnasked {
			continue
		}
		in.Confirmed = in.State.lost() == before.lost()
		switch {
		case !in.Confirmed || in.State != StateUnseen:
		case before == StateUnseen:
			in.State = StateMissing
		default:
			in.State = before // it was there, and stopping or stopped: not to be shown once does not make it gone
		}
		s.Instances[id] = in
	}
	for i, e := range s.Interfaces {
		first, known := earlier.Interface(e.ID)
		if known && !first.UnattachedSince.IsZero() && !e.UnattachedSince.IsZero() && !e.UnattachedSince.After(s.At) {
			s.Interfaces[i].UnattachedSince = first.UnattachedSince
		}
	}
}

// StampUnattached notes for the snapshot's interfaces since when they are known to be unattached: at is when the look
// was answered that shows them so.
func (s *Snapshot) StampUnattached(at time.Time) {
	for i := range s.Interfaces {
		s.Interfaces[i].UnattachedSince = s.Interfaces[i].unattachedSince(at)
	}
}

// InstanceIDs returns the ids of all instances in the snapshot, sorted.
func (s *Snapshot) InstanceIDs() []string { return slices.Sorted(maps.Keys(s.Instances)) }

// MembersByGroup returns the members of each group, in the order of their ids. It indexes all groups at once, because
// a plan for thousands of interfaces asks for each of them.
func (s *Snapshot) MembersByGroup() map[string][]Instance {
	members := map[string][]Instance{}
	for _, id := range s.InstanceIDs() {
		in := s.Instances[id]
		for _, group := range in.Groups {
			// A tag may list a group twice, side by side or not; the ids come in their order.
			if list := members[group]; len(list) == 0 || list[len(list)-1].ID != id {
				members[group] = append(list, in)
			}
		}
	}
	return members
}

// Interface looks an interface up by its id.
func (s *Snapshot) Interface(id string) (Interface, bool) {
	i := slices.IndexFunc(s.Interfaces, func(e Interface) bool { return e.ID == id })
	if i < 0 {
		return Interface{}, false
	}
	return s.Interfaces[i], true
}
