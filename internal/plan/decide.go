package plan

import (
	"fmt"
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
	book     *Book
}

// Decide makes the plan for a trigger at the instant now. The snapshot must show all managed interfaces
// of the region, the members of the groups that [Scope] names, and the holders.
func Decide(t trigger.Trigger, s inventory.Snapshot, p Policy, now time.Time) Plan {
	d := &decision{trigger: t, snapshot: s, policy: p, now: now, book: newBook(s)}
	var plan Plan
	switch t.Kind {
	case trigger.KindSpotInterruption,
		trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated:
		plan = d.departure()
	case trigger.KindRunning:
		plan = d.arrival()
	case trigger.KindManual:
		plan = d.request()
	case trigger.KindUnknown:
		plan = Plan{Ignored: ReasonNoAction, Detail: t.Ignored}
	}
	d.assign(plan.Items)
	plan.Book = d.book
	return plan
}

// departure plans for an instance that is going away: all that it leaves moves.
func (d *decision) departure() Plan {
	doomed := d.instance(d.trigger.Instance)
	if reason, detail := d.ignoreDeparture(doomed); reason != "" {
		return Plan{Ignored: reason, Detail: detail}
	}
	var plan Plan
	u := urgencyOf(d.announced(), doomed.State)
	for _, e := range d.snapshot.Interfaces {
		if leaves(doomed, e) {
			plan.Items = append(plan.Items, d.item(e, doomed, u))
		}
	}
	if len(plan.Items) == 0 {
		return Plan{Ignored: ReasonNotConcerned, Detail: doomed.ID + " holds and leaves no managed interface"}
	}
	return plan
}

// announced is how far gone the event says that its instance is.
func (d *decision) announced() urgency {
	if d.trigger.Kind == trigger.KindShuttingDown || d.trigger.Kind == trigger.KindTerminated {
		return ending
	}
	return leaving
}

// leaves reports whether an instance that goes away leaves the interface: it is attached to it, or it is
// one of its groups' in its Availability Zone that hangs loose, as after a move that broke off.
func leaves(doomed inventory.Instance, e inventory.Interface) bool {
	if e.Holder() == doomed.ID {
		return true
	}
	return loose(e) && e.AZ == doomed.AZ && doomed.MemberOf(e.Group)
}

// loose reports whether nobody holds the interface any more, or not for long.
func loose(e inventory.Interface) bool { return e.Unattached() || e.Detaching() }

