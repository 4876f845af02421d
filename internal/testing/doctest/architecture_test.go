package doctest_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

var update = flag.Bool("update", false, "rewrite the columns of docs/architecture.md that follow from the code")

const (
	architecture = "docs/architecture.md"
	// packagesHead is the first line of each table of packages.
	packagesHead = "| package | what it is for | imports | AWS's libraries |"
)

// pagePackage is a package on the page: the layer that it stands in, and what it is for.
type pagePackage struct{ layer, purpose string }

// layer is a section of the page with a table of packages, and the layers that its packages may import.
type layer struct {
	name      string
	mayImport []string
	packages  []string
}

// layers reads the tables of packages.
func layers(t *testing.T, text string) ([]layer, map[string]pagePackage) {
	t.Helper()
	rules := regexp.MustCompile(`\*May import: ([^*]+)\.\*`)
	var list []layer
	packages := map[string]pagePackage{}
	name, mayImport, inTable := "", []string(nil), false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if heading, ok := strings.CutPrefix(line, "### "); ok {
			name, mayImport = heading, nil
		}
		if rule := rules.FindStringSubmatch(line); rule != nil {
			mayImport = strings.Split(rule[1], ", ")
		}
		switch {
		case line == packagesHead:
			inTable = true
			list = append(list, layer{name: name, mayImport: mayImport})
		case !strings.HasPrefix(line, "|"):
			inTable = false
		case inTable && !strings.HasPrefix(line, "| ---"):
			cells := strings.Split(line, "|")
			if len(cells) < 3 {
				t.Fatalf("row %q is not understood", line)
			}
			p := strings.Trim(cells[1], " `")
			if _, twice := packages[p]; twice {
				t.Errorf("%s stands in two rows", p)
			}
			packages[p] = pagePackage{name, strings.TrimSpace(cells[2])}
			list[len(list)-1].packages = append(list[len(list)-1].packages, p)
		}
	}
	return list, packages
}

// withTables returns the page with its tables as the code wants them: a package that is gone has no row, a new one has
// a row at the end of a table, and imports are what the code imports.
func withTables(t *testing.T, text string, code map[string]goPackage) string {
	t.Helper()
	list, known := layers(t, text)
	for _, p := range slices.Sorted(maps.Keys(code)) {
		if _, ok := known[p]; !ok {
			known[p] = pagePackage{layerOf(p), strings.TrimSuffix(strings.TrimPrefix(code[p].purpose, "Package "+path.Base(p)+" "), ".")}
			i := slices.IndexFunc(list, func(l layer) bool { return l.name == layerOf(p) })
			if i < 0 {
				t.Fatalf("the page has no section %s, which %s belongs in", layerOf(p), p)
			}
			list[i].packages = append(list[i].packages, p)
		}
	}
	var b strings.Builder
	for len(list) > 0 {
		before, rest, found := strings.Cut(text, packagesHead+"\n")
		if !found {
			t.Fatal("a table has no head")
		}
		b.WriteString(before + packagesHead + "\n| --- | --- | --- | --- |\n")
		for _, p := range list[0].packages {
			if c, ok := code[p]; ok {
				fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p, known[p].purpose, cell(c.imports), cell(c.aws))
			}
		}
		_, text, _ = strings.Cut(rest, "\n\n")
		text = "\n" + text
		list = list[1:]
	}
	return b.String() + text
}

// layerOf is the layer of a package that the page does not have yet. A package that stands in the wrong one is found
// by what it imports.
func layerOf(p string) string {
	switch {
	case strings.HasPrefix(p, "functions/"):
		return "Mains"
	case strings.HasPrefix(p, "internal/aws/"):
		return "Edges"
	case strings.HasPrefix(p, "internal/") && !strings.HasPrefix(p, "internal/testing/"):
		return "Pure"
	}
	return "Tools"
}

func cell(list []string) string {
	if len(list) == 0 {
		return "–"
	}
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = strings.TrimPrefix(p, "internal/")
	}
	return strings.Join(names, ", ")
}

