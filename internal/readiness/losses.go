package readiness

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// maxLosses limits how many losses in a row are tried.
	maxLosses = 9
	// maxReads limits how many instances and interfaces are read to count the losses of a group. In a group of hundreds
	// of members and interfaces, this leaves some interfaces out.
	maxReads = 20_000
)

// losses counts the losses that a group's interfaces survive, as [Group] defines them.
func (w *world) losses(group []subject) (least int, note, weakest string) {
	reads, movable := 0, false
	least, note = maxLosses, LossesOrMore
	for _, x := range group {
		if reason, _ := w.policy.Untouchable(x.e); reason != "" {
			continue
		}
		if reads > maxReads {
			return least, LossesAtMost, weakest
		}
		survived, read := w.survive(x)
		reads, movable = reads+read, true
		if survived < least {
			least, note, weakest = survived, "", x.e.ID
		}
	}
	if !movable {
		return 0, "", ""
	}
	return least, note, weakest
}

// survive loses the holder of an interface, then the instance to which the interface went, and so on. It counts how many of
// these losses every interface of the group survived, and how many instances and interfaces it read for that.
func (w *world) survive(x subject) (survived, reads int) {
	if x.unserved {
		return 0, 0
	}
	f := &future{world: w, instances: map[string]inventory.Instance{}, lost: map[string]bool{}, moved: map[string]inventory.Interface{}}
	for n := range maxLosses {
		id := f.current(x.e).Holder()
		items, _ := f.lose(id)
		if slices.ContainsFunc(items, func(i plan.Item) bool {
			return i.Interface.Group == x.e.Group && i.Settled == plan.OutcomeStranded
		}) {
			return n, f.reads
		}
		f.apply(id, items)
	}
	return maxLosses, f.reads
}
