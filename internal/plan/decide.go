package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// decision is a plan in the making.
type decision struct {
	trigger  trigger.Trigger
	snapshot inventory.Snapshot
	policy   Policy
	now      time.Time
	slots    *SlotLedger
	// members are those of each group, nil until asked for.
	members map[string][]inventory.Instance
	// doubts are what becomes [Plan.Doubts].
	doubts []string
	// relieved is the one instance that a request takes its interfaces from.
	relieved string
}

// Decide makes the plan for a trigger at the instant now. The snapshot must show all managed interfaces
// of the region, the members of the groups that [ScopeOf] names, and the holders.
func Decide(t trigger.Trigger, s inventory.Snapshot, p Policy, now time.Time) Plan {
	d := &decision{trigger: t, snapshot: s, policy: p, now: now, slots: newSlotLedger(s)}
	var plan Plan
	switch t.Kind {
	case trigger.KindSpotInterruption, trigger.KindLifecycle,
		trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated:
		plan = d.departure()
	case trigger.KindAlarm:
		plan = d.alarm()
	case trigger.KindRebalance:
		plan = d.rebalance()
	case trigger.KindRunning:
		plan = d.arrival()
	case trigger.KindSweep:
		plan = d.sweep()
	case trigger.KindHealth, trigger.KindRehearsal:
		plan = d.rehearsal()
	case trigger.KindManual:
		plan = d.request()
	case trigger.KindUnknown:
		plan = Plan{Ignored: ReasonNoAction, Detail: t.Ignored}
	}
	if t.Kind == trigger.KindRehearsal || t.Kind == trigger.KindHealth {
		d.assignEach(plan.Items)
	} else {
		d.assign(plan.Items)
	}
	plan.Slots = d.slots
	plan.Doubts = d.doubtful(plan)
	return plan
}

// Expired says whether an event is too old to look at anything for it; empty if it is not.
func Expired(t trigger.Trigger, now time.Time) (Reason, string) {
	if age := now.Sub(t.Alarm.Since); t.Kind == trigger.KindAlarm && age > AlarmLife {
		return ReasonStale, fmt.Sprintf("the alarm went off %s ago, which may not be so any more", age.Truncate(time.Second))
	}
	return "", ""
}

// formerRun says that the event is older than the instance's launch; empty if it is not.
func (d *decision) formerRun(in inventory.Instance) (Reason, string) {
	age := in.LaunchTime.Sub(d.trigger.Time)
	if in.LaunchTime.IsZero() || age <= StaleSlack {
		return "", ""
	}
	return ReasonStale, fmt.Sprintf("the event is %s older than the launch of %s: it is about a former run", age, in.ID)
}

// young says that the holder got the interface only a short while before the instant at; empty if not.
// Whether an attachment of our own making, back to where a move took the interface from, counts is the
// caller's to say.
func (d *decision) young(e inventory.Interface, at time.Time) (Reason, string) {
	age := at.Sub(e.Attachment.AttachTime)
	if age >= d.policy.Cooldown {
		return "", ""
	}
	return ReasonCooldown, fmt.Sprintf("%s had the interface for only %s, and COOLDOWN is %s",
		e.Attachment.Instance, max(0, age).Truncate(time.Second), d.policy.Cooldown)
}

// instance looks an instance up. Of one that is not in the snapshot nothing is known, not even its state.
func (d *decision) instance(id string) inventory.Instance {
	if in, ok := d.snapshot.Instances[id]; ok {
		return in
	}
	return inventory.Instance{ID: id, State: inventory.StateUnasked}
}

func (d *decision) settled(e inventory.Interface, outcome Outcome, reason Reason, detail string) Item {
	return Item{Interface: e, From: e.Holder(), Settled: outcome, Reason: reason, Detail: detail}
}

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

// Untouchable returns why an interface must be left alone whatever happens; empty if it may be moved. It
// is asked again in the look before a detach.
func (p Policy) Untouchable(e inventory.Interface) (Reason, string) {
	switch {
	case e.Regrouped:
		return ReasonRegrouped, "its group tag was changed to " + e.Group + " in the meantime"
	case e.Group == "":
		return ReasonNoValidGroup, "its group tag holds no valid group name"
	case !p.Serves(e.Group):
		return ReasonGroupNotServed, "group " + e.Group + " is not among those that this deployment serves (GROUPS)"
	case !e.Supported():
		return ReasonUnsupportedInterface, "only plain secondary interfaces on network card 0, of this account and managed by nobody else, are moved"
	case e.Paused:
		return ReasonPaused, "its tag " + inventory.TagPaused + " is set; remove it to have the interface moved"
	}
	return "", ""
}

// Replan plans anew for items whose interfaces were detached and whose candidates have all refused. Any
// member will do now, also one that the request did not ask for, and no interface may be left alone any
// more. Reserved are the slots of the other moves under way: a standby is not taken from an interface that is still on
// its way there. It returns the items with new candidates, and the book that these are counted in.
func Replan(items []Item, reserved []Slot, s inventory.Snapshot, p Policy, now time.Time) ([]Item, *SlotLedger) {
	d := &decision{snapshot: s, policy: p, now: now, slots: newSlotLedger(s)}
	d.slots.reserveAll(reserved)
	items = slices.Clone(items)
	for i := range items {
		item := &items[i]
		item.Settled, item.Choice = "", Slot{}
		item.need = need{e: item.Interface, doomed: item.Doomed}
	}
	d.assign(items)
	return items, d.slots
}
