package doctest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root    = "../../.."
	beliefs = "docs/beliefs.md"
)

// row is one rule of a table, and the section that it is in.
type row struct {
	section, id                                       string
	rule, source, sure, reliedOn, harm, defence, line string
}

// head is the first line of each table of rules.
const head = "| id | rule | source | how sure | relied on in | harm | defence |"

// rows reads the rules of the page. A line of a table of rules that does not have its columns is an error.
func rows(t *testing.T) []row {
	t.Helper()
	var list []row
	section, inTable := "", false
	for line := range strings.Lines(readText(t, beliefs)) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "## "):
			section = line
		case line == head:
			inTable = true
			continue
		case !strings.HasPrefix(line, "|"):
			inTable = false
		}
		if !inTable || strings.HasPrefix(line, "| ---") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		if len(cells) != 7 {
			t.Errorf("row with %d columns instead of 7: %s", len(cells), line)
			continue
		}
		for i := range cells {
			if cells[i] = strings.TrimSpace(cells[i]); cells[i] == "" {
				t.Errorf("column %d is empty: %s", i+1, line)
			}
		}
		list = append(list, row{section, cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], line})
	}
	return list
}

// readText reads a file of the tree.
func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// words are the words that the page explains in a table before the rules: how sure a rule is, or a harm.
func words(t *testing.T, after string) []string {
	t.Helper()
	_, text, ok := strings.Cut(readText(t, beliefs), after)
	if !ok {
		t.Fatalf("the page does not say %q", after)
	}
	_, table, _ := strings.Cut(text, "| --- | --- |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var list []string
	for line := range strings.Lines(table) {
		list = append(list, strings.TrimSpace(strings.Split(line, "|")[1]))
	}
	return list
}

// TestRulesAreWhole: every rule has an id of its own, and uses the words that the page explains for how sure it is and
// for the harm that it may do.
func TestRulesAreWhole(t *testing.T) {
	sure, harms := words(t, "*How sure* is"), words(t, "*Harm* is")
	if len(sure) != 3 || len(harms) != 7 {
		t.Fatalf("how sure: %q, harms: %q", sure, harms)
	}
	list := rows(t)
	if len(list) < 100 {
		t.Errorf("%d rules", len(list))
	}
	letters, last := map[string]string{}, map[string]int{}
	id := regexp.MustCompile(`^([A-Z])([0-9]+)$`)
	for _, r := range list {
		parts := id.FindStringSubmatch(r.id)
		if parts == nil {
			t.Errorf("id %q", r.id)
			continue
		}
		if s, known := letters[parts[1]]; known && s != r.section {
			t.Errorf("%s is in %q, others of its letter in %q", r.id, r.section, s)
		}
		letters[parts[1]] = r.section
		if last[parts[1]]++; parts[2] != strconv.Itoa(last[parts[1]]) {
			t.Errorf("%s comes where %s%d should", r.id, parts[1], last[parts[1]])
		}
		if !slices.Contains(sure, r.sure) {
			t.Errorf("%s is %q sure; accepted: %q", r.id, r.sure, sure)
		}
		if !slices.Contains(harms, r.harm) {
			t.Errorf("%s does the harm %q; accepted: %q", r.id, r.harm, harms)
		}
	}
}

// inTree is a path within this tree, in the back quotes of a cell.
var inTree = regexp.MustCompile("`((?:[A-Za-z0-9_.-]+/)*[A-Za-z0-9_-]+\\.(?:go|md|yaml|toml|txt|json))`")

// TestGuessesAreDefended: a rule that is only inferred, and that would do harm if it is wrong, names the code or the test
// of its defence, or says that there is none.
func TestGuessesAreDefended(t *testing.T) {
	for _, r := range rows(t) {
		hurts := slices.Contains([]string{"cut", "unserved", "dying", "silence"}, r.harm)
		if r.sure == "inferred" && hurts && !inTree.MatchString(r.defence) && !strings.Contains(r.defence, "Limit:") {
			t.Errorf("%s is inferred and may do the harm %q, and names no defence and no limit: %s", r.id, r.harm, r.defence)
		}
	}
}

// TestRulesPointAtCode: each rule names where the code relies on it, and every file that the page names exists.
func TestRulesPointAtCode(t *testing.T) {
	for _, r := range rows(t) {
		if !inTree.MatchString(r.reliedOn) {
			t.Errorf("%s names no file that relies on it: %s", r.id, r.reliedOn)
		}
		for _, m := range inTree.FindAllStringSubmatch(r.line, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names a file that does not exist: %v", r.id, err)
			}
		}
		for _, quoted := range regexp.MustCompile("`internal/[^`]*`").FindAllString(r.line, -1) {
			if !inTree.MatchString(quoted) {
				t.Errorf("%s names %s, which is not a file", r.id, quoted)
			}
		}
	}
}

// TestNamesInParentheses: a name in parentheses after a file is in that file, so that a reader finds it.
func TestNamesInParentheses(t *testing.T) {
	for _, r := range rows(t) {
		checkCited(t, r.id, r.reliedOn+" "+r.defence)
	}
}

// checkCited checks that a file has the names that a text puts in parentheses behind it. A file that is not there is
// left to other tests.
func checkCited(t *testing.T, where, text string) {
	t.Helper()
	cited := regexp.MustCompile("`([^`]+\\.(?:go|yaml))` \\(([^)]+)\\)")
	for _, m := range cited.FindAllStringSubmatch(text, -1) {
		file, err := os.ReadFile(filepath.Join(root, m[1]))
		if err != nil {
			continue
		}
		for name := range strings.SplitSeq(m[2], ", ") {
			if !strings.Contains(strings.ToLower(string(file)), strings.ToLower(name)) {
				t.Errorf("%s: %s does not have %s", where, m[1], name)
			}
		}
	}
}

// TestReferences: the rules and sections that the page refers to exist.
func TestReferences(t *testing.T) {
	text := readText(t, beliefs)
	known := map[string]string{}
	anchors := map[string]bool{}
	for _, r := range rows(t) {
		anchor := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(r.section, "## "), " ", "-"))
		known[r.id], anchors[anchor] = anchor, true
	}
	for _, m := range regexp.MustCompile(`\[([A-Z0-9 and]+)\]\(#([a-z0-9-]+)\)`).FindAllStringSubmatch(text, -1) {
		for id := range strings.SplitSeq(m[1], " and ") {
			if known[id] != m[2] {
				t.Errorf("the link of %s leads to #%s, and the rule is in #%s", id, m[2], known[id])
			}
		}
	}
	for _, m := range regexp.MustCompile(`\b([A-Z][0-9]{1,2})\b`).FindAllStringSubmatch(text, -1) {
		if _, ok := known[m[1]]; !ok {
			t.Errorf("there is no rule %s", m[1])
		}
	}
}
