package observe

import (
	"context"
	"maps"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// everything is the trigger that is about all interfaces.
func everything() trigger.Trigger { return trigger.Trigger{Kind: trigger.KindSweep} }

// Census looks at all managed interfaces of the region, at all members of groups, also where there is no
// interface, and at the holders that are no members. It insists on an answer for as long as ctx lasts, but
// for the last ones, which stay unknown. Its error is that of a call without whose answer nothing can be said.
func (o *Observer) Census(ctx context.Context) (inventory.Snapshot, error) {
	l := newLook(o, everything())
	l.insist = 0
	if err := l.both(ctx, nil); err != nil {
		return l.snapshot, err
	}
	// Asked for by themselves, the ones that exist no more don't spoil a call about the others.
	if others := ask(l.snapshot, everything(), plan.ScopeOf(everything(), l.snapshot.Interfaces, nil)).others; len(others) > 0 {
		o.others(ctx, &l.snapshot, others)
	}
	return l.snapshot, nil
}

// others asks for instances that are no members, and a second time, after a pause, for those that EC2 does not
// show: one look proves nothing.
func (o *Observer) others(ctx context.Context, s *inventory.Snapshot, ids []string) {
	keep, err := o.outsiders(ctx, s, ids)
	if err != nil {
		return
	}
	keep()
	earlier := inventory.Snapshot{Instances: maps.Clone(s.Instances)}
	ids = slices.DeleteFunc(ids, func(id string) bool { return s.Instances[id].State != inventory.StateUnseen })
	if len(ids) == 0 || !pace.Wait(ctx, plan.SecondLook) {
		return
	}
	if keep, err = o.outsiders(ctx, s, ids); err == nil {
		keep()
		s.Confirm(earlier, ids)
	}
}

// Inspect asks for all that a sweep would know of the instances in the snapshot of a census, in as much time
// as ctx has. What can't be asked stays unknown, and is named in the snapshot's gaps.
func (o *Observer) Inspect(ctx context.Context, s *inventory.Snapshot) {
	o.inspect(ctx, s, everything(), plan.ScopeOf(everything(), s.Interfaces, nil))
}
