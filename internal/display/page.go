// Package display prints what the commands show to a person: paragraphs and tables as wide as the terminal, a report of the
// failover, and the result of an audit.
package display

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// DefaultWidth is the width of a page in a file or a pipe, in columns.
const DefaultWidth = 80

// minWidth and maxWidth limit the width of a page.
const (
	minWidth = 40
	maxWidth = 120
)

// Page is text for a person, in plain columns that need no colour to be read.
type Page struct {
	out   io.Writer
	ansi  bool // the output is a terminal that shows styles
	width int  // in columns; longer words, and lines to copy, exceed it
	text  strings.Builder
}

// NewPage makes a page on out, as wide as its terminal or as COLUMNS says. It has styles only on a terminal, unless
// NO_COLOR is set and not empty (no-color.org).
func NewPage(out io.Writer, env func(name string) (value string, ok bool)) *Page {
	p := &Page{out: out, width: DefaultWidth}
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

// Flush writes what is on the page, and goes on with an empty one.
func (p *Page) Flush() error {
	_, err := io.WriteString(p.out, p.text.String())
	p.text.Reset()
	if err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// Style is how a line stands out on a terminal.
type Style string

// The styles.
const (
	Plain Style = ""
	Bold  Style = "\x1b[1m"
	Dim   Style = "\x1b[2m"
	// Good, Warn and Bad are bold green, yellow and red.
	Good Style = "\x1b[1;32m"
	Warn Style = "\x1b[1;33m"
	Bad  Style = "\x1b[1;31m"
)

// Title begins a section.
func (p *Page) Title(format string, args ...any) {
	p.text.WriteByte('\n')
	p.Line(Bold, 0, fmt.Sprintf(format, args...))
}

// Line writes a paragraph, all its lines indented by so many columns.
func (p *Page) Line(s Style, indent int, text string) {
	p.hanging(s, strings.Repeat(" ", indent), text)
}

// Copied writes a line as it is, to be copied.
func (p *Page) Copied(s Style, text string) {
	if p.ansi && s != Plain && text != "" {
		text = string(s) + text + "\x1b[0m"
	}
	p.text.WriteString(text + "\n")
}

// hanging writes a paragraph behind a lead, and its further lines below its first one. If the lead leaves
// hardly any room, the text begins on a line of its own.
func (p *Page) hanging(s Style, lead, text string) {
	const minText = 20
	blanks := len(lead) - len(strings.TrimLeft(lead, " "))
	if text != "" && strings.TrimSpace(lead) != "" && utf8.RuneCountInString(lead)+min(minText, utf8.RuneCountInString(text)) > p.width {
		for _, line := range textfmt.Hang(strings.Repeat(" ", blanks), strings.TrimSpace(lead), p.width) {
			p.Copied(s, line)
		}
		lead = strings.Repeat(" ", blanks+4)
	}
	for _, line := range textfmt.Hang(lead, text, p.width) {
		p.Copied(s, line)
	}
}

// Row is a row of a table.
type Row struct {
	style Style
	cells []string
}

// NewRow makes a row of cells.
func NewRow(s Style, cells ...string) Row { return Row{style: s, cells: cells} }

// Table writes the first rows of a table. Its columns are aligned, two blanks apart; the last one is wrapped.
func (p *Page) Table(indent int, rows []Row) {
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
		p.Line(Dim, indent, fmt.Sprintf("... and %d more rows", more))
	}
}

// Join joins the parts that are not empty.
func Join(separator string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), separator)
}
