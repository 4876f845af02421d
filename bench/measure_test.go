package bench_test

import (
	"fmt"
	"io"
	"math"
	"slices"
	"testing"
	"text/tabwriter"
)

// sample is a series of measurements, one per round.
type sample []float64

// quantile is the smallest figure that at least a share p of the figures does not exceed.
func (s sample) quantile(p float64) float64 {
	if len(s) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
}

func (s sample) median() float64 { return s.quantile(0.5) }

// quartiles renders the median and, in brackets, the quartiles around it.
func (s sample) quartiles(format string) string {
	return fmt.Sprintf(format+" ["+format+" "+format+"]", s.median(), s.quantile(0.25), s.quantile(0.75))
}

// over divides figure by figure: the two figures of a round were measured under the same conditions.
func (s sample) over(base sample) sample {
	ratios := make(sample, len(s))
	for i := range s {
		ratios[i] = s[i] / base[i]
	}
	return ratios
}

// table prints rows with aligned columns; the first row is the head.
func table(b *testing.B, rows [][]string) {
	b.Helper()
	w := tabwriter.NewWriter(b.Output(), 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range rows {
		for _, cell := range row {
			_, _ = io.WriteString(w, cell+"\t") // to a buffer
		}
		_, _ = io.WriteString(w, "\n") // to a buffer
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
}
