package simulation_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/simulation"
)

var (
	seeds = flag.Int("seeds", 100, "how many seeds to run")
	trace = flag.Bool("trace", false, "tell what happens")
	from  = flag.Uint64("from", 1, "the first seed")
)

func play(t *testing.T, s simulation.Scenario) (result simulation.Result) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var out io.Writer
		if *trace {
			out = os.Stdout
			fmt.Printf("%s\n", must(json.MarshalIndent(s, "", " ")))
		}
		r, err := simulation.Run(s, out)
		if err != nil {
			t.Fatal(err)
		}
		result = r
	})
	return result
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestSeeds(t *testing.T) {
	sum := simulation.Tally{}
	start := time.Now()
	for seed := *from; seed < *from+uint64(*seeds); seed++ {
		r := play(t, simulation.Draw(seed))
		if sum.Faults == nil {
			sum = r.Tally
		} else {
			sum.Add(r.Tally)
		}
		for _, v := range r.Violations {
			fmt.Printf("seed %d: %s\n", seed, v)
		}
	}
	fmt.Println(sum.Line(), time.Since(start))
}
