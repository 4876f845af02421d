package step_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

var update = flag.Bool("update", false, "rewrite the table in testdata")

// situations are states of a move, each reached by a script.
var situations = []struct {
	name   string
	scene  func(...change) scene
	script string
}{
	{"spot: nothing done yet", spotScene, ""},
	{"spot: detach accepted", spotScene, "0s look old\n1s ok"},
	{"spot: detach without a reply", spotScene, "0s look old\n1s unavailable"},
	{"spot: detach refused, in transition", spotScene, "0s look old\n1s conflict"},
	{"spot: detach refused, stale", spotScene, "0s look old\n1s stale"},
	{"spot: detach refused, denied", spotScene, "0s look old\n1s denied"},
	{"spot: seen detaching", spotScene, "0s look old\n0.1s ok\n1s look old detaching"},
	{"spot: found detaching", spotScene, "1s look old detaching"},
	{"spot: forced", spotScene, "0s look old\n0.1s ok\n16s look old detaching\n17s ok"},
	{"spot: attach accepted", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n1s ok own"},
	{"spot: attach without a reply", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n1s unavailable"},
	{"spot: attach refused, in use", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n1s conflict"},
	{"spot: attaching", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n0.6s ok own\n1s look own on i-b/1 attaching"},
	{"spot: target died", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n0.6s ok own\n1s target i-b stopped\n1s look own on i-b/1 attaching\n6s look own on i-b/1 attaching\n7s ok"},
	{"spot: attach given up", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n0.6s ok own\n120s look own on i-b/1 attaching\n121s ok"},
	{"spot: on its way back", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n0.6s candidate\n0.7s candidate\n0.75s replanned none\n0.76s look unattached\n0.8s origin running\n1s ok own"},
	{"spot: all refused", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n0.6s candidate\n0.7s candidate\n0.75s replanned none\n0.76s look unattached\n0.8s origin stopped\n1s replanned none"},
	{"spot: attached, its target stopped", spotScene, "0s look old\n0.1s ok\n0.5s look unattached\n0.6s ok own\n1s target i-b stopped\n1s look own on i-b/1 attached"},
	{"terminated: nothing done yet", terminatedScene, ""},
	{"alarm: nothing done yet", alarmScene, ""},
	{"alarm: left tag written", alarmScene, "0s look old\n0.1s ok\n1s conflict"},
	{"manual: detach accepted", manualScene, "0s look old\n0.1s ok\n1s ok"},
	{"unattached: nothing done yet", unattachedScene, ""},
	{"unattached: attach accepted", unattachedScene, "0s look unattached\n6s look unattached\n7s ok own"},
	{"found: nothing done yet", foundScene, ""},
	{"stuck: nothing done yet", stuckScene, ""},
	{"cold: nothing done yet", coldScene, ""},
	{"cold: start accepted", coldScene, "0s target i-b pending\n0s look old\n0.1s ok"},
	{"cold: start without a reply", coldScene, "0s target i-b stopped\n0s look old\n0.1s unavailable"},
	{"cold: start refused", coldScene, "0s look old\n0.1s candidate"},
	{"cold: all starts refused, the last one late", coldScene, "0s look old\n0.1s candidate\n0.2s ok\n0.3s target i-c stopped\n6s look old detaching"},
	{"cold: booting", coldScene, "0s look old\n0.1s ok\n5s look old"},
	{"cold: booted, detach accepted", coldScene, "0s look old\n0.1s ok\n5s look old\n36s look old\n36.1s ok"},
	{"cold and unattached: nothing done yet", func(c ...change) scene { return unattachedScene(append(c, cold("i-b", "i-c"))...) }, ""},
	{
		"cold and unattached: start accepted", func(c ...change) scene { return unattachedScene(append(c, cold("i-b", "i-c"))...) },
		"0s target i-b pending\n6s look unattached\n7s ok",
	},
}

// sights are what a look can show.
var sights = []string{
	"none", "unattached", "old", "old attaching", "old detaching", "old detached", "old paused",
	"own on i-b/1 attaching", "own on i-b/1 attached", "own on i-b/1 detaching",
	"x on i-b/1 attaching", "x on i-b/1 attached", "x on i-b/2 attached", "x on i-c/1 attached", "x on i-c/1 detaching",
	"x on i-a/1 attached", "x on i-a/1 attaching", "x on i-a/1 detaching",
}

// tableHeader explains the table to its readers.
const tableHeader = `# What a move does next, for each situation and for each thing that a look can show then. The first column is what the
# look shows, the second the action if the look comes 0.1 s after the last reply, the third if it comes 20 s after it.
# "wait for 5s" is a wait that ends then even if the looks show no change. Written by "go test ./internal/step -update".

`

// TestTable asks the whole machine: in every situation, for every sight, soon after the last reply and 20 s after it. The
// answers are in testdata/table.txt, for review; what must hold of each of them is checked.
func TestTable(t *testing.T) {
	const file = "testdata/table.txt"
	var b strings.Builder
	b.WriteString(tableHeader)
	for _, s := range situations {
		fmt.Fprintf(&b, "%s\n", s.name)
		for _, sight := range sights {
			var cells []string
			for _, delay := range []time.Duration{100 * time.Millisecond, 20 * time.Second} {
				p := run(t, s.scene(), s.script)
				at := p.now.Sub(start) + delay
				p.input(at, "look "+sight)
				got := p.next()
				checkCell(t, s.name, sight, p)
				if wait, ok := strings.CutPrefix(got, "wait "); ok {
					d, err := time.ParseDuration(wait)
					if err != nil {
						t.Fatal(err)
					}
					got = "wait for " + (d - at).Round(time.Millisecond).String()
				}
				cells = append(cells, got)
			}
			fmt.Fprintf(&b, "    %-24s %-34s %s\n", sight, cells[0], cells[1])
		}
	}
	got := b.String()
	want, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" && !*update {
		t.Errorf("table (-want +got):\n%s", diff)
	}
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// checkCell checks what must hold of an action after a look.
func checkCell(t *testing.T, name, sight string, p *player) {
	t.Helper()
	a := p.last
	fail := func(why string) {
		t.Helper()
		t.Errorf("%s, and a look shows %s: %s: %s (%s)", name, sight, p.showAction(), why, p.move)
	}
	if again := p.move.Next(p.now); again != a {
		fail(fmt.Sprintf("and asked once more at the same instant: %+v", again))
	}
	id, _, _ := strings.Cut(sight, " ")
	unattached := id == "unattached" || strings.Contains(sight, "detached")
	switch a.Do {
	case step.Attach:
		if !unattached {
			fail("it is not unattached")
		}
		if a.Slot.Instance == "i-a" && !strings.HasPrefix(name, "found") || a.Slot.Index < 1 {
			fail("the doomed instance, or a primary's index")
		}
	case step.Detach:
		if before := strings.Contains(name, "nothing done") || strings.Contains(name, "start"); before && strings.HasPrefix(name, "cold") && !strings.Contains(sight, "detaching") {
			fail("the standby does not run yet")
		}
		if a.Attachment != id {
			fail("not what the look shows")
		}
		if elsewhere := strings.Contains(sight, "on i-") && !strings.Contains(sight, "on i-a") && !strings.Contains(sight, "detaching"); elsewhere && id != "own" {
			fail("a healthy holder")
		}
		if strings.Contains(sight, "paused") && (strings.Contains(name, "nothing done") || strings.Contains(name, "refused, ")) && !strings.Contains(name, "attach ") {
			fail("it is paused")
		}
	case step.Finish:
		r := p.move.Result()
		done := r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached || r.Reason == plan.ReasonReturned
		attached := strings.HasSuffix(sight, "attached") || sight == "old" || sight == "old paused"
		if done && !attached {
			fail("that was not seen")
		}
		if r.Attachment != "" && r.Attachment != id {
			fail("it says it is elsewhere: " + r.Attachment)
		}
		if r.Reason == plan.ReasonGone {
			fail("one look")
		}
	case step.Wait:
		if !a.At.IsZero() && !a.At.After(p.now) {
			fail("until an instant that is over")
		}
	case step.Start:
		onDoomed := strings.HasPrefix(sight, "old") || strings.Contains(sight, "on i-a")
		if !strings.HasPrefix(name, "cold") || (!unattached && !onDoomed) || strings.Contains(sight, "paused") {
			fail("no start is due")
		}
	case step.WriteLeftTag:
		if !strings.HasPrefix(name, "alarm") && !strings.HasPrefix(name, "manual") {
			fail("no left tag is due")
		}
	case step.AskOrigin, step.Replan:
		if !unattached {
			fail("it is not unattached")
		}
	}
}
