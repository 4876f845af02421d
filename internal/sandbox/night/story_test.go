package night

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/probe/probetag"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// tell returns the timeline of a story, with variables of the function as NAME=value.
func tell(t *testing.T, name string, env ...string) Timeline {
	t.Helper()
	all := Stories()
	s := all[slices.IndexFunc(all, func(s Story) bool { return s.Name == name })]
	settings, err := s.Settings(func(name string) (string, bool) {
		for _, pair := range env {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value, true
			}
		}
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	line, err := Play(t.Context(), s, settings, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// The verdict and the move come within the times that the documentation promises, whether the service refuses or is
// silent.
func TestPromisedTimes(t *testing.T) {
	s := Story{}
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
	world, err := Story{}.world()
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
	page, err := os.ReadFile("../../../docs/cold-standby.md")
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
	cutOff := slices.ContainsFunc(line.Entries, func(e Entry) bool { return bytes.Contains(e.Event, []byte(`"isolated":true`)) })
	if line.Times != (Times{}) || !cutOff {
		t.Errorf("%+v; a run says that it was cut off: %t", line.Times, cutOff)
	}
}

// The verdict in docs/probe.md is the one of the story.
func TestVerdictInTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../../docs/probe.md")
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
	template, err := os.ReadFile("../../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{movedMail, failedMail} {
		if text = strings.ReplaceAll(text, "<trigger.kind>", "<kind>"); !strings.Contains(string(template), `"`+text) {
			t.Errorf("no input transformer of the template begins with %q", text)
		}
	}
}
