package awssim_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the table in docs/simulator.md")

// document is the page about the simulator.
var document = filepath.Join("..", "..", "docs", "simulator.md")

// TestDocumentedDifferences compares the table in docs/simulator.md with the known differences.
func TestDocumentedDifferences(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const mark = "<!-- differences -->\n"
	before, _, found := strings.Cut(string(text), mark)
	if !found {
		t.Fatalf("%s has no %s", document, mark)
	}
	var b strings.Builder
	b.WriteString(before + mark + "| | here | moto | why |\n| --- | --- | --- | --- |\n")
	for _, k := range knownDifferences() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", k.rule, k.ours, k.motos, k.why)
	}
	if *update {
		if err := os.WriteFile(document, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(b.String(), string(text)); diff != "" {
		t.Errorf("docs/simulator.md is not what the test knows (make golden): (-want +got)\n%s", diff)
	}
}

// TestDocumentedTests checks that the tests named in docs/simulator.md exist.
func TestDocumentedTests(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", filepath.Join("iam", "*_test.go")} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(source)
		}
	}
	names := regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 20 {
		t.Errorf("it names %d tests only", len(names))
	}
	for _, name := range names {
		if !strings.Contains(code.String(), "\nfunc "+name[1]+"(t *testing.T)") {
			t.Errorf("there is no test %s", name[1])
		}
	}
}
