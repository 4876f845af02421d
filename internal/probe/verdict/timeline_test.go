package verdict_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

var update = flag.Bool("update", false, "rewrite the verdicts in testdata")

// timeline has a row for each target and witness, and a column for each second. A target's row is its name, its holder,
// words (armed, reached=TIME, silent=SINCE,UNTIL,QUESTIONS, witness=ADDRESS and those of the tag, by default tcp:1), a bar, and the outcome of each second's
// question:
//
//   - answered   r refused   x reset   t tls   5 http-5xx   . timeout   n no-route   ! unasked   s answered after 0.7 s
//
// A witness's row is its address, a bar, and + or . for each second. The last column is repeated for ever. The run is as
// long as the longest row, or as a row like "run 6s" says.
type timeline struct {
	targets   []verdict.Target
	met       []string
	witnesses map[netip.Addr]string
	run       time.Duration
	// seconds is how long questions are asked, at most: longer than any run goes on after its end.
	seconds int
}

// start is second 0.
var start = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func parseTimeline(t *testing.T, text string) timeline {
	t.Helper()
	line := timeline{witnesses: map[netip.Addr]string{}}
	var longest time.Duration
	for row := range strings.Lines(text) {
		if length, ok := strings.CutPrefix(strings.TrimSpace(row), "run "); ok {
			var err error
			if line.run, err = time.ParseDuration(length); err != nil {
				t.Fatal(err)
			}
			continue
		}
		head, met, ok := strings.Cut(strings.TrimSpace(row), "|")
		words := strings.Fields(head)
		met = strings.TrimSpace(met)
		if !ok || met == "" || len(words) == 0 {
			t.Fatalf("row %q", row)
		}
		longest = max(longest, time.Duration(len(met))*time.Second)
		if a, err := netip.ParseAddr(words[0]); err == nil {
			line.witnesses[a] = met
			continue
		}
		line.met = append(line.met, met)
		line.targets = append(line.targets, parseTarget(t, len(line.targets), words))
	}
	if line.run == 0 {
		line.run = longest
	}
	for _, target := range line.targets {
		most := line.run + target.Probe.For + target.Probe.Timeout + 2*time.Second
		line.seconds = max(line.seconds, int(most/time.Second))
	}
	return line
}

func parseTarget(t *testing.T, n int, words []string) verdict.Target {
	t.Helper()
	target := verdict.Target{
		Interface: words[0], Attachment: "attach-" + words[0], Instance: words[1],
		Address: netip.AddrFrom4([4]byte{10, 0, 1, byte(n)}),
	}
	var tag []string
	for _, word := range words[2:] {
		if a, ok := strings.CutPrefix(word, "witness="); ok {
			target.Witnesses = append(target.Witnesses, netip.MustParseAddr(a))
		} else if at, ok := strings.CutPrefix(word, "reached="); ok {
			ago, err := time.ParseDuration(at)
			if err != nil {
				t.Fatal(err)
			}
			target.ReachedAt = start.Add(ago)
		} else if silence, ok := strings.CutPrefix(word, "silent="); ok {
			var since, until float64
			if _, err := fmt.Sscanf(silence, "%fs,%fs,%d", &since, &until, &target.Silent.Questions); err != nil {
				t.Fatal(word, err)
			}
			target.Silent.Since, target.Silent.Until = start.Add(time.Duration(since*1e9)), start.Add(time.Duration(until*1e9))
		} else if word == "armed" {
			target.Armed = true
		} else {
			tag = append(tag, word)
		}
	}
	if !strings.Contains(strings.Join(tag, " "), "p:") {
		tag = append(tag, "tcp:1")
	}
	target.Tag = strings.Join(tag, " ")
	probe, err := probetag.Parse(target.Tag)
	if err != nil {
		t.Fatal(err)
	}
	target.Probe = probe
	return target
}

// at returns the column of a second.
func at(row string, second int) byte { return row[min(second, len(row)-1)] }

var evidences = map[byte]verdict.Evidence{
	'+': verdict.Answered, 's': verdict.Answered, 'r': verdict.Refused, 'x': verdict.Reset, 't': verdict.TLS,
	'5': verdict.HTTP5xx, '.': verdict.Timeout, 'n': verdict.NoRoute, '!': verdict.Unasked,
}

// latency returns the time from a question to its outcome.
func latency(met byte, timeout time.Duration) time.Duration {
	switch met {
	case '.':
		return timeout
	case 's':
		return 700 * time.Millisecond
	}
	return 10 * time.Millisecond
}

// scheduledCall is a call of a method of the run at an instant.
type scheduledCall struct {
	at     time.Time
	report func(r *verdict.Run)
}

