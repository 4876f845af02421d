package deploytest_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmeFence returns the commands of the README that a test runs: those in the fence behind the comment
// `<!-- tested: NAME -->`.
func readmeFence(t *testing.T, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(readFile(t, filepath.Join(root, "README.md")), "<!-- tested: "+name+" -->\n```\n")
	commands, _, closed := strings.Cut(rest, "```\n")
	if !found || !closed {
		t.Fatalf("README.md has no fence tested: %s", name)
	}
	return commands
}

// The README is read in a few minutes, and its figures are those of docs/performance.md, which `make bench` writes.
func TestReadme(t *testing.T) {
	text := readFile(t, filepath.Join(root, "README.md"))
	const most = 150
	if lines := strings.Count(text, "\n"); lines > most {
		t.Errorf("README.md has %d lines; what is over %d belongs in docs/", lines, most)
	}
	_, table, _ := strings.Cut(text, "\n| what | measured |\n| --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	rows := strings.Split(table, "\n")
	if len(rows) < 4 {
		t.Fatalf("README.md has %d figures", len(rows))
	}
	measured := readFile(t, filepath.Join(root, "docs", "performance.md"))
	for _, row := range rows {
		if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(row)).MatchString(measured) {
			t.Errorf("docs/performance.md does not have %q", row)
		}
	}
}
