package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each story is told as its golden file says, to the millisecond.
func TestStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/story-*.txt")
	if err != nil || len(files) != len(stories()) && !*update {
		t.Errorf("%d golden files of %d stories (%v)", len(files), len(stories()), err)
	}
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t, "", nil, "-story", s.name)
			if r.status != exitOK || r.err != "" {
				t.Fatalf("status %d, standard error %q", r.status, r.err)
			}
			for line := range strings.Lines(r.out) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > display.DefaultWidth {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			golden := filepath.Join("testdata", "story-"+s.name+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(r.out), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), r.out); diff != "" {
				t.Errorf("-golden +told (-update rewrites it):\n%s", diff)
			}
		})
	}
}

// tell returns the timeline of a story.
func tell(t *testing.T, name string, env ...string) timeline {
	t.Helper()
	r := sandbox(t, "", env, "-story", name, "-json")
	var line timeline
	if err := json.Unmarshal([]byte(r.out), &line); err != nil || r.status != exitOK {
		t.Fatalf("status %d, standard error %q: %v", r.status, r.err, err)
	}
	return line
}

// The verdict and the move come within the times that the documentation promises, whether the service refuses or is
// silent.
func TestPromisedTimes(t *testing.T) {
	s := story{}
	world, err := s.world()
	if err != nil {
		t.Fatal(err)
	}
	asked, err := probetag.Parse(world.Interfaces[3].Tags[probetag.Name])
	if err != nil {
		t.Fatal(err)
	}
	timing := world.Timing
	promised := (asked.For + verdict.Interval + asked.Timeout).Milliseconds()
	const maxCalls = 12 // one after the other, before, between and after detach and attach
	move := (2*deliveryTime + time.Duration(timing.Detach+timing.Attach+maxCalls*timing.Call)).Milliseconds()
	for name, graceMs := range map[string]int64{"unreachable": 0, "silent": 5000} { // a third of DETACH_GRACE, since the guest hangs
		got := tell(t, name).Times
		if got.VerdictMs <= asked.For.Milliseconds()-clientEvery.Milliseconds()-verdict.Interval.Milliseconds() || got.VerdictMs > promised {
			t.Errorf("%s: the verdict came after %d ms, promised are %d", name, got.VerdictMs, promised)
		}
		if took := got.MovedMs - got.VerdictMs; took <= 0 || took > move+graceMs {
			t.Errorf("%s: the move took %d ms from the verdict, promised are %d", name, took, move+graceMs)
		}
		if took := got.AnsweredMs - got.MovedMs; took > (guestTime + 2*clientEvery).Milliseconds() {
			t.Errorf("%s: the client was answered %d ms after the move", name, took)
		}
		if got.ReachedMs <= got.MovedMs {
			t.Errorf("%s: the probe is armed on the standby after %d ms", name, got.ReachedMs)
		}
	}
}

// A story obeys the function's settings: a dry run moves nothing, so the service stays down.
func TestStoryInADryRun(t *testing.T) {
	if got := tell(t, "unreachable", "DRY_RUN=true").Times; got.VerdictMs == 0 || got.MovedMs > 0 || got.AnsweredMs > 0 {
		t.Errorf("%+v", got)
	}
}

// A cold standby runs and boots before the interface leaves its holder, which serves until then. Without the time to boot,
// the client waits for it.
func TestStoryOfAColdStandby(t *testing.T) {
	t.Parallel()
	world, err := story{}.world()
	if err != nil {
		t.Fatal(err)
	}
	const settle, maxOutage = 30000, 5000 // milliseconds
	for _, name := range []string{"cold-standby", "no-capacity"} {
		got := tell(t, name).Times
		starts := got.RunningMs - got.StartMs
		if least := time.Duration(world.Timing.Start).Milliseconds(); got.StartMs == 0 || starts < least || starts > least+stateEvery.Milliseconds() {
			t.Errorf("%s: the start took %d ms: %+v", name, starts, got)
		}
		if got.DetachMs < got.RunningMs+settle || got.MovedMs < got.DetachMs || got.AnsweredMs-got.UnansweredMs > maxOutage {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := tell(t, "cold-standby", "START_SETTLE=0").Times; got.AnsweredMs-got.UnansweredMs < (bootTime - maxOutage*time.Millisecond).Milliseconds() {
		t.Errorf("no time to boot: %+v", got)
	}
}

// The times in docs/cold-standby.md are those of the story.
func TestTimesInTheDocumentation(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/cold-standby.md")
	if err != nil {
		t.Fatal(err)
	}
	tenths := func(ms int64) string { return fmt.Sprintf("%.1f", float64(ms)/1000) }
	got := tell(t, "cold-standby").Times
	for _, ms := range []int64{got.StartMs, got.RunningMs, got.DetachMs, got.MovedMs, got.AnsweredMs} {
		if !strings.Contains(string(page), "\n| "+tenths(ms)+" | ") {
			t.Errorf("no row of %s s", tenths(ms))
		}
	}
	if outage := "no answer for " + tenths(got.AnsweredMs-got.UnansweredMs) + " s"; !strings.Contains(string(page), outage) {
		t.Errorf("it does not say %q", outage)
	}
}

// A probe that is cut off moves nothing.
func TestStoryOfAnIsolatedProbe(t *testing.T) {
	line := tell(t, "isolated")
	cutOff := slices.ContainsFunc(line.Entries, func(e entry) bool { return bytes.Contains(e.Event, []byte(`"isolated": true`)) })
	if line.Times != (times{}) || !cutOff {
		t.Errorf("%+v; a run says that it was cut off: %t", line.Times, cutOff)
	}
}

// The verdict in docs/probe.md is the one of the story.
func TestVerdictInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/probe.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```json\n")
	text, _, _ := strings.Cut(rest, "```")
	var documented, told any
	if err := json.Unmarshal([]byte(text), &documented); err != nil {
		t.Fatal(err)
	}
	for _, e := range tell(t, "unreachable").Entries {
		if len(e.Event) > 0 && told == nil {
			if err := json.Unmarshal(e.Event, &told); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(documented, told); diff != "" {
		t.Errorf("-docs/probe.md +story:\n%s", diff)
	}
}

// The mails are those of the template's rules.
func TestMailsAreTheTemplates(t *testing.T) {
	template, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{movedMail, failedMail} {
		if text = strings.ReplaceAll(text, "<trigger.kind>", "<kind>"); !strings.Contains(string(template), `"`+text) {
			t.Errorf("no input transformer of the template begins with %q", text)
		}
	}
}
