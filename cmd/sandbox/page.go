package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// The width of a page, in columns. A file or a pipe has the default.
const (
	defaultWidth = 80
	minWidth     = 40
	maxWidth     = 120
)

// page is text for a person, in plain columns that need no colour to be read.
type page struct {
	out   io.Writer
	ansi  bool // the output is a terminal that shows styles
	width int  // in columns; longer words, and lines to copy, exceed it
	text  strings.Builder
}

// newPage makes a page on out, as wide as its terminal or as COLUMNS says. It has styles only on a terminal, unless
// NO_COLOR is set and not empty (no-color.org).
func newPage(out io.Writer, env lookup) *page {
	p := &page{out: out, width: defaultWidth}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		noColor, _ := env("NO_COLOR")
		term, _ := env("TERM")
		p.ansi = err == nil && info.Mode()&os.ModeCharDevice != 0 && noColor == "" && term != "dumb"
		if w := terminalWidth(f); w > 0 {
			p.width = w
		}
	}
	text, _ := env("COLUMNS")
	if w, err := strconv.Atoi(text); err == nil && w > 0 {
		p.width = w
	}
	p.width = min(max(p.width, minWidth), maxWidth)
	return p
}

// flush writes what is on the page, and goes on with an empty one.
func (p *page) flush() error {
	_, err := io.WriteString(p.out, p.text.String())
	p.text.Reset()
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// style is how a line stands out on a terminal.
type style string

const (
	plain style = ""
	bold  style = "\x1b[1m"
	dim   style = "\x1b[2m"
	// good, warn and bad are bold green, yellow and red.
	good style = "\x1b[1;32m"
	warn style = "\x1b[1;33m"
	bad  style = "\x1b[1;31m"
)

// title begins a section.
func (p *page) title(format string, args ...any) {
	p.text.WriteByte('\n')
	p.line(bold, 0, fmt.Sprintf(format, args...))
}

// line writes a paragraph, all its lines indented by so many columns.
func (p *page) line(s style, indent int, text string) {
	p.hanging(s, strings.Repeat(" ", indent), text)
}

// copied writes a line as it is, to be copied.
func (p *page) copied(s style, text string) {
	if p.ansi && s != plain && text != "" {
		text = string(s) + text + "\x1b[0m"
	}
	p.text.WriteString(text + "\n")
}

// hanging writes a paragraph behind a lead, and its further lines below its first one. If the lead leaves
// hardly any room, the text begins on a line of its own.
func (p *page) hanging(s style, lead, text string) {
	const minText = 20
	blanks := len(lead) - len(strings.TrimLeft(lead, " "))
	if text != "" && strings.TrimSpace(lead) != "" && utf8.RuneCountInString(lead)+min(minText, utf8.RuneCountInString(text)) > p.width {
		for _, line := range textfmt.Hang(strings.Repeat(" ", blanks), strings.TrimSpace(lead), p.width) {
			p.copied(s, line)
		}
		lead = strings.Repeat(" ", blanks+4)
	}
	for _, line := range textfmt.Hang(lead, text, p.width) {
		p.copied(s, line)
	}
}

// row is a row of a table.
type row struct {
	style style
	cells []string
}

func newRow(s style, cells ...string) row { return row{style: s, cells: cells} }

// table writes the first rows of a table. Its columns are aligned, two blanks apart; the last one is wrapped.
func (p *page) table(indent int, rows []row) {
	const maxRows = 60
	more := len(rows) - maxRows
	rows = rows[:min(len(rows), maxRows)]
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, r.cells)
	}
	leads := textfmt.Leads(indent, cells)
	for n, r := range rows {
		p.hanging(r.style, leads[n], r.cells[len(r.cells)-1])
	}
	if more > 0 {
		p.line(dim, indent, fmt.Sprintf("... and %d more rows", more))
	}
}
