package plan

import (
	"math"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// FreeSlots counts the interfaces that an instance can take besides those that it has: on network card 0, where
// interfaces are attached, and on all cards together.
func FreeSlots(in inventory.Instance, limits inventory.Limits) int {
	return max(0, min(limits.Card0-len(in.Card0), limits.Interfaces-in.Attached))
}

// SlotLedger counts the free slots of the candidates while they are reserved for interfaces, so that no slot is
// reserved twice. It is not safe for concurrent use.
type SlotLedger struct {
	snapshot  inventory.Snapshot
	held      map[string]int // managed interfaces by holder, in the snapshot
	instances map[string]*instanceSlots
}

// instanceSlots holds the slots of one instance, with those that are reserved.
type instanceSlots struct {
	free int // slots that are neither in use nor reserved; negative if more are reserved than EC2 shows free
	// unlimited reports whether the limits of the instance's type are unknown: then no slot counts as used up.
	unlimited bool
	used      []int // device indexes of network card 0 that are in use or reserved
	held      int   // managed interfaces that the instance has or gets
}

// newSlotLedger makes the ledger of a snapshot, in which nothing is reserved. The number of managed interfaces that each
// instance holds is given, so that it is counted once for many ledgers: see heldIn.
func newSlotLedger(s inventory.Snapshot, held map[string]int) *SlotLedger {
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
		limit, known := l.snapshot.Limits[in.Type]
		entry.free = FreeSlots(in, limit)
		if !known { // EC2 will say
			entry.free, entry.unlimited = math.MaxInt32, true
		}
		entry.used = slices.Clone(in.Card0)
	}
	l.instances[instance] = entry
	return entry
}

// freeFor counts the slots that an interface could have. If the instance is its holder, the slot that it occupies there now
// is among them: by the time of the attach it is free, for this interface only.
func (l *SlotLedger) freeFor(instance string, n *need) int {
	entry := l.of(instance)
	free := entry.free
	if entry.unlimited && n.serving {
		// Hope is no reason to take an interface off an instance that serves. An instance of the holder's type takes as many
		// interfaces as the holder has, at least.
		free = 0
		if in := l.snapshot.Instances[instance]; in.Type == n.shownBy {
			free = FreeSlots(in, n.shown) - (math.MaxInt32 - entry.free)
		}
	}
	if n.e.Holder() == instance && free < math.MaxInt32 {
		free++
	}
	return free
}

// needs returns what the item's interface needs.
func (i Item) needs() *need {
	i.need.e = i.Interface
	return &i.need
}

// Fits reports whether the instance has a slot for the item's interface.
func (l *SlotLedger) Fits(instance string, i Item) bool { return l.freeFor(instance, i.needs()) > 0 }

// ShownFull reports whether a later answer about an instance shows no free slot. What is reserved there does not count.
func (l *SlotLedger) ShownFull(in inventory.Instance) bool {
	limit, ok := l.snapshot.Limits[in.Type]
	return ok && FreeSlots(in, limit) <= 0
}

// Reserve reserves a slot on the instance for the item's interface, and reports whether one was left. The slot has the device
// index that the interface has now, if that is free there, else the lowest free one from 1 on. EC2 documents no upper
// bound (AttachNetworkInterface in the EC2 API reference).
func (l *SlotLedger) Reserve(instance string, i Item) (Slot, bool) {
	return l.reserve(instance, i.needs())
}

// reserve reserves a slot of those that freeFor counts.
func (l *SlotLedger) reserve(instance string, n *need) (Slot, bool) {
	e := n.e
	slot := Slot{Instance: instance, Index: 1}
	if e.Attachment != nil && e.Attachment.DeviceIndex > 0 {
		slot.Index = e.Attachment.DeviceIndex
	}
	if slot.own = e.Holder() == instance; slot.own {
		return slot, true
	}
	entry := l.of(instance)
	if l.freeFor(instance, n) <= 0 {
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

// reserveAll reserves the slots of moves that are under way, but for those that the snapshot shows in use already.
func (l *SlotLedger) reserveAll(slots []Slot) {
	for _, s := range slots {
		entry := l.of(s.Instance)
		if s.own || slices.Contains(entry.used, s.Index) { // the interface has arrived, or another took the index
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

// IndexTaken records that EC2 has found the device index of a slot taken: by an interface that the snapshot does not show
// there, which has a slot, too. It returns the slot with the next free index, and reports false if none is left.
func (l *SlotLedger) IndexTaken(s Slot) (Slot, bool) {
	entry := l.of(s.Instance)
	entry.free--
	if entry.free < 0 {
		return Slot{}, false
	}
	next := s
	for slices.Contains(entry.used, next.Index) {
		next.Index++
	}
	entry.used = append(entry.used, next.Index)
	return next, true
}

// hold counts a managed interface on an instance that the snapshot's interfaces do not show there yet.
func (l *SlotLedger) hold(instance string) {
	l.of(instance).held++
	l.held[instance]++
}

// reserved reports whether a slot on the instance is reserved that it had not given when the snapshot was read.
func (l *SlotLedger) reserved(instance string) bool {
	return l.of(instance).held > l.held[instance]
}

// Full records that EC2 has found no slot left on the instance.
func (l *SlotLedger) Full(instance string) { l.of(instance).free = 0 }
