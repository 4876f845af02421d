package plan

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// worsening makes a candidate worse by each key of the order of preference.
var worsening = []struct {
	key    string
	change func(*rank)
}{
	{"impaired", func(r *rank) { r.impaired++ }},
	{"cold", func(r *rank) { r.cold++ }},
	{"sameType", func(r *rank) { r.sameType++ }},
	{"left", func(r *rank) { r.left++ }},
	{"priority", func(r *rank) { r.priority++ }},
	{"checks", func(r *rank) { r.checks++ }},
	{"spot", func(r *rank) { r.spot++ }},
	{"samePool", func(r *rank) { r.samePool++ }},
	{"held", func(r *rank) { r.held++ }},
	{"scarcity", func(r *rank) { r.scarcity++ }},
	{"spread", func(r *rank) { r.spread++ }},
	{"instance", func(r *rank) { r.instance += "0" }},
}

// TestRankKeys: each key decides by itself, and outweighs all later keys together.
func TestRankKeys(t *testing.T) {
	if n := reflect.TypeFor[rank]().NumField(); n != len(worsening) {
		t.Fatalf("rank has %d fields, the table %d", n, len(worsening))
	}
	base := rank{priority: 100, scarcity: -3, spread: 7, instance: "i-1"}
	if base.compare(&base) != 0 {
		t.Error("a rank is not equal to itself")
	}
	for k, key := range worsening {
		better, later := base, base
		key.change(&later)
		if better.compare(&later) >= 0 || later.compare(&better) <= 0 {
			t.Errorf("%s alone does not decide", key.key)
		}
		for _, other := range worsening[k+1:] {
			other.change(&better)
		}
		if better.compare(&later) >= 0 || later.compare(&better) <= 0 {
			t.Errorf("%s does not outweigh what comes after it", key.key)
		}
	}
}

// TestRankOrder: the order is total, antisymmetric and transitive over random ranks. Few values make ties common, and
// extreme ones would make a difference overflow.
func TestRankOrder(t *testing.T) {
	const seed = 1
	r := rand.New(rand.NewPCG(seed, 0))
	number := func() int { return []int{0, 1, 2, math.MinInt, math.MaxInt}[r.IntN(5)] }
	ranks := make([]rank, 80)
	for i := range ranks {
		ranks[i] = rank{
			impaired: r.IntN(2), cold: r.IntN(3), sameType: r.IntN(2), left: r.IntN(2), priority: number(), checks: r.IntN(3), spot: r.IntN(2), samePool: r.IntN(2),
			held: r.IntN(2), scarcity: number(), spread: []uint64{0, 1, math.MaxUint64}[r.IntN(3)], instance: []string{"i-1", "i-2"}[r.IntN(2)],
		}
		if i%2 == 1 { // and neighbours that differ in one key only
			ranks[i] = ranks[i-1]
			worsening[r.IntN(len(worsening))].change(&ranks[i])
		}
	}
	for _, a := range ranks {
		for _, b := range ranks {
			ab, ba := a.compare(&b), b.compare(&a)
			if ab != -ba || (ab == 0) != (a == b) {
				t.Fatalf("seed %d: %+v and %+v compare as %d, and the other way round as %d", seed, a, b, ab, ba)
			}
			for _, c := range ranks {
				if ab <= 0 && b.compare(&c) <= 0 && a.compare(&c) > 0 {
					t.Fatalf("seed %d: %+v, %+v, %+v are in no order", seed, a, b, c)
				}
			}
		}
	}
}

// TestSpread: the hash spreads the interfaces of one holder evenly over its standbys, and depends on both
// ids as a whole.
func TestSpread(t *testing.T) {
	first := map[string]int{}
	const n = 4000
	for e := range n {
		best := ""
		for _, in := range []string{"i-0a1b2c3d4e5f60001", "i-0a1b2c3d4e5f60002", "i-0a1b2c3d4e5f60003", "i-0a1b2c3d4e5f60004"} {
			id := "eni-0a1b2c3d4e5f6" + string([]rune{rune('a' + e%16), rune('a' + e/16%16), rune('a' + e/256%16)})
			if best == "" || spread(id, in) < spread(id, best) {
				best = in
			}
		}
		first[best]++
	}
	for in, count := range first {
		if count < n/8 || count > n/2 {
			t.Errorf("%s is the first choice of %d of %d interfaces", in, count, n)
		}
	}
	if spread("eni-1", "i-12") == spread("eni-1i-1", "2") || spread("ab", "c") == spread("a", "bc") {
		t.Error("the hash does not tell where one id ends")
	}
}

// TestLeftRecently: "in the last 30 minutes", by the clock of the invocation that wrote the tag.
func TestLeftRecently(t *testing.T) {
	now := atNoon
	for _, tt := range []struct {
		left inventory.LeftTag
		want bool
	}{
		{inventory.LeftTag{Instance: "i-1", Time: now}, true},
		{inventory.LeftTag{Instance: "i-1", Time: now.Add(-LeftTagLife + 1)}, true},
		{inventory.LeftTag{Instance: "i-1", Time: now.Add(-LeftTagLife)}, false},
		{inventory.LeftTag{Instance: "i-2", Time: now}, false},
		{inventory.LeftTag{Instance: "i-1", Time: now.Add(2)}, true},
		{inventory.LeftTag{Instance: "i-1", Time: now.AddDate(1, 0, 0)}, false},
		{inventory.LeftTag{}, false},
	} {
		d := &decision{now: now}
		if got := d.leftRecently(&inventory.Interface{LeftTag: tt.left}, "i-1"); got != tt.want {
			t.Errorf("left %v: %v", tt.left, got)
		}
	}
}
