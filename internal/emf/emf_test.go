package emf_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/emf"
)

func instant() time.Time {
	return time.Date(2026, 3, 4, 3, 0, 1, 250_000_000, time.FixedZone("elsewhere", 3600))
}

// written is what a set is written as.
func written(group string, fill func(emf.Set)) string {
	var out bytes.Buffer
	s := emf.Set{}
	fill(s)
	emf.New(&out, "eni-failover-Function").Write(instant(), group, s)
	return out.String()
}

// TestLine has the bytes of lines: CloudWatch takes no metric from a line that differs from the specification.
func TestLine(t *testing.T) {
	tests := []struct {
		name, group string
		fill        func(emf.Set)
		want        string
	}{
		{"an empty set", "db", func(emf.Set) {}, ""},
		{
			"a counter without a group", "",
			func(s emf.Set) { s.Count("Sweeps", 1) },
			`{"Function":"eni-failover-Function","Sweeps":1,"_aws":{"CloudWatchMetrics":[{"Dimensions":[["Function"]],` +
				`"Metrics":[{"Name":"Sweeps","Unit":"Count"}],"Namespace":"EniFailover"}],"Timestamp":1772589601250},` +
				`"level":"ERROR","timestamp":"2026-03-04T02:00:01.25Z"}` + "\n",
		},
		{
			"durations and counters of a group", "db",
			func(s emf.Set) {
				s.Time("DetachTime", 2050)
				s.Count("Moves", 1)
				s.Time("DetachTime", 0)
				s.Count("Moves", 2)
				s.Count("Failures", 0)
			},
			`{"DetachTime":[2050,0],"Failures":0,"Function":"eni-failover-Function","Group":"db","Moves":3,` +
				`"_aws":{"CloudWatchMetrics":[{"Dimensions":[["Function"],["Function","Group"]],` +
				`"Metrics":[{"Name":"DetachTime","Unit":"Milliseconds"},{"Name":"Failures","Unit":"Count"},{"Name":"Moves","Unit":"Count"}],` +
				`"Namespace":"EniFailover"}],"Timestamp":1772589601250},"level":"ERROR","timestamp":"2026-03-04T02:00:01.25Z"}` + "\n",
		},
	}
	for _, tt := range tests {
		if d := cmp.Diff(tt.want, written(tt.group, tt.fill)); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
	}
}

// TestMaxValues: CloudWatch rejects a metric with more than a hundred values.
func TestMaxValues(t *testing.T) {
	for measured, want := range map[int]int{2: 2, 100: 100, 101: 100, 1000: 100} {
		line := written("db", func(s emf.Set) {
			for n := range measured {
				s.Time("AttachTime", int64(n))
			}
		})
		var root struct{ AttachTime []float64 }
		if err := json.Unmarshal([]byte(line), &root); err != nil || len(root.AttachTime) != want || root.AttachTime[want-1] != float64(want-1) {
			t.Errorf("of %d values %d are written (%v); want the first %d", measured, len(root.AttachTime), err, want)
		}
	}
}

// TestLinesStayWhole: moves that end at the same time write at the same time.
func TestLinesStayWhole(t *testing.T) {
	var out bytes.Buffer
	w := emf.New(&out, "f")
	var all sync.WaitGroup
	for n := range 50 {
		all.Go(func() {
			s := emf.Set{}
			s.Count("Moves", n)
			w.Write(instant(), fmt.Sprintf("g%d", n), s)
		})
	}
	all.Wait()
	groups := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		var root struct{ Group string }
		if err := json.Unmarshal([]byte(line), &root); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		groups[root.Group] = true
	}
	if len(groups) != 50 {
		t.Errorf("%d lines; want 50", len(groups))
	}
}
