package deploytest_test

import (
	"path/filepath"
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
