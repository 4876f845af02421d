package plan_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the plans in testdata")

// TestDecide runs the decisions in testdata. A file has sections: a world, changes to it (but: they hold
// until the next but or world), triggers, one in each line, and what is planned for each. The words behind a
// section's first word are a title for people. What a line may hold is with world and readTrigger.
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
	var base, changed *world
	title, got := "", ""
	for k := range archive.Files {
		section := &archive.Files[k]
		kind, about, _ := strings.Cut(section.Name, " ")
		switch kind {
		case "world":
			base = newWorld().add(string(section.Data))
			changed, title = base, about
		case "but":
			changed, title = base.clone().add(string(section.Data)), about
		case "trigger":
			if about != "" {
				title = about
			}
			got = decideAll(t, changed, string(section.Data))
		case "plan":
			if diff := cmp.Diff(string(section.Data), got); diff != "" && !*update {
				t.Errorf("%s: plan (-want +got):\n%s", title, diff)
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

// decideAll shows what is planned for each trigger.
func decideAll(t *testing.T, w *world, triggers string) string {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(triggers) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		b.WriteString("> " + line + "\n" + show(decide(t, w, line)))
	}
	return b.String()
}
