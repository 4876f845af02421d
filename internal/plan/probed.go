package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// probedItems makes an item for each interface in a list of an event of the probe or of a monitor; decide makes that of a
// managed one.
func (d *decision) probedItems(list []trigger.ProbedInterface, decide func(inventory.Interface, trigger.ProbedInterface) Item) []Item {
	managed := map[string]int{}
	for n, e := range d.snapshot.Interfaces {
		managed[e.ID] = n
	}
	var items []Item
	for _, p := range list {
		if n, ok := managed[p.Interface]; ok {
			items = append(items, decide(d.snapshot.Interfaces[n], p))
		} else {
			items = append(items, unmanaged(p))
		}
	}
	return items
}

// probedPlan makes the plan of the items for an event of the probe. An event that names no managed interface is ignored or
// refused as a whole.
func probedPlan(items []Item) Plan {
	slices.SortFunc(items, func(a, b Item) int { return strings.Compare(a.Interface.ID, b.Interface.ID) })
	if !slices.ContainsFunc(items, func(item Item) bool { return item.Reason != ReasonNotManaged }) {
		return unmanagedAll(items)
	}
	return Plan{Items: items}
}

// unmanaged makes the item for an interface that is not tagged, or does not exist. The probe knows an attachment, so the
// interface was managed a moment ago. A monitor without one most likely has a wrong id: a person has to correct it.
func unmanaged(p trigger.ProbedInterface) Item {
	item := Item{
		Interface: inventory.Interface{ID: p.Interface}, Settled: OutcomeIgnored, Reason: ReasonNotManaged,
		Detail: fmt.Sprintf("%s does not exist or does not carry the tag %s", p.Interface, inventory.TagGroup),
	}
	if p.Attachment == "" {
		item.Settled, item.Refused, item.Next = OutcomeFailed, true, "correct its id, or tag it"
	}
	return item
}

// unmanagedAll makes the plan for an event that names no managed interface.
func unmanagedAll(items []Item) Plan {
	first := items[0]
	for _, item := range items {
		if item.Refused {
			first = item
			break
		}
	}
	detail := first.Explanation()
	if n := len(items) - 1; n > 0 {
		detail = fmt.Sprintf("%s (and %d more interfaces)", detail, n)
	}
	if first.Refused {
		return Plan{Refused: ReasonNotManaged, Detail: detail}
	}
	return Plan{Ignored: ReasonNotManaged, Detail: detail}
}
