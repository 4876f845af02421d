package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// manual plans for a person's request: to move one interface, or those of a group that one instance holds.
func (d *decision) manual() Plan {
	scope, refused := d.requested()
	if refused != nil {
		return *refused
	}
	// Without from, a group is moved off its one holder. From several it must not be guessed which one is meant.
	on := holders(d.movable(d.unmoved(scope)))
	if d.trigger.Group != "" && d.trigger.From == "" && len(on) > 1 {
		return Plan{Refused: ReasonSeveralHolders, Detail: fmt.Sprintf("the interfaces of group %s are on several instances (%s); next: name one in from, or an interface in networkInterfaceId",
			d.trigger.Group, strings.Join(on, ", "))}
	}
	if len(on) == 1 && on[0] != d.trigger.Target {
		d.relieved = on[0]
	}
	var plan Plan
	for _, e := range scope {
		plan.Items = append(plan.Items, d.requestItem(e))
	}
	return plan
}

// unmoved leaves out the interfaces that were attached after the request: an earlier delivery may have moved them, and was
// cut off before it moved the others.
func (d *decision) unmoved(interfaces []inventory.Interface) []inventory.Interface {
	return slices.DeleteFunc(slices.Clone(interfaces), func(e inventory.Interface) bool { return !e.Released() && d.attachedSince(e, d.trigger.Time) })
}

// attachedSince reports whether an interface was attached after a request of the given time, and not by our own return.
func (d *decision) attachedSince(e inventory.Interface, request time.Time) bool {
	return !request.IsZero() && !e.Attachment.AttachTime.Before(request) && !d.returnedSince(e, request)
}

// movable leaves out the interfaces that the request can't move, so that it does not matter where they are. It leaves
// paused ones out, too: the person who asks names the service to be moved, and hears that this interface stays.
func (d *decision) movable(interfaces []inventory.Interface) []inventory.Interface {
	return slices.DeleteFunc(slices.Clone(interfaces), func(e inventory.Interface) bool {
		reason, _ := d.policy.Untouchable(e)
		return reason != ""
	})
}

// requested returns the interfaces that a request or an alarm names, or the plan that refuses it.
func (d *decision) requested() ([]inventory.Interface, *Plan) {
	t := d.trigger
	var scope []inventory.Interface
	from, known := d.snapshot.Instances[t.From]
	for _, e := range d.snapshot.Interfaces {
		// Released interfaces in another Availability Zone were not left by from.
		elsewhere := t.Interface == "" && known && from.AZ != "" && e.Released() && e.AZ != from.AZ
		if names(t, e) && !elsewhere {
			scope = append(scope, e)
		}
	}
	switch {
	case t.Group != "" && !d.policy.Serves(t.Group):
		return nil, &Plan{Ignored: ReasonGroupNotServed, Detail: "group " + t.Group + " is not among those that this deployment serves (GROUPS)"}
	case len(scope) == 0 && t.Interface != "":
		return nil, &Plan{Refused: ReasonNotManaged, Detail: fmt.Sprintf("%s does not exist or does not carry the tag %s; next: correct its id, or tag it", t.Interface, inventory.TagGroup)}
	case len(scope) == 0:
		return nil, &Plan{Refused: ReasonNotManaged, Detail: fmt.Sprintf("no interface carries the tag %s with the value %s; next: correct the group, or tag its interfaces", inventory.TagGroup, t.Group)}
	}
	return scope, nil
}

// holders lists the instances that hold any of the interfaces and do not lose them, sorted.
func holders(interfaces []inventory.Interface) []string {
	var ids []string
	for _, e := range interfaces {
		if !e.Released() && !slices.Contains(ids, e.Holder()) {
			ids = append(ids, e.Holder())
		}
	}
	slices.Sort(ids)
	return ids
}

// requestItem makes the item for one interface that a person wants moved.
func (d *decision) requestItem(e inventory.Interface) Item {
	if reason, detail := d.policy.Untouchable(e); reason != "" {
		item := d.settled(e, OutcomeIgnored, reason, detail)
		// A person who names one interface must hear that it stays. A group is moved without those that can't move.
		item.Refused = reason == ReasonPaused || (reason != ReasonGroupNotServed && d.trigger.Interface != "")
		return item
	}
	if item, ok := d.requestMet(e); ok {
		return item
	}
	item := d.requestedMove(e)
	// A person may allow force off a holder that is well, but not sooner than after the grace.
	if d.trigger.Force && !item.Force.Allowed {
		item.Force.Allowed, item.Force.After = true, d.policy.DetachGrace
	}
	return item
}

// requestedMove makes the item for an interface that a request moves or attaches.
func (d *decision) requestedMove(e inventory.Interface) Item {
	id := d.doomedByRequest(e)
	if id == "" {
		return d.attach(e, unforced)
	}
	doomed := d.instance(id)
	item := d.move(e, doomed, urgencyOf(unforced, doomed.State))
	item.WriteLeftTag = !e.Released() && doomed.State == inventory.StateRunning
	// A released interface must not go to the instance that the others of its group leave, either.
	if item.Settled == "" && d.relieved != "" && d.relieved != id {
		item.need.alsoDoomed = []string{d.relieved}
	}
	return item
}

// doomedByRequest returns the instance that a request takes the interface from; empty if the interface is attached to
// no instance, and nothing tells where it was.
func (d *decision) doomedByRequest(e inventory.Interface) string {
	switch {
	case d.trigger.From != "":
		return d.trigger.From
	case e.Holder() != "" && e.Holder() != d.trigger.Target:
		return e.Holder()
	case e.Holder() == "" && e.LeftTag.Instance != "" && e.LeftTag.Instance != d.trigger.Target:
		return e.LeftTag.Instance
	}
	return d.relieved
}

// requestMet settles an interface that is where the request wants it already, so that a request that is delivered twice
// does not move it back. It reports false for an interface that the request moves.
func (d *decision) requestMet(e inventory.Interface) (Item, bool) {
	if e.Released() {
		return Item{}, false
	}
	t, a := d.trigger, e.Attachment
	switch {
	case t.Target == a.Instance:
		return d.settled(e, OutcomeNothingToDo, ReasonAlreadyThere, "it is attached to "+a.Instance+" already"), true
	case d.attachedSince(e, t.Time):
		return d.settled(e, OutcomeNothingToDo, ReasonAttachmentNewer, fmt.Sprintf("it was attached to %s at %s, after the request of %s",
			a.Instance, a.AttachTime.UTC().Format(timeFormat), t.Time.UTC().Format(timeFormat))), true
	case t.From != "" && t.From != a.Instance:
		item := d.settled(e, OutcomeNothingToDo, ReasonNotOnFrom, fmt.Sprintf("it is attached to %s, not to %s", a.Instance, t.From))
		item.Refused = t.Target != "" && t.Interface != ""
		return item, true
	}
	return Item{}, false
}

const timeFormat = "2006-01-02T15:04:05Z07:00"
