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

// ledgerOf makes the ledger of the instance i-1, which has a limit of slots on card 0 and these indexes in use.
func ledgerOf(limit int, used ...int) *SlotLedger {
	return newSlotLedger(inventory.Snapshot{
		Instances: map[string]inventory.Instance{"i-1": {ID: "i-1", Type: "m5", Card0: used, Attached: len(used)}},
		Limits:    map[string]inventory.Limits{"m5": {Interfaces: limit, Card0: limit}},
	}, nil)
}

// attachedTo makes the interface eni-1, attached at a device index of an instance; unattached if the instance is empty.
func attachedTo(holder string, index int) inventory.Interface {
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
		{"the one it had", []int{0}, attachedTo("i-2", 4), 4},
		{"the one it had is taken", []int{0, 4}, attachedTo("i-2", 4), 1},
		{"the lowest free", []int{0, 1, 2, 4}, attachedTo("i-2", 4), 3},
		{"none before", []int{0}, attachedTo("", 0), 1},
		{"none before, the first is taken", []int{0, 1, 3}, attachedTo("", 0), 2},
		{"back where it is", []int{0, 4}, attachedTo("i-1", 4), 4},
		{"never 0", nil, attachedTo("i-2", 0), 1},
		{"an instance whose primary is unknown", []int{1}, attachedTo("i-2", 1), 2},
	} {
		slot, ok := ledgerOf(8, tt.used...).Reserve("i-1", Item{Interface: tt.e})
		if !ok || slot.Instance != "i-1" || slot.Index != tt.index {
			t.Errorf("%s: %+v, %v", tt.name, slot, ok)
		}
	}
}

func TestSlotLedger(t *testing.T) {
	ledger := ledgerOf(3, 0)
	one, _ := ledger.Reserve("i-1", Item{Interface: attachedTo("i-2", 1)})
	two, ok := ledger.Reserve("i-1", Item{Interface: attachedTo("i-3", 1)})
	if !ok || one.Index != 1 || two.Index != 2 {
		t.Fatalf("took %+v and %+v, %v", one, two, ok)
	}
	if slot, ok := ledger.Reserve("i-1", Item{Interface: attachedTo("", 0)}); ok {
		t.Fatalf("took %+v of a full instance", slot)
	}
	ledger.Release(one)
	if slot, ok := ledger.Reserve("i-1", Item{Interface: attachedTo("i-2", 1)}); !ok || slot != one {
		t.Errorf("a slot that was given back: %+v, %v", slot, ok)
	}
	if next, ok := ledger.IndexTaken(two); ok {
		t.Errorf("index 2 was taken on an instance that is full then: %+v", next)
	}
	roomy := ledgerOf(4, 0)
	one, _ = roomy.Reserve("i-1", Item{Interface: attachedTo("i-2", 1)})
	if next, ok := roomy.IndexTaken(one); !ok || next.Index != 2 {
		t.Errorf("index 1 was taken: %+v, %v", next, ok)
	}
	if slot, ok := roomy.Reserve("i-1", Item{Interface: attachedTo("", 0)}); !ok || slot.Index != 3 {
		t.Errorf("two of three slots are gone: %+v, %v", slot, ok)
	}
	if slot, ok := roomy.Reserve("i-1", Item{Interface: attachedTo("", 0)}); ok {
		t.Errorf("took %+v of an instance whose slots are gone", slot)
	}
	ledger.Full("i-1")
	if slot, ok := ledger.Reserve("i-1", Item{Interface: attachedTo("", 0)}); ok {
		t.Errorf("took %+v of an exhausted instance", slot)
	}
	if slot, ok := ledger.Reserve("i-9", Item{Interface: attachedTo("", 0)}); ok {
		t.Errorf("took %+v of an instance that is not in the snapshot", slot)
	}
	// A later answer may show that another invocation has taken the last slot.
	for in, full := range map[*inventory.Instance]bool{
		{ID: "i-1", Type: "m5", Attached: 2}: false, {ID: "i-1", Type: "m5", Attached: 3}: true, {ID: "i-1", Type: "m6", Attached: 3}: false,
	} {
		if got := ledger.ShownFull(*in); got != full {
			t.Errorf("%+v is full: %v", *in, got)
		}
	}
	// The limits of the type are unknown, so EC2 decides.
	ledger = newSlotLedger(inventory.Snapshot{Instances: map[string]inventory.Instance{"i-1": {ID: "i-1", Card0: []int{0}}}}, nil)
	seen := map[int]bool{}
	for range 20 {
		slot, ok := ledger.Reserve("i-1", Item{Interface: attachedTo("i-2", 1)})
		if !ok || seen[slot.Index] {
			t.Fatalf("took %+v, %v", slot, ok)
		}
		seen[slot.Index] = true
	}
}

// TestSlotLedgerIndexTaken: "the index tries the next index": each index that EC2 finds taken leads to one that is not
// reserved for another interface.
func TestSlotLedgerIndexTaken(t *testing.T) {
	ledger := ledgerOf(8, 0, 3)
	slot, _ := ledger.Reserve("i-1", Item{Interface: attachedTo("", 0)}) // 1
	mine, _ := ledger.Reserve("i-1", Item{Interface: attachedTo("", 0)}) // 2
	for _, want := range []int{4, 5, 6} {
		if slot, _ = ledger.IndexTaken(slot); slot.Index != want || slot == mine {
			t.Fatalf("next is %+v, want index %d", slot, want)
		}
	}
	ledger.Release(slot)
	if next, _ := ledger.Reserve("i-1", Item{Interface: attachedTo("", 0)}); next.Index != 6 {
		t.Errorf("index %d after those that EC2 found taken", next.Index)
	}
}

// TestOwnSlot: the slot that an interface occupies on its holder is free for this interface only, in whatever order the
// interfaces come.
func TestOwnSlot(t *testing.T) {
	own, other := attachedTo("i-1", 1), attachedTo("i-2", 2)
	reserve := func(ledger *SlotLedger, list ...inventory.Interface) int {
		n := 0
		for _, e := range list {
			if _, ok := ledger.Reserve("i-1", Item{Interface: e}); ok {
				n++
			}
		}
		return n
	}
	if n := reserve(ledgerOf(2, 0, 1), own); n != 1 {
		t.Error("the holder is full, and its own interface can't stay")
	}
	if n := reserve(ledgerOf(2, 0, 1), other); n != 0 {
		t.Error("another interface took a slot that is occupied")
	}
	if n := reserve(ledgerOf(3, 0, 1), other, own); n != 2 {
		t.Errorf("one slot is free, one is its own: %d of 2 took one, the other first", n)
	}
	if n := reserve(ledgerOf(3, 0, 1), own, other); n != 2 {
		t.Errorf("one slot is free, one is its own: %d of 2 took one, the own first", n)
	}
}

// TestSlotLedgerRandom compares the ledger with a plain count, over random reservations and releases.
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
		ledger := ledgerOf(limit, used...)
		given := map[int]bool{}
		for range 30 {
			if r.IntN(3) == 0 && len(given) > 0 {
				index := slices.Sorted(maps.Keys(given))[r.IntN(len(given))]
				ledger.Release(Slot{Instance: "i-1", Index: index})
				delete(given, index)
				continue
			}
			slot, ok := ledger.Reserve("i-1", Item{Interface: attachedTo("i-2", 1+r.IntN(3))})
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
