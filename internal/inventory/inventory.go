// Package inventory holds one read of the account as plain data: the managed interfaces, the instances that hold or could
// hold them, and the limits of those instances' types.
//
// It is the second stage of the flow (event bytes → trigger → inventory → plan → move and record check → report). Package
// observe fills it, with data that the packages under internal/aws translate from AWS's; package plan decides on it. It
// never talks to AWS and has no clock, so that deciding can be tested without either.
package inventory

import (
	"maps"
	"slices"
	"time"
)

// Snapshot is what one invocation has read. Its parts were read within moments of each other, not at one instant: EC2
// offers no such read. It is a basis for deciding, never proof of the present state.
type Snapshot struct {
	// At is the instant at which the managed interfaces were read: that of the answer.
	At time.Time
	// Look is the read of the interfaces in scope that serves a move as the look before the detach, in which tags count: the
	// second read, or the first one if EC2 throttles such reads. Zero if there is none.
	Look Period
	// Throttled reports whether EC2 has throttled a read of interfaces for the snapshot.
	Throttled bool
	// Interfaces are all managed interfaces of the region, in the order of their ids.
	Interfaces []Interface
	// Instances are the members of the groups in scope, the holders, and the instances that the event names, by id.
	Instances map[string]Instance
	// Limits are the limits of the instances' types, by the type's name. A missing type is unknown.
	Limits map[string]Limits
	// Undescribed are instances that EC2 could not describe. They may be members of any group.
	Undescribed []string
	// Gaps say what could not be asked. It is unknown, and never taken for healthy.
	Gaps []string
}

// Period is the time from the beginning of a read to its answer. What the read shows was true at some instant within, or
// earlier if EC2 lags.
type Period struct{ Began, Ended time.Time }

// Add puts instances into the snapshot. They replace earlier ones with the same ids.
func (s *Snapshot) Add(list ...Instance) {
	for _, in := range list {
		s.Instances[in.ID] = in
	}
}

// Update replaces interfaces by newer reads of them, which were answered at the instant at. An interface that is not in
// the snapshot is left out.
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

// Confirm compares the snapshot with an earlier one where one read proves nothing: whether the given instances exist and
// run, and since when an interface is unattached.
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
			in.State = before // it existed, and one read that does not show it does not make it gone
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

// StampUnattached records since when the snapshot's interfaces are known to be unattached: the read that shows them was
// answered at the instant at.
func (s *Snapshot) StampUnattached(at time.Time) {
	for i := range s.Interfaces {
		s.Interfaces[i].UnattachedSince = s.Interfaces[i].unattachedSince(at)
	}
}

// InstanceIDs returns the ids of all instances in the snapshot, sorted.
func (s *Snapshot) InstanceIDs() []string { return slices.Sorted(maps.Keys(s.Instances)) }

// MembersByGroup returns the members of each group, in the order of their ids. It indexes all groups at once, because
// a plan for thousands of interfaces asks for each of them. The instances are copies, one for all groups of an instance.
func (s *Snapshot) MembersByGroup() map[string][]*Instance {
	members := map[string][]*Instance{}
	for _, id := range s.InstanceIDs() {
		in := s.Instances[id]
		for _, group := range in.Groups {
			// A tag may list a group twice, side by side or not; the ids come in their order.
			if list := members[group]; len(list) == 0 || list[len(list)-1].ID != id {
				members[group] = append(list, &in)
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
