package plan

import (
	"fmt"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// reached plans for interfaces that have answered the probe for the first time on their attachments. Nothing moves. The
// tag that is written arms the probe: from then on its silence on this attachment counts.
func (d *decision) reached() Plan {
	return probedPlan(d.probedItems(d.trigger.Answered, d.reachedItem))
}

// addAnswered adds to the items of a verdict the interfaces that have answered in the same run of the probe. One that has
// answered and then fell silent keeps its item; its tag is written if it does not move, since without the tag no later run
// could say that it is silent.
func (d *decision) addAnswered(items []Item) []Item {
	for _, answered := range d.probedItems(d.trigger.Answered, d.reachedItem) {
		n := slices.IndexFunc(items, func(item Item) bool { return item.Interface.ID == answered.Interface.ID })
		if n < 0 {
			items = append(items, answered)
		} else {
			items[n].WriteReachedTag = answered.WriteReachedTag
		}
	}
	return items
}

// reachedItem makes the item for an interface that has answered.
func (d *decision) reachedItem(e inventory.Interface, p trigger.ProbedInterface) Item {
	if reason, detail := d.policy.Untouchable(e); reason != "" {
		return d.settled(e, OutcomeIgnored, reason, detail)
	}
	if e.Released() || e.AttachmentID() != p.Attachment {
		return d.settled(e, OutcomeSuperseded, ReasonAttachmentNewer, fmt.Sprintf("what has answered is %s, which is not its attachment any more", p.Attachment))
	}
	item := d.settled(e, OutcomeNothingToDo, ReasonReached, fmt.Sprintf("the probe has been answered on %s", p.Attachment))
	item.WriteReachedTag = !e.Reached()
	return item
}
