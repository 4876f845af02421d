package awssim

import "strings"

// wildcard compares as EC2's filters do, case-sensitively: `*` matches any characters, `?` one character, and a
// backslash makes the next character literal (EC2 guide, "List and filter using the CLI and API").
func wildcard(pattern, value string) bool {
	if !strings.ContainsAny(pattern, `*?\`) {
		return pattern == value // most filters are lists of ids
	}
	parts, rest := glyphs(pattern), []rune(value)
	p, v := 0, 0
	star, restart := -1, 0 // the last star, and where the text after its match begins
	for v < len(rest) {
		switch {
		case p < len(parts) && parts[p].run:
			star, restart = p, v
			p++
		case p < len(parts) && (parts[p].any || parts[p].char == rest[v]):
			p++
			v++
		case star >= 0: // extend the star's match by one character
			restart++
			p, v = star+1, restart
		default:
			return false
		}
	}
	for p < len(parts) && parts[p].run {
		p++
	}
	return p == len(parts)
}

// glyph is one element of a pattern: a star, a question mark, or a character.
type glyph struct {
	run, any bool
	char     rune
}

func glyphs(pattern string) []glyph {
	var list []glyph
	escaped := false
	for _, c := range pattern {
		switch {
		case escaped:
			list = append(list, glyph{char: c})
			escaped = false
		case c == '\\':
			escaped = true
		default:
			list = append(list, glyph{run: c == '*', any: c == '?', char: c})
		}
	}
	if escaped { // a final backslash is literal
		list = append(list, glyph{char: '\\'})
	}
	return list
}
