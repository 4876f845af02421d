package plan

import (
	"math"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Book counts the slots of the candidates as they are given to interfaces, so that nothing is promised
// twice. It is not safe for concurrent use.
type Book struct {
	snapshot inventory.Snapshot
	held     map[string]int // managed interfaces that instances hold in the snapshot
	accounts map[string]*account
}

// account is what is left on one instance.
type account struct {
	slots int   // free ones
	used  []int // device indexes in use on network card 0
	held  int   // managed interfaces on the instance
}

func newBook(s inventory.Snapshot) *Book { return openBook(s, heldIn(s)) }

// openBook opens a book of a snapshot in which the instances hold so many managed interfaces.
func openBook(s inventory.Snapshot, held map[string]int) *Book {
	return &Book{snapshot: s, held: held, accounts: map[string]*account{}}
}

// heldIn counts the managed interfaces that each instance holds.
func heldIn(s inventory.Snapshot) map[string]int {
	held := map[string]int{}
	for _, e := range s.Interfaces {
		if id := e.Holder(); id != "" {
			held[id]++
		}
	}
	return held
}

// of is the account of an instance. It is opened when it is first asked for: of thousands of instances a
// plan concerns a few.
func (b *Book) of(instance string) *account {
	if a, ok := b.accounts[instance]; ok {
		return a
	}
	a := &account{held: b.held[instance]}
	if in, ok := b.snapshot.Instances[instance]; ok {
		a.slots = math.MaxInt32 // a type whose limits are unknown: EC2 will say
		if limit, ok := b.snapshot.Limits[in.Type]; ok {
			a.slots = max(0, min(limit.Card0-len(in.Card0), limit.Interfaces-in.Attached))
		}
		a.used = slices.Clone(in.Card0)
	}
	b.accounts[instance] = a
	return a
}

// free counts the slots of an instance that the interface could have. The one that it occupies there now
// is among them: it will be free by the time it is attached, for this interface only.
func (b *Book) free(instance string, e inventory.Interface) int {
	n := b.of(instance).slots
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
	a := b.of(instance)
	if a.slots <= 0 {
		return Slot{}, false
	}
	if slices.Contains(a.used, slot.Index) {
		for slot.Index = 1; slices.Contains(a.used, slot.Index); {
			slot.Index++
		}
	}
	a.slots--
	a.held++
	a.used = append(a.used, slot.Index)
	return slot, true
}

// reserve books the slots of moves under way, unless the snapshot shows them in use already.
func (b *Book) reserve(slots []Slot) {
	for _, s := range slots {
		a := b.of(s.Instance)
		if s.own || slices.Contains(a.used, s.Index) {
			continue
		}
		a.slots--
		a.held++
		a.used = append(a.used, s.Index)
	}
}

// Release gives a slot back.
func (b *Book) Release(s Slot) {
	if s.own {
		return
	}
	a := b.of(s.Instance)
	a.slots++
	a.held--
	if i := slices.Index(a.used, s.Index); i >= 0 {
		a.used = slices.Delete(a.used, i, i+1)
	}
}

// Occupy notes that EC2 found the slot's index taken, and gives the slot with the next free one.
func (b *Book) Occupy(s Slot) Slot {
	a := b.of(s.Instance)
	next := s
	for slices.Contains(a.used, next.Index) {
		next.Index++
	}
	a.used = append(a.used, next.Index)
	return next
}

// Exhaust notes that EC2 found no slot left on the instance.
func (b *Book) Exhaust(instance string) { b.of(instance).slots = 0 }