// ignoreDeparture says why what EC2 shows now does not bear the event out; empty if it does.
func (d *decision) ignoreDeparture(in inventory.Instance) (Reason, string) {
	if reason, detail := d.formerRun(in); reason != "" {
		return reason, detail
	}
	if in.State.Leaving() || in.State == inventory.StateUnasked {
		return "", "" // further gone than any warning, or not to be found out: then the event counts
	}
	if d.trigger.Kind != trigger.KindSpotInterruption {
		return ReasonStale, fmt.Sprintf("EC2 says that %s is %s now", in.ID, in.State)
	}
	if !in.Spot {
		return ReasonNotSpot, in.ID + " is no Spot instance"
	}
	age := d.now.Sub(d.trigger.Time)
	if age > SpotWarningLife && in.Interruption != inventory.InterruptionPending {
		return ReasonStale, fmt.Sprintf("the warning is %s old, and the Spot request of %s is not marked for interruption",
			age.Truncate(time.Second), in.ID)
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

// arrival plans for an instance that has come up: its groups' interfaces that nobody serves any more are
// given to whoever is best now.
func (d *decision) arrival() Plan {
	member := d.instance(d.trigger.Instance)
	if reason, detail := d.formerRun(member); reason != "" {
		return Plan{Ignored: reason, Detail: detail}
	}
	var plan Plan
	for _, e := range d.snapshot.Interfaces {
		if member.MemberOf(e.Group) {
			plan.Items = append(plan.Items, d.heal(e))
		}
	}
	if len(plan.Items) == 0 {
		return Plan{Ignored: ReasonNotConcerned, Detail: member.ID + " is of no group that has an interface"}
	}
	return plan
}

// heal makes the item for an interface that is looked at because it might need help.
func (d *decision) heal(e inventory.Interface) Item {
	if e.Unattached() {
		return d.item(e, inventory.Instance{}, asked)
	}
	holder := d.instance(e.Holder())
	u, doomed := d.dooms(holder)
	switch {
	case e.Detaching() && !doomed:
		return d.item(e, inventory.Instance{}, asked) // its old holder may have it back
	case !doomed:
		return d.settled(e, OutcomeNothingToDo, ReasonHolderServes, holder.ID+" holds it and gives no reason to move it")
	case u == unreachable && !e.Detaching():
		if age := d.now.Sub(e.Attachment.AttachTime); age < d.policy.Cooldown {
			return d.settled(e, OutcomeNothingToDo, ReasonCooldown,
				fmt.Sprintf("%s is impaired, but was given the interface only %s ago", holder.ID, age.Truncate(time.Second)))
		}
	}
	item := d.item(e, holder, u)
	item.Hint = u == unreachable && !e.Detaching()
	return item
}

// dooms reports whether what EC2 says of a holder is by itself a reason to relieve it, and how urgent.
func (d *decision) dooms(holder inventory.Instance) (urgency, bool) {
	switch {
	case holder.State.Leaving():
		return urgencyOf(leaving, holder.State), true
	case holder.Interruption == inventory.InterruptionPending:
		return leaving, true
	case d.longImpaired(holder):
		return unreachable, true
	}
	return asked, false
}

// longImpaired reports whether a holder has been impaired for so long that it is relieved for that.
func (d *decision) longImpaired(in inventory.Instance) bool {
	since := in.Health.ImpairedSince
	return d.policy.ImpairedAfter > 0 && in.State == inventory.StateRunning && in.Health.Impaired() &&
		!since.IsZero() && d.now.Sub(since) >= d.policy.ImpairedAfter
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
	item := Item{
		Interface: e, From: e.Holder(), Doomed: doomed.ID,
		Force: d.policy.force(u), Patience: d.patience(), Target: d.trigger.Target,
	}
	if item.From == "" {
		item.From = doomed.ID
	}
	if !doomed.State.Ending() {
		item.Origin = item.From
	}
	item.need = need{
		e: e, doomed: doomed.ID, target: item.Target,
		serving: !loose(e) && d.instance(e.Holder()).State == inventory.StateRunning,
	}
	return item
}

// patience is how long an interface must have been seen unattached before this trigger attaches it.
func (d *decision) patience() time.Duration {
	switch d.trigger.Kind {
	case trigger.KindManual, trigger.KindShuttingDown, trigger.KindTerminated:
		return 0
	case trigger.KindSpotInterruption, trigger.KindStopping, trigger.KindStopped, trigger.KindRunning,
		trigger.KindUnknown:
		return OrphanPatience
	}
	return OrphanPatience
}

// Untouchable returns why an interface must be left alone whatever happens; empty if it may be moved. It
// is asked again in the look before a detach.
func (p Policy) Untouchable(e inventory.Interface) (Reason, string) {
	switch {
	case e.Group == "":
		return ReasonNoGroup, "its group tag holds no valid group name"
	case !p.Serves(e.Group):
		return ReasonNotServed, "group " + e.Group + " is not among those that this deployment serves (GROUPS)"
	case !e.Supported():
		return ReasonUnsupported, "only plain secondary interfaces on network card 0, of this account and managed by nobody else, are moved"
	case e.Paused:
		return ReasonPaused, "its tag " + inventory.TagPaused + " is set; remove it to have the interface moved"
	}
	return "", ""
}

// Again plans anew for an item whose interface was detached and whose candidates have all refused. Any
// member will do now, also one that the request did not ask for, and the interface may not be left alone
// any more. It returns the item with new candidates, and the book that they are counted in.
func Again(item Item, s inventory.Snapshot, p Policy, now time.Time) (Item, *Book) {
	d := &decision{snapshot: s, policy: p, now: now, book: newBook(s)}
	item.Settled, item.Choice = "", Slot{}
	item.need = need{e: item.Interface, doomed: item.Doomed}
	items := []Item{item}
	d.assign(items)
	return items[0], d.book
}
