package display

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
)

// noEnv is an environment without variables.
func noEnv(string) (string, bool) { return "", false }

func TestPage(t *testing.T) {
	var out bytes.Buffer
	p := NewPage(&out, noEnv)
	p.Title("Title %d", 1)
	p.Table(2, []Row{
		NewRow(Bold, "a", "column", strings.Repeat("word ", 30)),
		NewRow(Dim, "länger", "x", ""),
	})
	if err := p.Flush(); err != nil {
		t.Fatal(err)
	}
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	want := "\nTitle 1\n" +
		"  a       column  " + words(12) + "\n" +
		"                  " + words(12) + "\n" +
		"                  " + words(6) + "\n" +
		"  länger  x\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestStylesAreForTerminals(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0) // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = null.Close() }()
	if !NewPage(null, noEnv).ansi {
		t.Error("no styles on a terminal")
	}
	for variable, styled := range map[string]bool{"NO_COLOR=1": false, "NO_COLOR=": true, "TERM=dumb": false, "TERM=xterm": true} {
		name, value, _ := strings.Cut(variable, "=")
		env := func(n string) (string, bool) { return value, n == name }
		if name == "TERM" {
			env = func(n string) (string, bool) { return map[string]string{name: value}[n], n == name }
		}
		if got := NewPage(null, env).ansi; got != styled {
			t.Errorf("%s: styles %t, want %t", variable, got, styled)
		}
	}
	if NewPage(&bytes.Buffer{}, noEnv).ansi {
		t.Error("styles in a buffer")
	}
	p := &Page{out: &bytes.Buffer{}, ansi: true, width: 20}
	p.Line(Bold, 1, "x")
	if got := p.text.String(); got != "\x1b[1m x\x1b[0m\n" {
		t.Errorf("%q", got)
	}
}

func TestWidth(t *testing.T) {
	for columns, want := range map[string]int{"": 80, "100": 100, "wide": 80, "0": 80, "-5": 80, "10": 40, "500": 120} {
		env := func(name string) (string, bool) { return columns, name == "COLUMNS" }
		if got := NewPage(&bytes.Buffer{}, env).width; got != want {
			t.Errorf("COLUMNS=%s: %d columns, want %d", columns, got, want)
		}
	}
}

// A long table is cut, and says by how much.
func TestLongTable(t *testing.T) {
	p := &Page{out: &bytes.Buffer{}, width: 40}
	p.Table(0, slices.Repeat([]Row{NewRow(Plain, "a", "b")}, 63))
	if got := p.text.String(); strings.Count(got, "\n") != 61 || !strings.HasSuffix(got, "\n... and 3 more rows\n") {
		t.Errorf("got\n%s", got)
	}
}

// A lead that leaves no room has a line of its own, so that no word is broken.
func TestLongLead(t *testing.T) {
	p := &Page{out: &bytes.Buffer{}, width: 40}
	p.Table(2, []Row{NewRow(Plain, "i-0a1b2c3d4e5f60001", "a-long-name", "one two three four five six")})
	want := "  i-0a1b2c3d4e5f60001  a-long-name\n      one two three four five six\n"
	if got := p.text.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
