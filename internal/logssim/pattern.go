package logssim

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// parsePattern reads a filter pattern for lines of JSON, like `{ ($.level = "WARN") || ($.outcome != "moved") }`: comparisons
// of fields of the line with strings, combined by && and || in parentheses (CloudWatch Logs User Guide, "Filter pattern
// syntax"). As there, a comparison with a field that a line does not have is false, and a line that is no JSON matches nothing.
// The empty pattern matches every line. The function that it returns tells whether a line matches.
func parsePattern(text string) (func(line string) bool, error) {
	if strings.TrimSpace(text) == "" {
		return func(string) bool { return true }, nil
	}
	p := parser{rest: text}
	holds, err := p.pattern()
	if err != nil {
		return nil, fmt.Errorf("invalid pattern %q: %w", text, err)
	}
	return func(line string) bool {
		var fields map[string]any
		return json.Unmarshal([]byte(line), &fields) == nil && holds(fields)
	}, nil
}

// condition tells whether a line with these fields matches.
type condition func(fields map[string]any) bool

// parser reads a pattern from its beginning.
type parser struct{ rest string }

// accept skips blanks, and takes a word if it comes next.
func (p *parser) accept(word string) bool {
	p.rest = strings.TrimSpace(p.rest)
	rest, found := strings.CutPrefix(p.rest, word)
	if found {
		p.rest = rest
	}
	return found
}

func (p *parser) pattern() (condition, error) {
	if !p.accept("{") {
		return nil, fmt.Errorf("want { at %q", p.rest)
	}
	c, err := p.any()
	if err == nil && (!p.accept("}") || strings.TrimSpace(p.rest) != "") {
		err = fmt.Errorf("want } and the end at %q", p.rest)
	}
	return c, err
}

// any reads conditions of which one must hold.
func (p *parser) any() (condition, error) {
	return p.joined("||", p.all, func(a, b bool) bool { return a || b })
}

// all reads conditions that must all hold.
func (p *parser) all() (condition, error) {
	return p.joined("&&", p.one, func(a, b bool) bool { return a && b })
}

// joined reads parts with a word between them.
func (p *parser) joined(word string, part func() (condition, error), join func(a, b bool) bool) (condition, error) {
	left, err := part()
	for err == nil && p.accept(word) {
		var right condition
		first := left
		right, err = part()
		left = func(fields map[string]any) bool { return join(first(fields), right(fields)) }
	}
	return left, err
}

// comparison is `$.field = "value"` or `$.field != "value"`.
var comparison = regexp.MustCompile(`^\$\.([A-Za-z0-9_.]+)\s*(!?=)\s*"([^"]*)"`)

// one reads a comparison, or a condition in parentheses.
func (p *parser) one() (condition, error) {
	if p.accept("(") {
		c, err := p.any()
		if err == nil && !p.accept(")") {
			err = fmt.Errorf("want ) at %q", p.rest)
		}
		return c, err
	}
	m := comparison.FindStringSubmatch(p.rest)
	if m == nil {
		return nil, fmt.Errorf("want a comparison at %q", p.rest)
	}
	p.rest = p.rest[len(m[0]):]
	path, equal, value := strings.Split(m[1], "."), m[2] == "=", m[3]
	return func(fields map[string]any) bool {
		var found any = fields
		for _, name := range path {
			object, _ := found.(map[string]any)
			found = object[name]
		}
		text, ok := found.(string)
		return ok && (text == value) == equal
	}, nil
}
