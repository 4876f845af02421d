package textfmt

import (
	"strings"
	"unicode/utf8"
)

// Wrap breaks text into lines of at most so many columns, between words. A longer word has a line of its own.
func Wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.SplitSeq(text, " ") {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines = append(lines, line)
			line = word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// Hang breaks text into lines of at most so many columns behind a lead. The first line follows the lead directly, the
// others are indented by its width. No line ends in a blank.
func Hang(lead, text string, width int) []string {
	lines := Wrap(text, width-utf8.RuneCountInString(lead))
	for i, line := range lines {
		lines[i] = strings.TrimRight(lead+line, " ")
		lead = strings.Repeat(" ", utf8.RuneCountInString(lead))
	}
	return lines
}

// Leads aligns the columns of rows, two blanks apart behind an indent. It returns all cells of each row but the last, as
// the lead for [Hang].
func Leads(indent int, rows [][]string) []string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	leads := make([]string, 0, len(rows))
	for _, row := range rows {
		var lead strings.Builder
		lead.WriteString(strings.Repeat(" ", indent))
		for i, cell := range row[:len(row)-1] {
			lead.WriteString(cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
		}
		leads = append(leads, lead.String())
	}
	return leads
}
