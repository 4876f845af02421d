package plan

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// reached plans for interfaces that have answered the probe for the first time on their attachments. Nothing moves. The
// tag that is written arms the probe: from then on its silence on this attachment counts.
func (d *decision) reached() Plan { return d.probed(d.reachedItem) }

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
