package main

import (
	"slices"
	"strings"
	"testing"
)

const output = `=== RUN   TestMove
    simulated_test.go:50: BenchmarkMove/detach=2s 21 1.051 x-floor 1.021 x-floor-p10 1.080 x-floor-p90 20.1 waiter-s
goos: linux
BenchmarkDecide/members=10/placed-2         	       2	    186798 ns/op	   68432 B/op
BenchmarkDecide/members=10/placed-2         	       2	    386798 ns/op	   68432 B/op
BenchmarkDecide/members=10/placed-2         	       2	    286798 ns/op	   68440 B/op
PASS
ok  	github.com/eni-failover/eni-failover/bench	1.025s
`

func TestParse(t *testing.T) {
	list, err := parse(output)
	if err != nil {
		t.Fatal(err)
	}
	want := []figure{
		{"Move/detach=2s", "x-floor", 1.051, 1.021, 1.08, 1},
		{"Move/detach=2s", "waiter-s", 20.1, 20.1, 20.1, 1},
		{"Decide/members=10/placed", "ns/op", 286798, 186798, 386798, 3},
		{"Decide/members=10/placed", "B/op", 68432, 68432, 68440, 3},
	}
	if !slices.Equal(list, want) {
		t.Errorf("parsed %+v", list)
	}
	if _, err := parse("PASS\n"); err == nil {
		t.Error("no error for an output without a figure")
	}
}

// TestWorse: calls, sizes and simulated times are guarded, wall times are not.
func TestWorse(t *testing.T) {
	list, err := parse(output + "BenchmarkCalls 1 8 ec2-calls\n")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(map[string]float64)
		want   string
	}{
		{"as expected", func(map[string]float64) {}, ""},
		{"within the margin", func(m map[string]float64) { m["Move/detach=2s x-floor"] = 1.04 }, ""},
		{"better", func(m map[string]float64) { m["Calls ec2-calls"] = 9 }, ""},
		{"slower", func(m map[string]float64) { m["Move/detach=2s x-floor"] = 1.02 }, "Move/detach=2s x-floor got worse: 1.051 instead of 1.02"},
		{"one call more", func(m map[string]float64) { m["Calls ec2-calls"] = 7 }, "Calls ec2-calls got worse: 8 instead of 7"},
		{"larger", func(m map[string]float64) { m["Decide/members=10/placed B/op"] = 60000 }, "Decide/members=10/placed B/op got worse: 68432 instead of 60000"},
		{"new", func(m map[string]float64) { delete(m, "Calls ec2-calls") }, "Calls ec2-calls is new: 8"},
		{"gone", func(m map[string]float64) { m["Audit calls"] = 10 }, "Audit calls was not measured"},
	}
	for _, tt := range tests {
		expected := map[string]float64{"Move/detach=2s x-floor": 1.051, "Calls ec2-calls": 8, "Decide/members=10/placed B/op": 68432}
		tt.change(expected)
		if got := strings.Join(worse(list, expected), "\n"); got != tt.want {
			t.Errorf("%s: %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{1.0512: "1.05", 20.1: "20.1", 391: "391", 196369: "196,369", 95720792: "95,720,792", 0: "0"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) is %s; want %s", v, got, want)
		}
	}
}
