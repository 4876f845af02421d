package observe

import (
	"context"

	"github.com/eni-failover/eni-failover/internal/inventory"
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
		keep, err := o.outsiders(ctx, &l.snapshot, others)
		if err == nil {
			keep()
		}
	}
	return l.snapshot, nil
}

// Inspect asks for all that a sweep would know of the instances in the snapshot of a census, in as much time
// as ctx has. What can't be asked stays unknown, and is named in the snapshot's gaps.
func (o *Observer) Inspect(ctx context.Context, s *inventory.Snapshot) {
	o.inspect(ctx, s, everything(), plan.ScopeOf(everything(), s.Interfaces, nil))
}
