// Command simulate runs the simulation of package internal/simulation over many seeds, on all processors, and ends with
// one line of JSON that sums it up. Fake time needs a test, so it runs that package's test binary, once per processor.
// With -break it runs code with a planted bug, which a seed must catch.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "simulate: "+err.Error())
		os.Exit(1)
	}
}

// errFound reports that a seed broke a promise. The seed's output has been printed.
var errFound = errors.New("a seed failed")

func run() error {
	seeds := flag.Int("seeds", 1000, "how many seeds to run")
	from := flag.Uint64("from", 1, "the first seed")
	name := flag.String("break", "", "plant this bug first; see -list")
	all := flag.Bool("breaks", false, "plant each bug in turn, and fail if the seeds do not catch it")
	list := flag.Bool("list", false, "only list the bugs that can be planted")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("%q is not a flag; see -h", flag.Arg(0))
	}
	if *seeds < 1 {
		return fmt.Errorf("-seeds is %d; accepted: 1 or more", *seeds)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	dir, err := os.MkdirTemp("", "simulate")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	s := simulator{dir: dir, processes: runtime.NumCPU(), seeds: *seeds, from: *from}
	switch {
	case *list:
		return listBugs()
	case *all:
		return s.catchAll(ctx)
	case *name != "":
		return s.withBug(ctx, *name)
	}
	return s.simulate(ctx, "")
}
