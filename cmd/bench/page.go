package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// results is what docs/bench/results.json has.
type results struct {
	Go         string   `json:"go"`
	Processor  string   `json:"processor"`
	Processors int      `json:"processors"`
	Figures    []figure `json:"figures"`
}

// writeResults writes the figures and what they were measured on.
func writeResults(list []figure) error {
	if err := os.MkdirAll(filepath.Dir(resultsFile), 0o755); err != nil {
		return fmt.Errorf("make the folder of the results: %w", err)
	}
	return writeJSON(resultsFile, results{Go: runtime.Version(), Processor: processor(), Processors: runtime.NumCPU(), Figures: list})
}

// processor names the processor of a machine with Linux; empty on others.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	name := regexp.MustCompile(`(?m)^model name\s*: (.*)$`).FindSubmatch(text)
	if name == nil {
		return ""
	}
	return string(name[1])
}

// row is a row of the page's table: a figure, and what it is to reach.
type row struct {
	what, name, unit string
	// most is the limit; zero if there is none.
	most float64
}

// needsRoot reports whether only root can measure a figure, since a process has to get a share of a processor. The page may
// lack it.
func (r row) needsRoot() bool { return strings.HasPrefix(r.name, "FirstEvent/") }

// table lists the rows of the page.
func table() []row {
	var rows []row
	for _, detach := range []string{"200ms", "1s", "2s", "5s", "20s"} {
		most := 1.05
		if detach == "200ms" {
			most = 1.15
		}
		rows = append(rows, row{"event to attached, detach " + detach + ", × the floor", "Move/detach=" + detach, "x-floor", most})
	}
	for _, storm := range []struct {
		what, name string
		most       float64
	}{
		{"storm of 10", "10", 1.3},
		{"storm of 100", "100", 1.5},
		{"storm of 100, in groups of 10", "100/group=10", 0},
		{"storm of 100, in one group", "100/group=100", 0},
		{"storm of 1,000", "1000", 1.2},
	} {
		name := "Storm/interruptions=" + storm.name
		rows = append(rows,
			row{storm.what + ": last interface attached, × the bound", name, "of-bound", storm.most},
			row{storm.what + ": an interface is down for, seconds", name, "down-s", 0},
			row{storm.what + ": the longest that one is down for, seconds", name, "down-worst-s", 0})
	}
	return append(rows, []row{
		{"storm of 100: throttled requests to Route 53, for each invocation", "Storm/interruptions=100", "route53-throttled", 0},
		{"the same with the Go SDK's waiter, detach 2s, seconds", "Move/detach=2s", "waiter-s", 0},
		{"boto3's way ÷ ours, detach 2s, real time", "Peers", "boto3/ours", 0},
		{"irrelevant event: calls of EC2", "IrrelevantEvent", "ec2-calls", 1},
		{"one move without polls: calls of EC2", "CallsOfMove", "ec2-calls", 9},
		{"one move: calls of Route 53", "CallsOfMove", "route53-calls", 2},
		{"one move: calls of EventBridge", "CallsOfMove", "events-calls", 1},
		{"cold start of the four SDK clients alone, × an empty handler", "ColdStart", "clients/empty", 0},
		{"cold start of the failover, × an empty handler", "ColdStart", "failover/empty", 1.35},
		{"cold start of the audit, × an empty handler", "ColdStart", "audit/empty", 1.35},
		{"event to DetachNetworkInterface in a new environment, 128 MB, × the next event", "FirstEvent/128MB", "first/next", 0},
		{"event to DetachNetworkInterface in a new environment, 512 MB, × the next event", "FirstEvent/512MB", "first/next", 1.35},
		{"deployment zip of the failover, MiB", "ColdStart", "failover-zip-MiB", 4.5},
		{"peak memory while moving 100 interfaces, MiB", "Memory", "MiB", 64},
		{"10,000 interfaces rehearsed: bytes of the result", "Result/10000-rehearsed", "result-bytes", 256 << 10},
		{"10,000 interfaces rehearsed: bytes of the log line", "Result/10000-rehearsed", "log-bytes", 256 << 10},
		{"1,000 interfaces moved among 1,000 members: bytes of the result", "Result/1000-moved", "result-bytes", 256 << 10},
		{"1,000 interfaces moved among 1,000 members: bytes of the log line", "Result/1000-moved", "log-bytes", 256 << 10},
		{"audit of 10,000 interfaces: calls", "Audit/10000", "calls", 0},
		{"audit of 10,000 interfaces: seconds of Lambda time", "Audit/10000", "s-simulated", 60},
		{"planner, 1,000 members × 1,000 interfaces: ms of processor time", "Decide/members=1000/interfaces=1000/placed", "cpu-ms/op", 500},
		{"planner, 1,000 members × 1,000 interfaces: bytes of garbage", "Decide/members=1000/interfaces=1000/placed", "B/op", 100e6},
	}...)
}

// rewritePage replaces the page's table, which stands between two comments.
func rewritePage(list []figure) error {
	const begin, end = "<!-- make bench writes from here -->\n", "<!-- to here -->"
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("read the page: %w", err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s lacks %q or %q", page, begin, end)
	}
	rows, err := markdown(list)
	if err != nil {
		return err
	}
	return os.WriteFile(page, []byte(before+begin+"\n"+rows+"\n"+end+after), 0o644)
}

// markdown writes the page's table.
func markdown(list []figure) (string, error) {
	var b strings.Builder
	b.WriteString("| what | measured | spread | at most |\n| --- | --- | --- | --- |\n")
	for _, r := range table() {
		i := slices.IndexFunc(list, func(f figure) bool { return f.Name == r.name && f.Unit == r.unit })
		if i < 0 && r.needsRoot() {
			continue
		}
		if i < 0 {
			return "", fmt.Errorf("%s %s was not measured", r.name, r.unit)
		}
		f, spread, most := list[i], "–", "–"
		if f.Low != f.High {
			spread = number(f.Low) + " to " + number(f.High)
		}
		if r.most > 0 {
			most = number(r.most)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.what, number(f.Value), spread, most)
	}
	return b.String(), nil
}

// number writes a number with three digits, or as an integer with its thousands apart.
func number(v float64) string {
	if v < 100 {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	digits := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
