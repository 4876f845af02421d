package plan

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// unreachable plans for interfaces at which nothing answers, as the probe or a monitor says. EC2's status checks do not
// contradict it: that a service is dead on an instance which is well is what they can't see.
func (d *decision) unreachable() Plan {
	d.suspects = map[string]string{}
	for _, p := range d.trigger.Unanswered {
		d.suspects[p.Interface] = p.Instance
	}
	items := d.probedItems(d.trigger.Unanswered, d.unreachableItem)
	d.excludeSuspects(items)
	return probedPlan(d.addAnswered(items))
}

// excludeSuspects makes each instance that a verdict relieves no candidate for any interface of the event: an interface
// must not go from one host that does not answer to another.
func (d *decision) excludeSuspects(items []Item) {
	var doomed []string
	for _, item := range items {
		if item.Settled == "" && item.Doomed != "" {
			doomed = insert(doomed, item.Doomed)
		}
	}
	for n := range items {
		items[n].need.alsoDoomed = doomed
	}
}

// unreachableItem makes the item for an interface at which nothing answers.
func (d *decision) unreachableItem(e inventory.Interface, p trigger.ProbedInterface) Item {
	if e.Released() {
		return d.unreachableReleased(e, p)
	}
	holder := d.instance(e.Holder())
	item := d.move(e, holder, urgencyOf(unreachable, holder.State))
	if item.Settled != "" {
		return item
	}
	if outcome, reason, detail := d.ignoreVerdict(e, holder, p); reason != "" {
		return d.settled(e, outcome, reason, detail)
	}
	// A stopped instance needs no tag: the rules of eligibility refuse it by its state.
	item.WriteLeftTag = holder.State == inventory.StateRunning
	item.OneAttachment = true
	return item
}

// unreachableReleased makes the item for an interface that no instance serves any more: a retry after a crash finds it so.
// It has to be attached whether the verdict is right or not, but not to the instance that a confirmed verdict is about.
func (d *decision) unreachableReleased(e inventory.Interface, p trigger.ProbedInterface) Item {
	id := p.Instance
	if e.Holder() != "" && (p.Attachment == e.AttachmentID() || (p.Attachment == "" && id == "")) {
		id = e.Holder()
	}
	suspect := d.instance(id)
	reason, _ := d.formerRun(suspect)
	if id == "" || reason != "" || p.Unconfirmed {
		return d.attach(e, unforced)
	}
	item := d.move(e, suspect, urgencyOf(unreachable, suspect.State))
	item.OneAttachment = true
	return item
}

// ignoreVerdict says why a verdict on an attached interface does not count; empty if it does.
func (d *decision) ignoreVerdict(e inventory.Interface, holder inventory.Instance, p trigger.ProbedInterface) (Outcome, Reason, string) {
	a, at := e.Attachment, d.trigger.Time
	other := p.Instance != "" && p.Instance != a.Instance
	// Our own return makes a new attachment. It is not a reason to refuse the retry of the verdict that caused it.
	retry := !other && d.causedReturn(e, at)
	asked := p.Attachment
	switch {
	case retry:
	case other, asked != "" && asked != a.ID:
		return OutcomeSuperseded, ReasonAttachmentNewer, fmt.Sprintf("it is on %s (%s) by now, and what did not answer is %s",
			a.Instance, a.ID, describeAsked(p))
	case asked == "" && at.Before(a.AttachTime):
		return OutcomeSuperseded, ReasonAttachmentNewer, fmt.Sprintf("the verdict is of %s, and %s has had the interface since %s: it is about the attachment before",
			at.UTC().Format(timeFormat), a.Instance, a.AttachTime.UTC().Format(timeFormat))
	}
	if reason, detail := d.formerRun(holder); reason != "" {
		return OutcomeIgnored, reason, detail
	}
	if reason, detail := d.coolingDown(e, at); reason != "" && !retry {
		return OutcomeIgnored, reason, detail
	}
	if p.Unconfirmed && !d.confirms(holder) {
		return OutcomeIgnored, ReasonUnconfirmed, fmt.Sprintf("the prober can't tell its own trouble from that of %s, and EC2 says nothing against the instance", holder.ID)
	}
	return "", "", ""
}

// describeAsked names what a verdict is about: an attachment, or else an instance.
func describeAsked(p trigger.ProbedInterface) string {
	if p.Attachment != "" {
		return p.Attachment
	}
	return p.Instance
}

// confirms reports whether EC2 says something against the holder that bears out an unconfirmed verdict: it does not run,
// or one of its status checks is not ok. What is unknown bears out nothing.
func (d *decision) confirms(holder inventory.Instance) bool {
	switch holder.State {
	case inventory.StateUnasked:
	case inventory.StateUnseen:
		d.doubt(holder)
	case inventory.StateStopping, inventory.StateStopped:
		d.doubt(holder)
		return true
	case inventory.StatePending, inventory.StateShuttingDown, inventory.StateTerminated, inventory.StateMissing:
		return true
	case inventory.StateRunning:
		h := holder.Health
		return !okOrUnknown(h.System) || !okOrUnknown(h.Instance) || !okOrUnknown(h.EBS) || !okOrUnknown(h.Application)
	}
	return false
}
