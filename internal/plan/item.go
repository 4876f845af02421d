package plan

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// item makes the item for an interface that is to leave doomed (the zero instance: it hangs loose, and
// any member may have it), unless the interface itself forbids it.
func (d *decision) item(e inventory.Interface, doomed inventory.Instance, u urgency) Item {
	if reason, detail := d.policy.Untouchable(e); reason != "" {
		return d.settled(e, OutcomeIgnored, reason, detail)
	}
	if e.Holder() != "" && e.Holder() != doomed.ID {
		// It is detaching from another instance, for whose sake the event is no reason to hurry.
		u = urgencyOf(asked, d.holder(e).State)
	}
	from, mayReturn := d.whence(doomed, e)
	item := Item{
		Interface: e, From: from, Doomed: doomed.ID,
		Force: d.policy.force(u), OrphanGrace: d.orphanGrace(), Target: d.trigger.Target,
	}
	if mayReturn && !d.ends() && !doomed.State.Ending() {
		item.Origin = from
	}
	item.need = need{
		e: e, doomed: doomed.ID, target: item.Target,
		serving: !e.Released() && !d.instance(e.Holder()).State.Leaving(),
	}
	return item
}

func (d *decision) settled(e inventory.Interface, outcome Outcome, reason Reason, detail string) Item {
	return Item{Interface: e, From: e.Holder(), Settled: outcome, Reason: reason, Detail: detail}
}

// whence is the instance that an interface comes from, and whether it may go back there. What is attached nowhere
// comes, as far as anybody can tell, from the doomed instance if its tag says so, or if the event is about that
// one. An instance that merely has the rest of the group need never have had it, and one of another VPC can't
// have had it.
func (d *decision) whence(doomed inventory.Instance, e inventory.Interface) (from string, mayReturn bool) {
	switch {
	case e.Holder() != "":
		return e.Holder(), true
	case doomed.ID == "":
		return "", false
	case e.LeftTag.Instance == doomed.ID:
		return doomed.ID, true
	case d.trigger.Instance == doomed.ID, d.trigger.From == doomed.ID:
		return doomed.ID, doomed.AZ == e.AZ && doomed.VPC == e.VPC && doomed.MemberOf(e.Group)
	}
	return "", false
}

// orphanGrace is how long an interface must have been seen unattached before this trigger attaches it.
func (d *decision) orphanGrace() time.Duration {
	switch d.trigger.Kind {
	case trigger.KindManual, trigger.KindShuttingDown, trigger.KindTerminated:
		return 0
	case trigger.KindSpotInterruption, trigger.KindStopping, trigger.KindStopped, trigger.KindRunning,
		trigger.KindLifecycle, trigger.KindAlarm, trigger.KindRebalance, trigger.KindHealth,
		trigger.KindSweep, trigger.KindRehearsal, trigger.KindUnknown:
		return OrphanGrace
	}
	return OrphanGrace
}

// instance looks an instance up. Of one that is not in the snapshot nothing is known, not even its state.
func (d *decision) instance(id string) inventory.Instance {
	if in, ok := d.snapshot.Instances[id]; ok {
		return in
	}
	return inventory.Instance{ID: id, State: inventory.StateUnasked}
}

// holder is the instance that holds an interface; the zero instance if none does.
func (d *decision) holder(e inventory.Interface) inventory.Instance {
	if e.Unattached() {
		return inventory.Instance{}
	}
	return d.instance(e.Holder())
}
