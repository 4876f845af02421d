package plan_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/eni-failover/eni-failover/internal/plan"
)

var update = flag.Bool("update", false, "rewrite the plans in testdata")

// TestDecide runs the decisions in testdata. A file has sections: a world, changes to it (but: they hold
// until the next but or world), triggers, one in each line, and what is planned for each (plan). Lifecycle actions, one
// in each line, are decided on that world and, after a move, on a last read of it, which has changes of its own (last:
// they hold until the next last, but or world); what is decided of each is in a section decided. The words behind a section's first
// word are a title for people. What a line may hold is with world, readTrigger and readAction.
func TestDecide(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runFile(t, file) })
	}
}

func runFile(t *testing.T, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var base, changed, last *world
	title, got := "", ""
	for k := range archive.Files {
		section := &archive.Files[k]
		kind, about, _ := strings.Cut(section.Name, " ")
		switch kind {
		case "world":
			base = newWorld().add(string(section.Data))
			changed, last, title = base, base, about
		case "but":
			changed, title = base.clone().add(string(section.Data)), about
			last = changed
		case "last":
			last = changed.clone().add(string(section.Data))
		case "trigger", "action":
			if about != "" {
				title = about
			}
			got = eachLine(string(section.Data), func(line string) string {
				if kind == "action" {
					return decideAction(t, changed, last, line)
				}
				return show(decide(t, changed, line))
			})
		case "plan", "decided":
			if diff := cmp.Diff(string(section.Data), got); diff != "" && !*update {
				t.Errorf("%s: %s (-want +got):\n%s", title, kind, diff)
			}
			section.Data = []byte(got)
		default:
			t.Fatalf("section %q", section.Name)
		}
	}
	if *update {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// eachLine shows each line with what becomes of it.
func eachLine(text string, decide func(line string) string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		b.WriteString("> " + line + "\n" + decide(line))
	}
	return b.String()
}

// decideAction decides whether a lifecycle action is completed, given the world that the plan is made on and the one
// that is read after a move.
func decideAction(t *testing.T, first, last *world, line string) string {
	t.Helper()
	tr, dryRun, asked, results := readAction(t, line)
	s, policy := first.build(t)
	p := plan.Decide(tr, s, policy, now)
	for _, i := range p.Items {
		if i.Settled != "" {
			results[i.Interface.ID] = plan.Result{Outcome: i.Settled, Reason: i.Reason}
		}
	}
	action := plan.NewLifecycleAction(tr, p, dryRun, s, results)
	if asked != "" {
		action.Scaling = asked
	}
	if action.Moved() {
		read, _ := last.build(t)
		action.Last = read.Interfaces
	}
	if why := action.LeftAlone(); why != "" {
		return "left alone: " + why + "\n"
	}
	if why := action.Blocked(); why != "" {
		return "blocked: " + why + "\n"
	}
	return "completed\n"
}