// play passes the timeline to a run, and returns the run and the instant at which it was ready or over.
func (line timeline) play() (*verdict.Run, time.Time) {
	r := verdict.NewRun(line.targets, start, start.Add(line.run))
	var queue []scheduledCall
	later := func(at time.Time, report func(r *verdict.Run)) {
		n, _ := slices.BinarySearchFunc(queue, at, func(h scheduledCall, at time.Time) int {
			if h.at.After(at) {
				return 1
			}
			return -1
		})
		queue = slices.Insert(queue, n, scheduledCall{at, report})
	}
	for n, target := range line.targets {
		for second := range line.seconds {
			asked := start.Add(time.Duration(second)*time.Second + time.Duration(n)*10*time.Millisecond)
			later(asked, func(r *verdict.Run) {
				met := at(line.met[n], second)
				for _, w := range r.WitnessesOf(n) {
					if row, ok := line.witnesses[w.Addr()]; ok && at(row, second) == '+' {
						heard := asked.Add(latency('+', 0))
						later(heard, func(r *verdict.Run) { r.WitnessHeard(w.Addr(), heard) })
					}
				}
				r.Asked(n, asked)
				ended := asked.Add(latency(met, target.Probe.Timeout))
				later(ended, func(r *verdict.Run) {
					r.Ended(n, asked, ended, verdict.Join(target.Probe.Checks[:1], []verdict.Evidence{evidences[met]}))
				})
			})
		}
	}
	now := start
	for {
		next := queue[0]
		if until := r.Until(now); !next.at.Before(until) {
			if !now.Before(until) {
				return r, now
			}
			now = until // and ask again: it may be later by then
			continue
		}
		if due := r.Due(now); !due.IsZero() && due.Before(next.at) {
			now = due
			if _, ready := r.Ready(now); ready {
				return r, now
			}
			continue
		}
		queue, now = queue[1:], next.at
		next.report(r)
		if _, ready := r.Ready(now); ready {
			return r, now
		}
	}
}

// describe renders an event, with times since the start.
func describe(e verdict.Event) string {
	var b bytes.Buffer
	since := func(t time.Time) string { return t.Sub(start).String() }
	d := e.Detail
	fmt.Fprintf(&b, "%s %s", since(e.Time), strings.TrimPrefix(e.Type, "ENI Failover "))
	if d.Isolated {
		b.WriteString(" isolated")
	}
	fmt.Fprintf(&b, "; %d of %d answered\n", d.Answered, d.Asked)
	for _, u := range d.Unreachable {
		fmt.Fprintf(&b, "  %s on %s: %s %s since %s", u.Interface, u.Instance, u.Check, u.Evidence, since(u.Since))
		if !u.ReachedAt.IsZero() {
			b.WriteString(", reached " + since(u.ReachedAt))
		}
		if !u.Confirmed {
			b.WriteString(", unconfirmed")
		}
		if u.Witness.IsValid() {
			b.WriteString(", witness " + u.Witness.String())
		}
		b.WriteString("\n")
	}
	for _, r := range d.Reached {
		fmt.Fprintf(&b, "  %s reached %s\n", r.Interface, since(r.ReachedAt))
	}
	for _, x := range d.Down {
		fmt.Fprintf(&b, "  %s down: %s %s since %s, %s\n", x.Interface, x.Check, x.Evidence, since(x.Since), x.Reason)
	}
	if d.Rest != nil {
		fmt.Fprintf(&b, "  rest %s:", d.Rest.Run)
		for _, t := range d.Rest.Targets {
			b.WriteString(" " + t.Interface)
			if t.Armed {
				b.WriteString(" armed")
			}
			if !t.ReachedAt.IsZero() {
				b.WriteString(" reached " + since(t.ReachedAt))
			}
			if s := t.Silent; s.Questions > 0 {
				fmt.Fprintf(&b, " silent %s to %s %d times", since(s.Since), since(s.Until), s.Questions)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTimelines(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no timelines", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { runFile(t, file) })
	}
}

// runFile plays each timeline of a file and compares the event with the section "=" after it.
func runFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []txtar.File
	for n, section := range archive.Files {
		if section.Name == "=" {
			continue
		}
		r, now := parseTimeline(t, string(section.Data)).play()
		got := describe(r.Event(now))
		out = append(out, section, txtar.File{Name: "=", Data: []byte(got)})
		want := ""
		if n+1 < len(archive.Files) && archive.Files[n+1].Name == "=" {
			want = string(archive.Files[n+1].Data)
		}
		if got != want && !*update {
			t.Errorf("%s:\n%s\ngot:\n%s\nwant:\n%s", section.Name, section.Data, got, want)
		}
	}
	if *update {
		archive.Files = out
		if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// jsonOf returns an event as JSON.
func jsonOf(t *testing.T, e verdict.Event) string {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
