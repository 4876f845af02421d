package plan

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

var atNoon = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// ledgerOf makes the ledger of one instance that has a limit of slots on card 0 and these indexes in use.
func ledgerOf(limit int, used ...int) *SlotLedger {
	return newSlotLedger(inventory.Snapshot{
		Instances: map[string]inventory.Instance{"i-1": {ID: "i-1", Type: "m5", Card0: used, Attached: len(used)}},
		Limits:    map[string]inventory.Limits{"m5": {Interfaces: limit, Card0: limit}},
	})
}

func at(holder string, index int) inventory.Interface {
	if holder == "" {
		return inventory.Interface{ID: "eni-1"}
	}
	return inventory.Interface{ID: "eni-1", Attachment: &inventory.Attachment{Instance: holder, DeviceIndex: index}}
}

func TestReserveIndex(t *testing.T) {
	for _, tt := range []struct {
		name  string
		used  []int
		e     inventory.Interface
		index int
	}{
		{"the one it had", []int{0}, at("i-2", 4), 4},
		{"the one it had is taken", []int{0, 4}, at("i-2", 4), 1},
		{"the lowest free", []int{0, 1, 2, 4}, at("i-2", 4), 3},
		{"none before", []int{0}, at("", 0), 1},
		{"none before, the first is taken", []int{0, 1, 3}, at("", 0), 2},
		{"back where it is", []int{0, 4}, at("i-1", 4), 4},
		{"never 0", nil, at("i-2", 0), 1},
		{"an instance whose primary is unknown", []int{1}, at("i-2", 1), 2},
	} {
		slot, ok := ledgerOf(8, tt.used...).Reserve("i-1", tt.e)
		if !ok || slot.Instance != "i-1" || slot.Index != tt.index {
			t.Errorf("%s: %+v, %v", tt.name, slot, ok)
		}
	}
}

func TestSlotLedger(t *testing.T) {
	b := ledgerOf(3, 0)
	one, _ := b.Reserve("i-1", at("i-2", 1))
	two, ok := b.Reserve("i-1", at("i-3", 1))
	if !ok || one.Index != 1 || two.Index != 2 {
		t.Fatalf("took %+v and %+v, %v", one, two, ok)
	}
	if slot, ok := b.Reserve("i-1", at("", 0)); ok {
		t.Fatalf("took %+v of a full instance", slot)
	}
	b.Release(one)
	if slot, ok := b.Reserve("i-1", at("i-2", 1)); !ok || slot != one {
		t.Errorf("a slot that was given back: %+v, %v", slot, ok)
	}
	if next := b.IndexTaken(two); next.Index != 3 {
		t.Errorf("index 2 was taken: %+v", next)
	}
	b.Full("i-1")
	if slot, ok := b.Reserve("i-1", at("", 0)); ok {
		t.Errorf("took %+v of an exhausted instance", slot)
	}
	if slot, ok := b.Reserve("i-9", at("", 0)); ok {
		t.Errorf("took %+v of an instance that nobody knows", slot)
	}
	// A type whose limits are unknown: EC2 will say.
	b = newSlotLedger(inventory.Snapshot{Instances: map[string]inventory.Instance{"i-1": {ID: "i-1", Card0: []int{0}}}})
	seen := map[int]bool{}
	for range 20 {
		slot, ok := b.Reserve("i-1", at("i-2", 1))
		if !ok || seen[slot.Index] {
			t.Fatalf("took %+v, %v", slot, ok)
		}
		seen[slot.Index] = true
	}
}

// TestSlotLedgerIndexTaken: "the index tries the next index": each one that EC2 finds taken leads to another one that
// nobody was promised.
func TestSlotLedgerIndexTaken(t *testing.T) {
	b := ledgerOf(8, 0, 3)
	slot, _ := b.Reserve("i-1", at("", 0)) // 1
	mine, _ := b.Reserve("i-1", at("", 0)) // 2
	for _, want := range []int{4, 5, 6} {
		if slot = b.IndexTaken(slot); slot.Index != want || slot == mine {
			t.Fatalf("next is %+v, want index %d", slot, want)
		}
	}
	b.Release(slot)
	if again, _ := b.Reserve("i-1", at("", 0)); again.Index != 6 {
		t.Errorf("index %d after those that EC2 found taken", again.Index)
	}
}

// TestOwnSlot: the slot that an interface occupies on its holder is free for itself, and for itself only, in
// whatever order the interfaces come.
func TestOwnSlot(t *testing.T) {
	own, other := at("i-1", 1), at("i-2", 2)
	take := func(b *SlotLedger, list ...inventory.Interface) int {
		n := 0
		for _, e := range list {
			if _, ok := b.Reserve("i-1", e); ok {
				n++
			}
		}
		return n
	}
	if n := take(ledgerOf(2, 0, 1), own); n != 1 {
		t.Error("the holder is full, and its own interface can't stay")
	}
	if n := take(ledgerOf(2, 0, 1), other); n != 0 {
		t.Error("another interface took a slot that is occupied")
	}
	if n := take(ledgerOf(3, 0, 1), other, own); n != 2 {
		t.Errorf("one slot is free, one is its own: %d of 2 took one, the other first", n)
	}
	if n := take(ledgerOf(3, 0, 1), own, other); n != 2 {
		t.Errorf("one slot is free, one is its own: %d of 2 took one, the own first", n)
	}
}

// TestSlotLedgerRandom: against a plain count, over random reservations and releases.
func TestSlotLedgerRandom(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 300 {
		limit, used := 1+r.IntN(5), []int{0}
		for range r.IntN(3) {
			used = append(used, len(used)+r.IntN(2))
		}
		slices.Sort(used)
		used = slices.Compact(used)
		b := ledgerOf(limit, used...)
		given := map[int]bool{}
		for range 30 {
			if r.IntN(3) == 0 && len(given) > 0 {
				index := slices.Sorted(maps.Keys(given))[r.IntN(len(given))]
				b.Release(Slot{Instance: "i-1", Index: index})
				delete(given, index)
				continue
			}
			slot, ok := b.Reserve("i-1", at("i-2", 1+r.IntN(3)))
			if want := len(given)+len(used) < limit; ok != want {
				t.Fatalf("seed %d, round %d: took %v with %d in use, %d given, of %d", seed, round, ok, len(used), len(given), limit)
			}
			if ok && (given[slot.Index] || slices.Contains(used, slot.Index)) {
				t.Fatalf("seed %d, round %d: index %d twice", seed, round, slot.Index)
			}
			if ok {
				given[slot.Index] = true
			}
		}
	}
}
