package verdict

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// fields reads the fields of a JSON object one by one, so that an error can name the one that is wrong. Unlike
// encoding/json's struct decoding it compares names exactly. The first error stays in err.
type fields struct {
	path string
	raw  map[string]json.RawMessage
	err  error
}

// open reads the object and refuses fields other than the known ones.
func (f *fields) open(data []byte, known ...string) {
	if err := json.Unmarshal(data, &f.raw); err != nil || f.raw == nil {
		f.err = &BadInputError{f.name(""), show(data), "a JSON object"}
		return
	}
	for _, field := range slices.Sorted(maps.Keys(f.raw)) {
		if !slices.Contains(known, field) {
			f.err = &BadInputError{f.name(show([]byte(field))), show(f.raw[field]), "only the fields " + strings.Join(known, ", ")}
			return
		}
	}
}

func (f *fields) name(field string) string {
	switch {
	case f.path == "" && field == "":
		return "the event"
	case f.path == "" || field == "":
		return f.path + field
	}
	return f.path + "." + field
}

// need reads a field that must be there.
func need[T any](f *fields, field, accepted string, parse func([]byte) (T, bool)) T {
	var zero T
	if f.err != nil {
		return zero
	}
	raw, ok := f.raw[field]
	if !ok {
		f.err = &BadInputError{Field: f.name(field), Accepted: accepted}
		return zero
	}
	v, ok := parse(raw)
	if !ok || string(raw) == "null" {
		f.err = &BadInputError{f.name(field), show(raw), accepted}
		return zero
	}
	return v
}

// may reads a field that may be missing, or null.
func may[T any](f *fields, field, accepted string, parse func([]byte) (T, bool)) T {
	if raw, ok := f.raw[field]; !ok || string(raw) == "null" {
		var zero T
		return zero
	}
	return need(f, field, accepted, parse)
}

// show renders a value for an error: printable, on one line, and short however long or hostile it is.
func show(raw []byte) string {
	const most = 80
	s := strings.TrimSpace(string(raw))
	if s == "" {
		return "empty"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }) {
		s = strconv.QuoteToASCII(s)
	}
	if len(s) <= most {
		return s
	}
	cut := most
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// quoted renders a text for an error, as JSON would have it.
func quoted(s string) string { return show([]byte(strconv.QuoteToASCII(s))) }
