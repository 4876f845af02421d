package observe

import (
	"context"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// everything is the trigger that is about all interfaces.
func everything() trigger.Trigger { return trigger.Trigger{Kind: trigger.KindSweep} }

// Census looks at all managed interfaces of the region and at all members of groups, also where there is
// no interface. It insists on an answer for as long as ctx lasts. Its error is that of a call without whose
// answer nothing can be said.
func (o *Observer) Census(ctx context.Context) (inventory.Snapshot, error) {
	l := newLook(o, everything())
	l.insist = 0
	err := l.both(ctx, nil)
	return l.snapshot, err
}

// Inspect asks for all that a sweep would know of the instances in the snapshot of a census, in as much time
// as ctx has. What can't be asked stays unknown, and is named in the snapshot's gaps.
func (o *Observer) Inspect(ctx context.Context, s *inventory.Snapshot) {
	o.inspect(ctx, s, everything(), plan.ScopeOf(everything(), s.Interfaces, nil))
}
