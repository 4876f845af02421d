package readiness_test

import (
	"os"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/readiness"
)

// home is the address at which people read the files of the repository.
const home = "https://github.com/eni-failover/eni-failover/blob/main/"

// TestEveryFindingIsDocumented checks that each link leads to a section of the page, and that each section is about a
// finding.
func TestEveryFindingIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/findings.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]string{} // by anchor
	section := ""
	for line := range strings.Lines(string(page)) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "## "); ok {
			section = home + "docs/findings.md#" + strings.ToLower(strings.ReplaceAll(heading, " ", "-"))
			continue
		}
		if section != "" {
			headings[section] += line + "\n"
		}
	}
	for _, id := range readiness.IDs() {
		text, ok := headings[id.Link()]
		if !ok {
			t.Errorf("%s has no section", id)
		}
		if !strings.Contains(text, "*critical") && !strings.Contains(text, "*warning") && !strings.Contains(text, "*info") {
			t.Errorf("the section of %s does not say how severe it is", id)
		}
		delete(headings, id.Link())
	}
	delete(headings, home+"docs/findings.md#the-audit-function")
	delete(headings, home+"docs/findings.md#what-a-verdict-promises")
	for link := range headings {
		t.Errorf("%s is about no finding", link)
	}
}
