package simulation_test

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/eni-failover/eni-failover/internal/simulation"
)

// The simulation runs in tests, since fake time needs a *testing.T. `make simulate` starts this package's test binary
// several times, with these flags.
var (
	seeds = flag.Int("seeds", 150, "how many seeds to run")
	from  = flag.Uint64("from", 1, "the first seed")
	trace = flag.Bool("trace", false, "print what happens")
	first = flag.Bool("first", false, "stop at the first seed that fails, and do not shrink it")
	line  = flag.Bool("line", false, "end with the tally as one line of JSON")
)

var sum simulation.Tally

func TestMain(m *testing.M) {
	flag.Parse()
	sum.From = *from
	status := m.Run()
	if *line {
		fmt.Println(sum.Line())
	}
	os.Exit(status)
}

// play plays a scenario in its own bubble.
func play(t *testing.T, s simulation.Scenario, trace io.Writer) (result simulation.Result, err error) {
	t.Helper()
	synctest.Test(t, func(*testing.T) { result, err = simulation.Run(s, trace) })
	return result, err
}

// TestSeeds checks every promise in every scenario.
func TestSeeds(t *testing.T) {
	explained := false
	for n := range uint64(*seeds) {
		seed := *from + n
		var out io.Writer
		if *trace {
			out = os.Stdout
		}
		s := simulation.Draw(seed)
		r, err := play(t, s, out)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		sum.Add(seed, r)
		if len(r.Violations) == 0 {
			continue
		}
		t.Errorf("seed %d: %s\nagain: make simulate SEEDS=1 FROM=%d", seed, r.Violations[0], seed)
		if *first {
			return
		}
		if !explained {
			explained = true
			explain(t, s, r.Violations[0].Rule)
		}
	}
}

// explain shrinks a failing scenario, and prints what happens in the rest.
func explain(t *testing.T, s simulation.Scenario, rule string) {
	t.Helper()
	small := simulation.Shrink(s, rule, func(s simulation.Scenario) (simulation.Result, error) { return play(t, s, nil) })
	fmt.Printf("seed %d, shrunk: %d of %d happenings, %d of %d instances, %d of %d interfaces, settings %v\n", s.Seed,
		len(small.Happenings), len(s.Happenings), len(small.World.Instances), len(s.World.Instances),
		len(small.World.Interfaces), len(s.World.Interfaces), small.Settings)
	r, err := play(t, small, os.Stdout)
	if err != nil {
		t.Errorf("the shrunk scenario: %v", err)
	}
	fmt.Printf("seed %d, the wire log of the shrunk scenario:\n", s.Seed)
	for _, c := range r.Calls {
		fmt.Println(c)
	}
}

// A seed gives the same calls at the same nanoseconds and the same reports, on one processor or more.
func TestSameSeedSameHistory(t *testing.T) {
	seeds := []uint64{316} // two runs of the probe go on with one silence, and end together
	for seed := uint64(1); seed <= 25; seed++ {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		var hashes [3]uint64
		for n := range hashes {
			before := runtime.GOMAXPROCS(1 + n)
			r, err := play(t, simulation.Draw(seed), nil)
			runtime.GOMAXPROCS(before)
			if err != nil {
				t.Fatal(err)
			}
			hashes[n] = r.Hash
		}
		if hashes[0] != hashes[1] || hashes[0] != hashes[2] {
			t.Errorf("seed %d: %x", seed, hashes)
		}
	}
}

// The short run has every kind of fault, trigger and outcome in it.
func TestEveryKindOccurs(t *testing.T) {
	var all simulation.Tally
	for seed := uint64(1); seed <= 300; seed++ {
		r, err := play(t, simulation.Draw(seed), nil)
		if err != nil {
			t.Fatal(err)
		}
		all.Add(seed, r)
	}
	for what, counts := range map[string]map[string]int{"fault": all.Faults, "trigger": all.Triggers, "outcome": all.Outcomes, "probe": all.Probe} {
		for kind, n := range counts {
			if n == 0 {
				t.Errorf("no %s %s in %d seeds", what, kind, all.Seeds)
			}
		}
	}
}
