package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// figure is one measured number.
type figure struct {
	// Name and Unit are those of the benchmark, without its prefix: "Move/detach=2s" and "x-floor".
	Name string `json:"name"`
	Unit string `json:"unit"`
	// Value is the median of all runs, Low and High are its spread: the quantiles that the benchmark gives, else the quartiles
	// of several runs, else the value.
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	// Runs counts the lines that the benchmark printed.
	Runs int `json:"runs"`
}

func (f figure) key() string { return f.Name + " " + f.Unit }

// benchmarkLine is a line in Go's benchmark format, also within a test's log: the name without the number of processors,
// the iterations, and pairs of value and unit.
var benchmarkLine = regexp.MustCompile(`(?m)\bBenchmark(\S+?)(?:-\d+)?\s+\d+\s+(\d.*)$`)

// parse reads the figures in the output of `go test`, in the order of their first lines.
func parse(output string) ([]figure, error) {
	values, order := map[string][]float64{}, []figure{}
	for _, line := range benchmarkLine.FindAllStringSubmatch(output, -1) {
		for pair := range slices.Chunk(strings.Fields(line[2]), 2) {
			if len(pair) < 2 {
				break
			}
			f := figure{Name: line[1], Unit: pair[1]}
			value, err := strconv.ParseFloat(pair[0], 64)
			if err != nil {
				return nil, fmt.Errorf("read the figure %s: %w", f.key(), err)
			}
			if _, known := values[f.key()]; !known {
				order = append(order, f)
			}
			values[f.key()] = append(values[f.key()], value)
		}
	}
	// A quantile is the spread of another figure.
	list := slices.DeleteFunc(order, func(f figure) bool { return quantileSuffix.MatchString(f.Unit) })
	if len(list) == 0 {
		return nil, errors.New("no figure was printed")
	}
	for i := range list {
		list[i] = list[i].of(values)
	}
	return list, nil
}

// of returns the figure with its value and spread, by the values of all figures.
func (f figure) of(values map[string][]float64) figure {
	sorted := slices.Sorted(slices.Values(values[f.key()]))
	f.Value, f.Low, f.High, f.Runs = quantile(sorted, 0.5), quantile(sorted, 0.25), quantile(sorted, 0.75), len(sorted)
	for _, spread := range [][2]string{{"-p10", "-p90"}, {"-p25", "-p75"}} {
		low, high := values[f.key()+spread[0]], values[f.key()+spread[1]]
		if len(low) > 0 && len(high) > 0 {
			f.Low, f.High = slices.Min(low), slices.Max(high)
		}
	}
	return f
}

// quantileSuffix ends the unit of a quantile.
var quantileSuffix = regexp.MustCompile(`-p\d\d$`)

// quantile returns the smallest of sorted values that at least a share p of them does not exceed.
func quantile(sorted []float64, p float64) float64 {
	return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
}

// margin returns by how much a figure may get worse before the short form fails, as a share, and whether it is guarded at all:
// a call count, a size or a simulated time. It goes by the last word of the unit.
func margin(unit string) (share float64, guarded bool) {
	margins := map[string]float64{"calls": 0, "looks": 0.05, "bytes": 0.02, "floor": 0.02, "simulated": 0.03, "B/op": 0.05}
	words := strings.Split(unit, "-")
	share, guarded = margins[words[len(words)-1]]
	return share, guarded
}

// compare prints the figures beside the expected ones, and fails if a guarded one got worse, is missing or is new.
func compare(list []figure) error {
	text, err := os.ReadFile(expectedFile)
	if err != nil {
		return fmt.Errorf("read what is expected: %w", err)
	}
	var expected map[string]float64
	if err := json.Unmarshal(text, &expected); err != nil {
		return fmt.Errorf("read %s: %w", expectedFile, err)
	}
	if faults := worse(list, expected); len(faults) > 0 {
		return fmt.Errorf("%d figures differ from %s:\n%s\nnext: find out why; if it is meant to be, go run ./cmd/bench -short -update",
			len(faults), expectedFile, strings.Join(faults, "\n"))
	}
	fmt.Printf("all %d guarded figures are as good as %s\n", len(expected), expectedFile)
	return nil
}

// worse says which guarded figures got worse than expected, or are missing or new.
func worse(list []figure, expected map[string]float64) []string {
	var faults []string
	seen := map[string]bool{}
	for _, f := range list {
		share, guarded := margin(f.Unit)
		if !guarded {
			continue
		}
		seen[f.key()] = true
		most, known := expected[f.key()]
		switch {
		case !known:
			faults = append(faults, fmt.Sprintf("%s is new: %g", f.key(), f.Value))
		case f.Value > most*(1+share):
			faults = append(faults, fmt.Sprintf("%s got worse: %g instead of %g", f.key(), f.Value, most))
		}
	}
	for key := range expected {
		if !seen[key] {
			faults = append(faults, key+" was not measured")
		}
	}
	slices.Sort(faults)
	return faults
}

// writeExpected writes the guarded figures.
func writeExpected(list []figure) error {
	expected := map[string]float64{}
	for _, f := range list {
		if _, guarded := margin(f.Unit); guarded {
			expected[f.key()] = f.Value
		}
	}
	return writeJSON(expectedFile, expected)
}

// writeJSON writes a value as indented JSON.
func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
