package plan

import (
	"math"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// SlotLedger counts the free slots of the candidates while they are reserved for interfaces, so that no slot is
// reserved twice. It is not safe for concurrent use.
type SlotLedger struct {
	snapshot  inventory.Snapshot
	held      map[string]int // managed interfaces that instances hold in the snapshot
	instances map[string]*instanceSlots
}

// instanceSlots is what is left on one instance.
type instanceSlots struct {
	free int   // slots left
	used []int // device indexes in use on network card 0
	held int   // managed interfaces on the instance
}

func newSlotLedger(s inventory.Snapshot) *SlotLedger { return openSlotLedger(s, heldIn(s)) }

// openSlotLedger makes the ledger of a snapshot, given the number of managed interfaces that each instance holds.
func openSlotLedger(s inventory.Snapshot, held map[string]int) *SlotLedger {
	return &SlotLedger{snapshot: s, held: held, instances: map[string]*instanceSlots{}}
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

// of returns the entry of an instance. It is made when it is first asked for, because a plan concerns a few of
// thousands of instances.
func (l *SlotLedger) of(instance string) *instanceSlots {
	if entry, ok := l.instances[instance]; ok {
		return entry
	}
	entry := &instanceSlots{held: l.held[instance]}
	if in, ok := l.snapshot.Instances[instance]; ok {
		entry.free = math.MaxInt32 // a type whose limits are unknown: EC2 will say
		if limit, ok := l.snapshot.Limits[in.Type]; ok {
			entry.free = max(0, min(limit.Card0-len(in.Card0), limit.Interfaces-in.Attached))
		}
		entry.used = slices.Clone(in.Card0)
	}
	l.instances[instance] = entry
	return entry
}

// free counts the slots of an instance that the interface could have. The one that it occupies there now
// is among them: it will be free by the time it is attached, for this interface only.
func (l *SlotLedger) free(instance string, e inventory.Interface) int {
	n := l.of(instance).free
	if e.Holder() == instance && n < math.MaxInt32 {
		n++
	}
	return n
}

// Fits reports whether the instance has a slot for the interface.
func (l *SlotLedger) Fits(instance string, e inventory.Interface) bool {
	return l.free(instance, e) > 0
}

// Reserve reserves a slot on the instance for the interface: at the device index that it has now, if that is
// free there, else at the lowest free one from 1 on, since EC2 documents no upper bound. It reports
// false if the instance has no slot left.
func (l *SlotLedger) Reserve(instance string, e inventory.Interface) (Slot, bool) {
	slot := Slot{Instance: instance, Index: 1}
	if e.Attachment != nil && e.Attachment.DeviceIndex > 0 {
		slot.Index = e.Attachment.DeviceIndex
	}
	if slot.own = e.Holder() == instance; slot.own {
		return slot, true
	}
	entry := l.of(instance)
	if entry.free <= 0 {
		return Slot{}, false
	}
	if slices.Contains(entry.used, slot.Index) {
		for slot.Index = 1; slices.Contains(entry.used, slot.Index); {
			slot.Index++
		}
	}
	entry.free--
	entry.held++
	entry.used = append(entry.used, slot.Index)
	return slot, true
}

// reserveAll reserves the slots of moves that are under way, unless the snapshot shows them in use already.
func (l *SlotLedger) reserveAll(slots []Slot) {
	for _, s := range slots {
		entry := l.of(s.Instance)
		if s.own || slices.Contains(entry.used, s.Index) {
			continue
		}
		entry.free--
		entry.held++
		entry.used = append(entry.used, s.Index)
	}
}

// Release gives a slot back.
func (l *SlotLedger) Release(s Slot) {
	if s.own {
		return
	}
	entry := l.of(s.Instance)
	entry.free++
	entry.held--
	if i := slices.Index(entry.used, s.Index); i >= 0 {
		entry.used = slices.Delete(entry.used, i, i+1)
	}
}

// IndexTaken records that EC2 found the device index of a slot taken, and returns the slot with the next free index.
func (l *SlotLedger) IndexTaken(s Slot) Slot {
	entry := l.of(s.Instance)
	next := s
	for slices.Contains(entry.used, next.Index) {
		next.Index++
	}
	entry.used = append(entry.used, next.Index)
	return next
}

// Full records that EC2 found no slot left on the instance.
func (l *SlotLedger) Full(instance string) { l.of(instance).free = 0 }
