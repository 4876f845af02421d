package plan

import (
	"math"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Book counts the slots of the candidates as they are given to interfaces, so that nothing is promised
// twice. It is not safe for concurrent use.
type Book struct {
	slots map[string]int   // free slots by instance
	used  map[string][]int // device indexes in use on network card 0
	held  map[string]int   // managed interfaces on the instance
}

func newBook(s inventory.Snapshot) *Book {
	b := &Book{slots: map[string]int{}, used: map[string][]int{}, held: map[string]int{}}
	for id, in := range s.Instances {
		b.slots[id] = math.MaxInt32 // a type whose limits are unknown: EC2 will say
		if limit, ok := s.Limits[in.Type]; ok {
			b.slots[id] = max(0, min(limit.Card0-len(in.Card0), limit.Interfaces-in.Attached))
		}
		b.used[id] = slices.Clone(in.Card0)
		b.held[id] = s.ManagedOn(id)
	}
	return b
}

// free counts the slots of an instance that the interface could have. The one that it occupies there now
// is among them: it will be free by the time it is attached, for this interface only.
func (b *Book) free(instance string, e inventory.Interface) int {
	n := b.slots[instance]
	if e.Holder() == instance && n < math.MaxInt32 {
		n++
	}
	return n
}

// Room reports whether the instance has a slot for the interface.
func (b *Book) Room(instance string, e inventory.Interface) bool { return b.free(instance, e) > 0 }

// Take books a slot on the instance for the interface: at the device index that it has now, if that is
// free there, else at the lowest free one from 1 on, since EC2 documents no upper bound. It reports
// false if the instance has no slot left.
func (b *Book) Take(instance string, e inventory.Interface) (Slot, bool) {
	slot := Slot{Instance: instance, Index: 1}
	if e.Attachment != nil && e.Attachment.DeviceIndex > 0 {
		slot.Index = e.Attachment.DeviceIndex
	}
	if slot.own = e.Holder() == instance; slot.own {
		return slot, true
	}
	if b.slots[instance] <= 0 {
		return Slot{}, false
	}
	if slices.Contains(b.used[instance], slot.Index) {
		for slot.Index = 1; slices.Contains(b.used[instance], slot.Index); {
			slot.Index++
		}
	}
	b.slots[instance]--
	b.held[instance]++
	b.used[instance] = append(b.used[instance], slot.Index)
	return slot, true
}

// Release gives a slot back.
func (b *Book) Release(s Slot) {
	if s.own {
		return
	}
	b.slots[s.Instance]++
	b.held[s.Instance]--
	if i := slices.Index(b.used[s.Instance], s.Index); i >= 0 {
		b.used[s.Instance] = slices.Delete(b.used[s.Instance], i, i+1)
	}
}

// Occupy notes that EC2 found the slot's index taken, and gives the slot with the next free one.
func (b *Book) Occupy(s Slot) Slot {
	next := s
	for slices.Contains(b.used[s.Instance], next.Index) {
		next.Index++
	}
	b.used[s.Instance] = append(b.used[s.Instance], next.Index)
	return next
}

// Exhaust notes that EC2 found no slot left on the instance.
func (b *Book) Exhaust(instance string) { b.slots[instance] = 0 }
