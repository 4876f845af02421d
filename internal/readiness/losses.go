package readiness

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// maxLosses is how many losses in a row are tried.
	maxLosses = 9
	// maxLooks is how many instances and interfaces are looked at to count the losses of a group. In one with hundreds of
	// members and interfaces, not every interface is followed.
	maxLooks = 20_000
)

// losses counts the losses that a group's interfaces survive, as [Group] defines it.
func (w *world) losses(group []subject) (least int, note, weakest string) {
	looks, followed := 0, false
	least, note = maxLosses, LossesOrMore
	for _, x := range group {
		if reason, _ := w.policy.Untouchable(x.e); reason != "" {
			continue
		}
		if looks > maxLooks {
			return least, LossesAtMost, weakest
		}
		n, cost := w.follow(x)
		looks, followed = looks+cost, true
		if n < least {
			least, note, weakest = n, "", x.e.ID
		}
	}
	if !followed {
		return 0, "", ""
	}
	return least, note, weakest
}

// follow loses the holder of an interface, then the one that the interface went to, and so on, and returns how
// many of them were survived by every interface of its group, at the cost of how many instances looked at.
func (w *world) follow(x subject) (survived, cost int) {
	if x.dead {
		return 0, 0
	}
	f := &future{world: w, instances: map[string]inventory.Instance{}, gone: map[string]bool{}, moved: map[string]inventory.Interface{}}
	for n := range maxLosses {
		id := f.current(x.e).Holder()
		items, _ := f.lose(id)
		if slices.ContainsFunc(items, func(i plan.Item) bool {
			return i.Interface.Group == x.e.Group && i.Settled == plan.OutcomeStranded
		}) {
			return n, f.cost
		}
		f.apply(id, items)
	}
	return maxLosses, f.cost
}