// TestPackagesAreOnThePage: every package of the tree has a row on the page and no other has, with all that it imports.
func TestPackagesAreOnThePage(t *testing.T) {
	text := readText(t, architecture)
	want := withTables(t, text, goPackages(t))
	if *update {
		if err := os.WriteFile(filepath.Join(root, architecture), []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != text {
		t.Errorf("%s is not what the code says; next: go test ./internal/testing/doctest -update", architecture)
	}
	has, wants := strings.Split(text, "\n"), strings.Split(want, "\n")
	for _, line := range has {
		if !slices.Contains(wants, line) {
			t.Errorf("it has\n%s", line)
		}
	}
	for _, line := range wants {
		if !slices.Contains(has, line) {
			t.Errorf("it should have\n%s", line)
		}
	}
	_, packages := layers(t, want)
	for p, row := range packages {
		if row.purpose == "" {
			t.Errorf("the page does not say what %s is for", p)
		}
	}
}

// TestLayers: a package imports only what the section of its layer says, and each service of AWS has one edge.
func TestLayers(t *testing.T) {
	list, packages := layers(t, readText(t, architecture))
	mayImport := map[string][]string{}
	for _, l := range list {
		if len(l.mayImport) == 0 {
			t.Errorf("the section %s does not say what its packages may import", l.name)
		}
		mayImport[l.name] = l.mayImport
	}
	edges := map[string]string{} // service → package
	for p, c := range goPackages(t) {
		own := packages[p].layer
		for _, imported := range c.imports {
			if other := packages[imported].layer; !slices.Contains(mayImport[own], other) {
				t.Errorf("%s (%s) imports %s (%s); %s may import %q", p, own, imported, other, own, mayImport[own])
			}
		}
		if len(c.aws) > 0 && !slices.Contains(mayImport[own], "AWS") {
			t.Errorf("%s (%s) imports AWS's libraries %q", p, own, c.aws)
		}
		for _, service := range c.aws {
			if own != "Edges" || service == "core" {
				continue
			}
			if edges[service] != "" {
				t.Errorf("%s and %s both import the SDK's %s", p, edges[service], service)
			}
			edges[service] = p
		}
	}
	if len(edges) < 3 {
		t.Errorf("the edges talk to %v only", edges)
	}
}

// TestTreeOfThePage: in the tree, each package imports those that are indented under it, and has its layer beside it.
func TestTreeOfThePage(t *testing.T) {
	text := readText(t, architecture)
	_, packages := layers(t, text)
	code := goPackages(t)
	_, tree, _ := strings.Cut(text, "stands on the right.\n\n```\n")
	tree, _, found := strings.Cut(tree, "\n```")
	if !found {
		t.Fatal("the page has no tree")
	}
	row := regexp.MustCompile(`^([ │├└─]*)(\S+) +(\S+)$`)
	var above []string // the packages from the root to the line before
	for line := range strings.SplitSeq(tree, "\n") {
		m := row.FindStringSubmatch(line)
		if m == nil || utf8.RuneCountInString(m[1])/3 > len(above) {
			t.Fatalf("line %q is not understood", line)
		}
		depth, p := utf8.RuneCountInString(m[1])/3, m[2]
		above = append(above[:depth], p)
		if depth > 0 && !slices.Contains(code[above[depth-1]].imports, p) {
			t.Errorf("%s does not import %s", above[depth-1], p)
		}
		if packages[p].layer != m[3] {
			t.Errorf("%s stands in the tree as one of %s, and in the table of %q", p, m[3], packages[p].layer)
		}
	}
}

// TestPathsOfThePage: all files and folders that the page names are there. NAME stands for any name.
func TestPathsOfThePage(t *testing.T) {
	text := readText(t, architecture)
	paths := regexp.MustCompile(`(?:functions|internal|cmd|docs|events|bench|examples|\.ci)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*]`).FindAllString(text, -1)
	for _, m := range regexp.MustCompile("`([A-Za-z.]+\\.(?:md|ya?ml|toml|mod)|Makefile)`").FindAllStringSubmatch(text, -1) {
		paths = append(paths, m[1])
	}
	for _, m := range regexp.MustCompile(`\]\(([^)#:]+)`).FindAllStringSubmatch(text, -1) {
		paths = append(paths, path.Join("docs", m[1]))
	}
	if len(paths) < 100 {
		t.Errorf("the page names only %d paths", len(paths))
	}
	for _, p := range paths {
		found, err := filepath.Glob(filepath.Join(root, strings.ReplaceAll(p, "NAME", "*")))
		if err != nil || len(found) == 0 {
			t.Errorf("the page names %s, which is not there: %v", p, err)
		}
	}
}

// TestNamesOfThePage: what stands in parentheses behind a file is written in it.
func TestNamesOfThePage(t *testing.T) {
	checkCited(t, architecture, readText(t, architecture))
}
