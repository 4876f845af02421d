package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

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

// maxPartSeeds limits the seeds that one process runs, so that failures and progress are shown soon.
const maxPartSeeds = 5000

// simulate runs all seeds, prints the output of those that fail, and ends with the line that sums up.
func (s simulator) simulate(ctx context.Context, overlay string) error {
	binary, err := s.build(ctx, overlay)
	if err != nil {
		return fmt.Errorf("build the simulation: %w", err)
	}
	tallies, err := s.inParts(ctx, binary)
	if err != nil {
		return err
	}
	total := simulation.Tally{From: s.from}
	for _, t := range tallies {
		total.Merge(t)
	}
	fmt.Println(total.Line())
	if total.Failed > 0 {
		return errFound
	}
	return nil
}

// inParts runs all seeds, one part per processor at a time. It stops at the first part that can't be run.
func (s simulator) inParts(ctx context.Context, binary string) ([]simulation.Tally, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	parts := s.parts()
	tallies := make([]simulation.Tally, len(parts))
	turns := make(chan struct{}, s.processes)
	show := progress{begun: time.Now(), seeds: s.seeds}
	var wg sync.WaitGroup
	for n, p := range parts {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			t, failures, err := p.run(ctx, binary)
			if err != nil {
				stop(err)
				return
			}
			tallies[n] = t
			show.add(t, failures)
		})
	}
	wg.Wait()
	return tallies, context.Cause(ctx)
}

// progress shows during a run how many seeds are done, and which failed.
type progress struct {
	mu    sync.Mutex
	begun time.Time
	seeds int // in all
	done  simulation.Tally
}

// add prints the output of a part's failing seeds, and the part's hash. Where two runs differ, their hashes differ.
func (p *progress) add(t simulation.Tally, failures string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.Merge(t)
	fmt.Print(failures)
	fmt.Fprintf(os.Stderr, "%d of %d seeds, %d failed, %v; from %d on: %s\n",
		p.done.Seeds, p.seeds, p.done.Failed, time.Since(p.begun).Round(time.Second), t.From, t.Hash)
}

// part is a range of seeds, for one process.
type part struct {
	from  uint64
	seeds int
}

// parts divides the seeds, evenly if they are few.
func (s simulator) parts() []part {
	size := min(maxPartSeeds, (s.seeds+s.processes-1)/s.processes)
	var parts []part
	for n := 0; n < s.seeds; n += size {
		parts = append(parts, part{s.from + uint64(n), min(size, s.seeds-n)})
	}
	return parts
}

// environment is the environment of a process that runs seeds: on one processor, with a rare garbage collection, and with
// stacks that begin at the size that the SDK's calls need.
func environment() []string {
	return append(os.Environ(), "GOMAXPROCS=1", "GOGC=1600", "GODEBUG=adaptivestackstart=1")
}

// command runs the part's seeds in a process.
func (p part) command(ctx context.Context, binary string, more ...string) *exec.Cmd {
	args := []string{"-test.run=^TestSeeds$", "-test.timeout=0", "-line", "-seeds=" + strconv.Itoa(p.seeds), "-from=" + strconv.FormatUint(p.from, 10)}
	cmd := exec.CommandContext(ctx, binary, append(args, more...)...)
	cmd.Env = environment()
	return cmd
}

// run runs the part's seeds, and returns their tally and the output of those that fail.
func (p part) run(ctx context.Context, binary string) (t simulation.Tally, failures string, err error) {
	cmd := p.command(ctx, binary)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	t, rest := lastTally(out)
	if t.Seeds == 0 {
		return t, "", fmt.Errorf("%d seeds from %d ended without a result (%w): %s", p.seeds, p.from, err, rest)
	}
	if t.Failed == 0 {
		return t, "", nil
	}
	return t, string(rest), nil
}

// lastTally finds the line that sums up in a process's output, and returns the rest too.
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

// catch runs seeds until one fails, and returns their number and the promise that the last one broke; 0 if none fails.
func (s simulator) catch(ctx context.Context, overlay string) (took int, by string, err error) {
	binary, err := s.build(ctx, overlay)
	if err != nil {
		return 0, "", fmt.Errorf("build: %w", err)
	}
	out, err := part{s.from, s.seeds}.command(ctx, binary, "-first").Output()
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
