package plan

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// move makes the item for an interface that is to leave the doomed instance, unless the interface itself forbids it.
// The urgency is that of the event; an interface that is detaching from another instance has the urgency of that one.
func (d *decision) move(e inventory.Interface, doomed inventory.Instance, u urgency) Item {
	if e.Holder() != "" && e.Holder() != doomed.ID {
		u = d.urgencyOfDetaching(e)
	}
	item := d.item(e, u)
	if item.Settled != "" {
		return item
	}
	item.Doomed, item.need.doomed = doomed.ID, doomed.ID
	item.From = d.from(e, doomed)
	item.Origin = d.origin(e, doomed)
	return item
}

// attach makes the item for a released interface that any member may have, its old holder included, unless the
// interface itself forbids it. The urgency is that of an interface without a holder.
func (d *decision) attach(e inventory.Interface, u urgency) Item {
	if e.Holder() != "" {
		u = d.urgencyOfDetaching(e)
	}
	item := d.item(e, u)
	if item.Settled == "" {
		item.From, item.Origin = e.Holder(), e.Holder()
	}
	return item
}

// item makes what move and attach have in common.
func (d *decision) item(e inventory.Interface, u urgency) Item {
	if reason, detail := d.policy.Untouchable(e); reason != "" {
		return d.settled(e, OutcomeIgnored, reason, detail)
	}
	serving := !e.Released() && !d.instance(e.Holder()).State.Leaving()
	item := Item{
		Interface: e, Force: d.policy.force(u), OrphanGrace: d.orphanGrace(), Target: d.trigger.Target,
		Serving: serving && u != unreachable, RelieveBy: d.relieveBy(e),
		need: need{e: e, target: d.trigger.Target, mayStart: d.policy.StartStandbys},
	}
	if serving {
		item.need.serves(d.instance(e.Holder()))
	}
	return item
}

// settled makes the item for an interface that needs no action.
func (d *decision) settled(e inventory.Interface, outcome Outcome, reason Reason, detail string) Item {
	return Item{Interface: e, From: e.Holder(), Settled: outcome, Reason: reason, Detail: detail}
}

// urgencyOfDetaching is the urgency for the sake of the instance that an interface is detaching from: the event is
// about another one, and no reason to hurry.
func (d *decision) urgencyOfDetaching(e inventory.Interface) urgency {
	if e.Unattached() {
		return unforced
	}
	return urgencyOf(unforced, d.instance(e.Holder()).State)
}

// from returns the instance that an interface leaves. An unattached one comes from the doomed instance if its tag says
// so, or if the event is about that instance. Nothing tells where any other comes from: an instance that holds the rest
// of the group may never have had it.
func (d *decision) from(e inventory.Interface, doomed inventory.Instance) string {
	switch {
	case e.Holder() != "":
		return e.Holder()
	case e.LeftTag.Instance == doomed.ID, d.trigger.Instance == doomed.ID, d.trigger.From == doomed.ID, d.suspects[e.ID] == doomed.ID:
		return doomed.ID
	}
	return ""
}

// origin returns the instance that an interface may go back to when every standby has refused it: the one that it
// leaves, if that may come back and may have had it.
func (d *decision) origin(e inventory.Interface, doomed inventory.Instance) string {
	// The tag proves that an unattached interface was there. Without it the instance must at least be one that could
	// have had it: an instance of another VPC can't.
	known := e.Holder() != "" || e.LeftTag.Instance == doomed.ID
	possible := doomed.AZ == e.AZ && doomed.VPC == e.VPC && doomed.MemberOf(e.Group)
	if d.ends() || doomed.State.Ending() || (!known && !possible) {
		return ""
	}
	return d.from(e, doomed)
}

// orphanGrace returns how long an interface must have been seen unattached before this trigger attaches it. Nothing
// else is in the middle of a move when a person asks, or when the instance has ended.
func (d *decision) orphanGrace() time.Duration {
	if d.trigger.Kind == trigger.KindManual || d.ends() {
		return 0
	}
	return OrphanGrace
}

// instance looks an instance up. Nothing is known of one that is not in the snapshot, not even its state.
func (d *decision) instance(id string) inventory.Instance {
	if in, ok := d.snapshot.Instances[id]; ok {
		return in
	}
	return inventory.Instance{ID: id, State: inventory.StateUnasked}
}
