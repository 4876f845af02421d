package deploytest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// documentedGrants are the rows of the tables in docs/permissions.md, by role.
func documentedGrants(t *testing.T) map[string][]grant {
	t.Helper()
	roles := map[string][]grant{}
	role := ""
	row := regexp.MustCompile("^\\| `([A-Za-z]+)` \\| `([a-z0-9]+:[A-Za-z0-9]+)` \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$")
	for line := range strings.Lines(readFile(t, filepath.Join(root, "docs", "permissions.md"))) {
		line = strings.TrimSpace(line)
		switch {
		case line == "## What the failover may do":
			role = "FailoverRole"
		case line == "## What the audit may do":
			role = "AuditRole"
		case line == "## What the probe may do":
			role = "ProbeRole"
		case strings.HasPrefix(line, "## "):
			role = ""
		case strings.HasPrefix(line, "| `"):
			cells := row.FindStringSubmatch(line)
			if cells == nil || role == "" {
				t.Errorf("row %q is not understood", line)
				continue
			}
			roles[role] = append(roles[role], grant{cells[1], cells[2]})
		}
	}
	return roles
}

func compareGrants(a, b grant) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

// The tables list exactly what the template allows.
func TestPermissionsAreDocumented(t *testing.T) {
	s := deployEverything(t)
	for role, want := range documentedGrants(t) {
		got := grantsOf(s.inlinePolicies(t, role))
		slices.SortFunc(want, compareGrants)
		slices.SortFunc(got, compareGrants)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(grant{})); diff != "" {
			t.Errorf("%s (-docs/permissions.md +template.yaml):\n%s", role, diff)
		}
	}
	if len(documentedGrants(t)) != 3 {
		t.Error("docs/permissions.md has not a table for each role")
	}
}

// Each permission, but those that Lambda itself uses, is for a call that the code makes.
func TestPermissionsAreForCallsInTheCode(t *testing.T) {
	code := ""
	for _, pattern := range []string{"internal/aws/*/*.go", "internal/record/*.go"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				code += readFile(t, file)
			}
		}
	}
	roles := documentedGrants(t)
	delete(roles, "ProbeRole") // its code makes no calls
	for _, grants := range roles {
		for _, g := range grants {
			service, name, _ := strings.Cut(g.action, ":")
			if slices.Contains([]string{"logs", "sns", "sqs"}, service) || slices.Contains(onBehalf(), g.action) {
				continue // AWS makes these calls
			}
			if !strings.Contains(code, "."+name+"(") && !strings.Contains(code, ".New"+name+"Paginator(") {
				t.Errorf("no code calls %s", g.action)
			}
		}
	}
}

// The docs explain every alarm, every parameter and every output.
func TestDeploymentIsDocumented(t *testing.T) {
	s := deployEverything(t)
	text := readFile(t, filepath.Join(root, "docs", "deploy.md"))
	inc := readFile(t, filepath.Join(root, "docs", "runbook.md"))
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		if !strings.Contains(inc, "\n### "+id+"\n") {
			t.Errorf("docs/runbook.md does not say what to do about %s", id)
		}
	}
	if n := len(deploy(t).ofType("AWS::CloudWatch::Alarm")); n != 13 || !strings.Contains(readFile(t, filepath.Join(root, "README.md")), "thirteen alarms") {
		t.Errorf("the README counts the alarms otherwise: %d", n)
	}
	for name := range s.Parameters {
		if !strings.Contains(text, "\n| `"+name+"` |") {
			t.Errorf("docs/deploy.md does not explain the parameter %s", name)
		}
	}
	for name := range s.Outputs {
		if !strings.Contains(text+inc, name) {
			t.Errorf("neither docs/deploy.md nor docs/runbook.md mentions the output %s", name)
		}
	}
}

// An alarm's message is all that a person has at first, so it links to its section. (TestDeploymentIsDocumented shows
// that the section exists.)
func TestAlarmsLinkToTheirSections(t *testing.T) {
	s := deployEverything(t)
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		link := " See https://github.com/eni-failover/eni-failover/blob/main/docs/runbook.md#" + strings.ToLower(id)
		if text := s.text(t, id, "AlarmDescription"); !strings.HasSuffix(text, link) || len(text) > 1024 {
			t.Errorf("the message of %s does not end with%s: %s", id, link, text)
		}
	}
}

// The links of the pages lead to files that exist, and to headings in them.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)
	pages := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"}
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d pages: %v", len(files), err)
	}
	for _, file := range files {
		pages = append(pages, "docs/"+filepath.Base(file))
	}
	for _, page := range pages {
		for _, m := range link.FindAllStringSubmatch(readFile(t, filepath.Join(root, page)), -1) {
			target := filepath.Join(root, filepath.Dir(page), m[1])
			if m[1] == "" {
				target = filepath.Join(root, page)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
				continue
			}
			if m[2] != "" && !slices.Contains(anchors(readFile(t, target)), m[2]) {
				t.Errorf("%s links to %s%s, and there is no such heading", page, m[1], m[2])
			}
		}
	}
}

// anchors returns the anchors that GitHub gives to the headings of a page: in lower case, without punctuation, with hyphens
// for blanks.
func anchors(page string) []string {
	var all []string
	dropped := regexp.MustCompile(`[^a-z0-9 _-]`)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(page, -1) {
		all = append(all, "#"+strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-"))
	}
	return all
}
