package main

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	var out bytes.Buffer
	p := newPage(&out, noEnv)
	p.title("Title %d", 1)
	p.table(2, []row{
		newRow(bold, "a", "column", strings.Repeat("word ", 30)),
		newRow(dim, "länger", "x", ""),
	})
	if err := p.flush(); err != nil {
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
	if !newPage(null, noEnv).ansi {
		t.Error("no styles on a terminal")
	}
	for variable, styled := range map[string]bool{"NO_COLOR=1": false, "NO_COLOR=": true, "TERM=dumb": false, "TERM=xterm": true} {
		name, value, _ := strings.Cut(variable, "=")
		env := func(n string) (string, bool) { return value, n == name }
		if name == "TERM" {
			env = func(n string) (string, bool) { return map[string]string{name: value}[n], n == name }
		}
		if got := newPage(null, env).ansi; got != styled {
			t.Errorf("%s: styles %t, want %t", variable, got, styled)
		}
	}
	if newPage(&bytes.Buffer{}, noEnv).ansi {
		t.Error("styles in a buffer")
	}
	p := &page{out: &bytes.Buffer{}, ansi: true, width: 20}
	p.line(bold, 1, "x")
	if got := p.text.String(); got != "\x1b[1m x\x1b[0m\n" {
		t.Errorf("%q", got)
	}
}

func TestWidth(t *testing.T) {
	for columns, want := range map[string]int{"": 80, "100": 100, "wide": 80, "0": 80, "-5": 80, "10": 40, "500": 120} {
		env := func(name string) (string, bool) { return columns, name == "COLUMNS" }
		if got := newPage(&bytes.Buffer{}, env).width; got != want {
			t.Errorf("COLUMNS=%s: %d columns, want %d", columns, got, want)
		}
	}
}

// A long table is cut, and says by how much.
func TestLongTable(t *testing.T) {
	p := &page{out: &bytes.Buffer{}, width: 40}
	p.table(0, slices.Repeat([]row{newRow(plain, "a", "b")}, 63))
	if got := p.text.String(); strings.Count(got, "\n") != 61 || !strings.HasSuffix(got, "\n... and 3 more rows\n") {
		t.Errorf("got\n%s", got)
	}
}

// A lead that leaves no room has a line of its own, so that no word is broken.
func TestLongLead(t *testing.T) {
	p := &page{out: &bytes.Buffer{}, width: 40}
	p.table(2, []row{newRow(plain, "i-0a1b2c3d4e5f60001", "a-long-name", "one two three four five six")})
	want := "  i-0a1b2c3d4e5f60001  a-long-name\n      one two three four five six\n"
	if got := p.text.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	var errs bytes.Buffer
	for _, args := range [][]string{{"-h"}, {"-print-world"}, {"-serve", ":0"}, {"-world", worldFile(t, fastWorld(t))}} {
		errs.Reset()
		status := run(t.Context(), args, streams{in: strings.NewReader(""), out: broken{}, err: &errs}, noEnv)
		if status != exitFailed || !strings.Contains(errs.String(), "write output: broken pipe") {
			t.Errorf("%s: status %d, %s", args, status, errs.String())
		}
	}
}
