package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/eni-failover/eni-failover/internal/simulation"
)

// simulator runs seeds in several processes.
type simulator struct {
	dir       string // for what is built
	processes int
	seeds     int
	from      uint64
}

// build makes the test binary that runs seeds; with an overlay, of code with a planted bug.
func (s simulator) build(ctx context.Context, overlay string) (string, error) {
	binary := filepath.Join(s.dir, "simulation.test")
	args := []string{"test", "-c", "-o", binary}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./internal/simulation")...)
	cmd.Stderr = os.Stderr
	return binary, cmd.Run()
}

// simulate runs all seeds, shows what the failing ones say, and ends with the line that sums up.
func (s simulator) simulate(ctx context.Context, overlay string) error {
	binary, err := s.build(ctx, overlay)
	if err != nil {
		return fmt.Errorf("build the simulation: %w", err)
	}
	total := simulation.Tally{From: s.from}
	processes := min(s.processes, s.seeds)
	tallies, errs := make([]simulation.Tally, processes), make([]error, processes)
	var wg sync.WaitGroup
	for n := range processes {
		wg.Go(func() { tallies[n], errs[n] = s.part(ctx, binary, n, processes) })
	}
	wg.Wait()
	for n, t := range tallies {
		if errs[n] != nil {
			return errs[n]
		}
		total.Merge(t)
	}
	fmt.Println(total.Line())
	if total.Failed > 0 {
		return errFound
	}
	return nil
}

// environment is that of a process that runs seeds: on one processor, where no goroutine waits for another's
// garbage, and with stacks that begin at the size that the SDK's calls need.
func environment() []string {
	return append(os.Environ(), "GOMAXPROCS=1", "GOGC=1600", "GODEBUG=adaptivestackstart=1")
}

// part runs every n-th seed in a process of its own.
func (s simulator) part(ctx context.Context, binary string, n, of int) (simulation.Tally, error) {
	share := (s.seeds - n + of - 1) / of
	cmd := exec.CommandContext(ctx, binary, "-test.run=^TestSeeds$", "-test.timeout=0", "-line",
		"-seeds="+strconv.Itoa(share), "-from="+strconv.FormatUint(s.from+uint64(n), 10), "-stride="+strconv.Itoa(of))
	cmd.Env = environment()
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	t, rest := lastTally(out)
	if t.Seeds == 0 {
		return t, fmt.Errorf("process %d of %d ended without a result (%w): %s", n+1, of, err, rest)
	}
	if t.Failed > 0 {
		_, _ = io.Copy(os.Stdout, bytes.NewReader(rest)) // what the failing seeds say
	}
	return t, nil
}

// lastTally finds the line that sums up in a process's output, and returns the rest, too.
func lastTally(out []byte) (t simulation.Tally, rest []byte) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var found simulation.Tally
		if json.Unmarshal(lines.Bytes(), &found) == nil && found.Seeds > 0 {
			t = found
			continue
		}
		rest = append(append(rest, lines.Bytes()...), '\n')
	}
	return t, rest
}

// catch runs seeds until one fails, and returns how many that took and what was found; 0 if none failed.
func (s simulator) catch(ctx context.Context, overlay string) (took int, by string, err error) {
	binary, err := s.build(ctx, overlay)
	if err != nil {
		return 0, "", fmt.Errorf("build: %w", err)
	}
	cmd := exec.CommandContext(ctx, binary, "-test.run=^TestSeeds$", "-test.timeout=0", "-line", "-first",
		"-seeds="+strconv.Itoa(s.seeds), "-from="+strconv.FormatUint(s.from, 10))
	cmd.Env = environment()
	out, err := cmd.Output()
	t, rest := lastTally(out)
	if t.Seeds == 0 {
		return 0, "", fmt.Errorf("no result (%w): %s", err, rest)
	}
	if t.Failed == 0 {
		return 0, "", nil
	}
	_, found, _ := strings.Cut(string(rest), "seed "+strconv.FormatUint(s.from+uint64(t.Seeds)-1, 10)+": ")
	found, _, _ = strings.Cut(found, "\n")
	return t.Seeds, found, nil
}
