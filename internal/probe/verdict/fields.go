package verdict

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// objectReader reads the fields of a JSON object one by one, so that an error can name the wrong one. Unlike
// encoding/json's struct decoding it compares names exactly. It keeps the first error in err.
type objectReader struct {
	path string
	raw  map[string]json.RawMessage
	err  error
}

// open reads the object and refuses unknown fields.
func (f *objectReader) open(data []byte, known ...string) {
	if err := json.Unmarshal(data, &f.raw); err != nil || f.raw == nil {
		f.err = &BadInputError{f.name(""), render(data), "a JSON object"}
		return
	}
	for _, field := range slices.Sorted(maps.Keys(f.raw)) {
		if !slices.Contains(known, field) {
			f.err = &BadInputError{f.name(render([]byte(field))), render(f.raw[field]), "only the fields " + strings.Join(known, ", ")}
			return
		}
	}
}

func (f *objectReader) name(field string) string {
	switch {
	case f.path == "" && field == "":
		return "the event"
	case f.path == "" || field == "":
		return f.path + field
	}
	return f.path + "." + field
}

// required reads a field that must be present.
func required[T any](f *objectReader, field, accepted string, parse func([]byte) (T, bool)) T {
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
		f.err = &BadInputError{f.name(field), render(raw), accepted}
		return zero
	}
	return v
}

// optional reads a field that may be missing, or null.
func optional[T any](f *objectReader, field, accepted string, parse func([]byte) (T, bool)) T {
	if raw, ok := f.raw[field]; !ok || string(raw) == "null" {
		var zero T
		return zero
	}
	return required(f, field, accepted, parse)
}

// render renders a value for an error: printable, on one line and short, even if the value is long or hostile.
func render(raw []byte) string {
	const maxLength = 80
	s := strings.TrimSpace(string(raw))
	if s == "" {
		return "empty"
	}
	if strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }) {
		s = strconv.QuoteToASCII(s)
	}
	if len(s) <= maxLength {
		return s
	}
	cut := maxLength
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// quoted renders a text for an error, like a JSON string.
func quoted(s string) string { return render([]byte(strconv.QuoteToASCII(s))) }
