package main

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	var out bytes.Buffer
	p := newPage(&out, noEnv)
	p.title("Title %d", 1)
	p.table(2, [][]string{
		{"a", "column", strings.Repeat("word ", 30)},
		{"länger", "x", ""},
	}, bold, dim)
	if err := p.flush(); err != nil {
		t.Fatal(err)
	}
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("word ", n)) }
	want := "\nTitle 1\n" +
		"  a       column  " + words(16) + "\n" +
		"                  " + words(14) + "\n" +
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
	noColor := func(name string) (string, bool) { return "1", name == "NO_COLOR" }
	if newPage(null, noColor).ansi || newPage(&bytes.Buffer{}, noEnv).ansi {
		t.Error("styles against NO_COLOR, or on what is no terminal")
	}
	p := &page{out: &bytes.Buffer{}, ansi: true}
	p.line(bold, 1, "x")
	if got := p.text.String(); got != "\x1b[1m x\x1b[0m\n" {
		t.Errorf("%q", got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputThatCannotBeWritten(t *testing.T) {
	var errs bytes.Buffer
	for _, args := range [][]string{{"-h"}, {"-print-world"}, {"-serve", ":0"}, {"-world", worldFile(t, hasty())}} {
		errs.Reset()
		status := run(t.Context(), args, streams{in: strings.NewReader(""), out: broken{}, err: &errs}, noEnv)
		if status != exitFailed || !strings.Contains(errs.String(), "write output: broken pipe") {
			t.Errorf("%s: status %d, %s", args, status, errs.String())
		}
	}
}
