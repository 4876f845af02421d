package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/sandbox/night"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Each story is told as its golden file says, to the millisecond.
func TestStories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/story-*.txt")
	if err != nil || len(files) != len(night.Stories()) && !*update {
		t.Errorf("%d golden files of %d stories (%v)", len(files), len(night.Stories()), err)
	}
	for _, s := range night.Stories() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t, "", nil, "-story", s.Name)
			if r.status != exitOK || r.err != "" {
				t.Fatalf("status %d, standard error %q", r.status, r.err)
			}
			for line := range strings.Lines(r.out) {
				if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > display.DefaultWidth {
					t.Errorf("%d columns: %s", n, line)
				}
			}
			golden := filepath.Join("testdata", "story-"+s.Name+".txt")
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
