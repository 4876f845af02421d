package observe

import (
	"context"
	"maps"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Census reads all managed interfaces of the region, all members of groups, also where there is no interface, and the
// holders that are not members. It insists on an answer for as long as ctx lasts, but for the holders, which stay
// unknown. Its error is that of a call without whose answer nothing can be said.
func (o *Observer) Census(ctx context.Context) (inventory.Snapshot, error) {
	scope := plan.ScopeOfAll()
	r := newReading(o, scope)
	if err := r.both(ctx, nil); err != nil {
		return r.snapshot, err
	}
	q := questionsAbout(r.snapshot, scope, scope.Select(r.snapshot.Interfaces, nil))
	o.confirmNonMembers(ctx, &r.snapshot, q.nonMembers)
	return r.snapshot, nil
}

// confirmNonMembers describes instances that are not members, and a second time, after a pause, those that EC2 does
// not show: one read proves nothing. What can't be asked now, [Observer.Inspect] asks once more, and names.
func (o *Observer) confirmNonMembers(ctx context.Context, s *inventory.Snapshot, ids []string) {
	found, _ := o.nonMembers(ctx, ids)
	s.Add(found...)
	earlier := inventory.Snapshot{Instances: maps.Clone(s.Instances)}
	unseen := slices.DeleteFunc(ids, func(id string) bool { return s.Instances[id].State != inventory.StateUnseen })
	if len(unseen) == 0 || !pace.Wait(ctx, plan.ConfirmAfter) {
		return
	}
	found, _ = o.nonMembers(ctx, unseen)
	s.Add(found...)
	answered := make([]string, len(found))
	for i, in := range found {
		answered[i] = in.ID
	}
	s.Confirm(earlier, answered)
}

// ReadVolumeKeys asks for the keys that encrypt the volumes of stopped cold standbys. Neither EC2's answer to a start nor a
// dry run says that the role may not use a key: the start fails later. What can't be asked is named in the snapshot's gaps.
func (o *Observer) ReadVolumeKeys(ctx context.Context, s *inventory.Snapshot) {
	var ids []string
	for _, id := range s.InstanceIDs() {
		if in := s.Instances[id]; in.Start && in.State == inventory.StateStopped {
			ids = append(ids, id)
		}
	}
	a := ask(ctx, ids, o.ec2.VolumeKeys)
	for id, keys := range a.found {
		in := s.Instances[id]
		in.VolumeKeys = keys
		s.Instances[id] = in
	}
	for _, err := range a.errs {
		if err != nil {
			s.Gaps = append(s.Gaps, err.Error())
		}
	}
}

// Inspect asks for all that a sweep would know of the instances in the snapshot of a census, in as much time as ctx
// has. What can't be asked stays unknown, and is named in the snapshot's gaps.
func (o *Observer) Inspect(ctx context.Context, s *inventory.Snapshot) {
	scope := plan.ScopeOfAll()
	_ = o.inspect(ctx, s, scope, scope.Select(s.Interfaces, nil)) // this scope has no second read
}
