// Command bench runs the benchmarks behind docs/performance.md: all of them, side by side, whose results it writes to
// docs/bench as JSON and plots, and into the page as a table. With -short it runs only those that count calls, bytes and
// simulated time, and fails if one got worse than bench/expected.json says. It never judges a wall time.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		os.Exit(1)
	}
}

// The files that the command reads and writes, from the root of the repository.
const (
	expectedFile = "bench/expected.json"
	resultsFile  = "docs/bench/results.json"
	page         = "docs/performance.md"
	plotScript   = "bench/plot.py"
)

// pythonPackages are those of boto3, to compare with what people write with it, and of the plots: since boto3 needs Python
// anyway, a library of Python draws them, and go.mod gets no module for it.
func pythonPackages() []string { return []string{"boto3==1.44.8", "matplotlib==3.11.2"} }

func run() error {
	short := flag.Bool("short", false, "only what costs no wall time, compared with "+expectedFile)
	update := flag.Bool("update", false, "with -short: write "+expectedFile+" instead of comparing")
	flag.Parse()
	switch {
	case flag.NArg() > 0:
		return fmt.Errorf("%q is not a flag; see -h", flag.Arg(0))
	case *update && !*short:
		return errors.New("-update is for -short")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *short {
		list, err := measure(ctx, steady(1))
		if err != nil {
			return err
		}
		if *update {
			return writeExpected(list)
		}
		return compare(list)
	}
	python, err := makePython(ctx)
	if err != nil {
		return err
	}
	list, err := measure(ctx, slices.Concat(steady(5), timed(python)))
	if err != nil {
		return err
	}
	if err := writeResults(list); err != nil {
		return err
	}
	if err := rewritePage(list); err != nil {
		return err
	}
	return execute(ctx, os.Stdout, python, plotScript, resultsFile, filepath.Dir(resultsFile))
}

// steady returns the calls of `go test` whose figures do not depend on the machine, and the planner's, of which only the
// garbage does not. The planner is measured count times.
func steady(count int) [][]string {
	return [][]string{
		{"-v", "-run", "^(TestMove|TestCalls)$", "./bench"},
		{"-v", "-run", "^(TestLargestResults|TestScale)$", "./functions/failover", "./internal/audit", "-args", "-scale", "10000"},
		{"-run", "^$", "-bench", "^BenchmarkDecide$", "-benchtime", "2x", "-count", fmt.Sprint(count), "./internal/plan"},
	}
}

// timed returns the calls of `go test` that measure real time and memory; one needs a Python with boto3.
func timed(python string) [][]string {
	return [][]string{
		{"-run", "^$", "-bench", "^BenchmarkStorm$/^interruptions=(10|100)$", "-benchtime", "3x", "./internal/failover"},
		{"-run", "^$", "-bench", "^BenchmarkStorm$/^interruptions=1000$", "-benchtime", "1x", "-timeout", "60m", "./internal/failover"},
		{"-run", "^$", "-bench", "^BenchmarkColdStart$", "-benchtime", "101x", "./bench"},
		{"-run", "^$", "-bench", "^BenchmarkFirstEvent$", "-benchtime", "21x", "./bench"},
		{"-run", "^$", "-bench", "^BenchmarkMemory$", "-benchtime", "9x", "./bench"},
		{"-run", "^$", "-bench", "^BenchmarkPeers$", "-benchtime", "3x", "./bench", "-args", "-python", python},
	}
}

// measure runs the calls of `go test` one after the other, shows what they print, and returns their figures.
func measure(ctx context.Context, calls [][]string) ([]figure, error) {
	var all bytes.Buffer
	for _, args := range calls {
		args = slices.Concat([]string{"test", "-count=1", "-vet=off"}, args)
		if err := execute(ctx, io.MultiWriter(os.Stdout, &all), "go", args...); err != nil {
			return nil, err
		}
	}
	return parse(all.String())
}

// makePython makes a virtual environment with the packages in the user's cache, unless it is there, and returns the path of
// its Python.
func makePython(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache: %w", err)
	}
	venv := filepath.Join(cache, "eni-failover-bench")
	python := filepath.Join(venv, "bin", "python")
	// Without a pip of its own: Debian's Python can't bootstrap one unless python3-venv is installed.
	if err := execute(ctx, os.Stdout, "python3", "-m", "venv", "--without-pip", venv); err != nil {
		return "", err
	}
	install := slices.Concat([]string{"-m", "pip", "--python", python, "install", "--quiet"}, pythonPackages())
	return python, execute(ctx, os.Stdout, "python3", install...)
}

// execute runs a command.
func execute(ctx context.Context, out io.Writer, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %q: %w", name, args, err)
	}
	return nil
}
