package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/eni-failover/eni-failover/internal/columns"
)

// width is the most columns that a line takes, words that are longer aside.
const width = 100

// page is text for a person, in plain columns that need no colour to be read.
type page struct {
	out  io.Writer
	ansi bool
	text strings.Builder
}

// newPage makes a page on out. It is bold and dim in places only on a terminal whose owner does not object
// (no-color.org).
func newPage(out io.Writer, env lookup) *page {
	p := &page{out: out}
	if f, ok := out.(*os.File); ok {
		info, err := f.Stat()
		objection, _ := env("NO_COLOR")
		term, _ := env("TERM")
		p.ansi = err == nil && info.Mode()&os.ModeCharDevice != 0 && objection == "" && term != "dumb"
	}
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

// style is how a line stands out. Not at all, where there are no styles.
type style string

const (
	plain style = ""
	bold  style = "\x1b[1m"
	dim   style = "\x1b[2m"
)

// title begins a section.
func (p *page) title(format string, args ...any) {
	p.text.WriteByte('\n')
	p.line(bold, 0, fmt.Sprintf(format, args...))
}

// line writes a paragraph, its first line indented by so many columns and the others likewise.
func (p *page) line(s style, indent int, text string) {
	p.hanging(s, strings.Repeat(" ", indent), text)
}

// hanging writes a paragraph behind a lead, and its further lines below its first one.
func (p *page) hanging(s style, lead, text string) {
	for _, line := range columns.Hang(lead, text, width) {
		if p.ansi && s != plain {
			line = string(s) + line + "\x1b[0m"
		}
		p.text.WriteString(line + "\n")
	}
}

// table writes rows whose columns are aligned, two blanks apart; the last column is wrapped. A row's style
// is that of the same index, if there is one.
func (p *page) table(indent int, rows [][]string, styles ...style) {
	for n, lead := range columns.Leads(indent, rows) {
		s := plain
		if n < len(styles) {
			s = styles[n]
		}
		p.hanging(s, lead, rows[n][len(rows[n])-1])
	}
}
