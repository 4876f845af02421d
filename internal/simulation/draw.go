package simulation

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// draw is a source of random numbers. Two draws with equal seed and purpose give the same numbers.
type draw struct{ *rand.Rand }

// newDraw returns the source for one purpose: an additional draw for one purpose changes no other.
func newDraw(seed uint64, purpose string) draw {
	h := fnv.New64a()
	_, _ = h.Write([]byte(purpose))
	return draw{rand.New(rand.NewPCG(seed, h.Sum64()))}
}

// chance returns true with a probability in percent.
func (d draw) chance(percent float64) bool { return d.Float64()*100 < percent }

// between returns a duration of whole milliseconds, from least to most.
func (d draw) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.Int64N(int64((most-least)/time.Millisecond)+1))*time.Millisecond
}

func pick[T any](d draw, from []T) T { return from[d.IntN(len(from))] }

// weighted is a choice whose probability is proportional to its weight.
type weighted[T any] struct {
	weight int
	what   T
}

func pickWeighted[T any](d draw, from []weighted[T]) T {
	total := 0
	for _, w := range from {
		total += w.weight
	}
	n := d.IntN(total)
	for _, w := range from {
		if n -= w.weight; n < 0 {
			return w.what
		}
	}
	panic("unreachable: the weights add up to the total")
}
