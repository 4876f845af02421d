package readiness_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/eni-failover/eni-failover/internal/readiness"
)

var update = flag.Bool("update", false, "rewrite the audits in testdata")

// coverage says which findings the cases have, and which a case does without by one line.
type coverage struct{ found, nearMiss map[readiness.ID]bool }

// TestInspect runs the audits in testdata. A file has sections:
//
//	world TITLE     an account, and what else an audit is given (see account)
//	but TITLE       a change to the world, which holds for this case only
//	near ID TITLE   a change of one line to the case before it, which has a finding of that id: now there must be none
//	audit           what is said about the case before it
//
// At the end every kind of finding has a case that has it, and a near miss.
func TestInspect(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	covered := coverage{map[readiness.ID]bool{}, map[readiness.ID]bool{}}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { runFile(t, file, covered) })
	}
	if t.Failed() {
		return
	}
	for _, id := range readiness.IDs() {
		if !covered.found[id] {
			t.Errorf("no case in testdata has the finding %s", id)
		}
		if !covered.nearMiss[id] {
			t.Errorf("no case in testdata misses the finding %s by one line", id)
		}
	}
}

func runFile(t *testing.T, file string, covered coverage) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var world, last, current *account
	var title string
	for k := range archive.Files {
		section := &archive.Files[k]
		kind, about, _ := strings.Cut(section.Name, " ")
		switch kind {
		case "world":
			world = newAccount()
			world.add(t, string(section.Data))
			last, current, title = world, world, about
		case "but":
			last = world.clone()
			last.add(t, string(section.Data))
			current, title = last, about
		case "near":
			title = about
			id, _, _ := strings.Cut(about, " ")
			current = checkNearMiss(t, readiness.ID(id), last, section)
			covered.nearMiss[readiness.ID(id)] = true
		case "audit":
			r := current.inspect(t)
			checkForm(t, r)
			for _, f := range r.Findings {
				covered.found[f.ID] = true
			}
			got := show(r)
			if diff := cmp.Diff(string(section.Data), got); diff != "" && !*update {
				t.Errorf("%s: audit (-want +got):\n%s", title, diff)
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

// checkNearMiss checks that the case before has the finding, and that the account with the one changed line, which it
// returns, has not.
func checkNearMiss(t *testing.T, id readiness.ID, before *account, change *txtar.File) *account {
	t.Helper()
	if lines := strings.Count(string(change.Data), "\n"); lines != 1 {
		t.Errorf("%s changes %d lines; want 1", change.Name, lines)
	}
	if !has(before.inspect(t), id) {
		t.Errorf("%s: the case before it does not have the finding", change.Name)
	}
	changed := before.clone()
	changed.add(t, string(change.Data))
	if has(changed.inspect(t), id) {
		t.Errorf("%s: it still has the finding", change.Name)
	}
	return changed
}

func has(r readiness.Result, id readiness.ID) bool {
	return slices.ContainsFunc(r.Findings, func(f readiness.Finding) bool { return f.ID == id })
}
