// Package textfmt formats text that people read in a log, an e-mail or a terminal. It shortens long lists and texts,
// because a group of a thousand members would exceed the limits of CloudWatch Logs and of an e-mail, and aligns columns.
package textfmt

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// List joins at most so many items of a list and counts the rest: "a, b and 994 more".
func List(list []string, separator string, most int) string {
	if len(list) <= most {
		return strings.Join(list, separator)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], separator), len(list)-most)
}

// endBytes is the length of the end that a text keeps, because the end names the next step.
const endBytes = 200

// Shorten cuts a text to about so many bytes. It keeps the beginning and the end, and tells how many bytes it left out.
func Shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := min(endBytes, most/2)
	first, last := most-end, len(s)-end
	for first > 0 && !utf8.RuneStart(s[first]) {
		first--
	}
	for last < len(s) && !utf8.RuneStart(s[last]) {
		last++
	}
	return fmt.Sprintf("%s … %d bytes left out … %s", s[:first], last-first, s[last:])
}
