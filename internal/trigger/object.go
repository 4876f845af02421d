package trigger

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// object is a JSON object whose fields are read one by one, so that an error can name the wrong one. Unlike a struct of
// encoding/json it compares names exactly.
type object struct {
	path   string
	fields map[string]json.RawMessage
}

// decodeObject reads raw as a JSON object; path names it in errors.
func decodeObject(path string, raw []byte) (object, error) {
	o := object{path: path}
	// null would decode into a nil map without an error.
	if err := json.Unmarshal(raw, &o.fields); err != nil || o.fields == nil {
		bad := &BadInputError{Field: o.name(""), Accepted: "a JSON object"}
		if raw != nil {
			bad.Value = show(raw)
		}
		return object{}, bad
	}
	return o, nil
}

// name returns the path of a field.
func (o object) name(field string) string {
	switch {
	case field == "" && o.path == "":
		return "event"
	case field == "":
		return o.path
	case o.path == "":
		return field
	}
	return o.path + "." + field
}

// has reports whether the field is present and not null.
func (o object) has(field string) bool {
	raw, ok := o.fields[field]
	return ok && string(raw) != "null"
}

// bad makes the error for a field that is missing or has a value that is not accepted.
func (o object) bad(field, accepted string) *BadInputError {
	e := &BadInputError{Field: o.name(field), Accepted: accepted}
	if raw, ok := o.fields[field]; ok {
		e.Value = show(raw)
	}
	return e
}

// text reads a string; a missing one is empty.
func (o object) text(field string) (string, error) {
	if !o.has(field) {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(o.fields[field], &s); err != nil {
		return "", o.bad(field, "a string")
	}
	return s, nil
}

// checked reads a string that must be present and valid. It drops blanks around the string: a sample in EventBridge's user
// guide has one before an instance id.
func (o object) checked(field string, valid func(string) bool, accepted string) (string, error) {
	s, err := o.text(field)
	if err != nil {
		return "", o.bad(field, accepted)
	}
	s = strings.TrimSpace(s)
	if !valid(s) {
		return "", o.bad(field, accepted)
	}
	return s, nil
}

// optional is like checked, but the field may be missing. An empty string does not count as missing.
func (o object) optional(field string, valid func(string) bool, accepted string) (string, error) {
	if !o.has(field) {
		return "", nil
	}
	return o.checked(field, valid, accepted)
}

// flag reads a boolean; a missing one is false.
func (o object) flag(field string) (bool, error) {
	if !o.has(field) {
		return false, nil
	}
	var b bool
	if err := json.Unmarshal(o.fields[field], &b); err != nil {
		return false, o.bad(field, "true or false")
	}
	return b, nil
}

// only refuses fields other than the known ones.
func (o object) only(known ...string) error {
	for _, field := range slices.Sorted(maps.Keys(o.fields)) {
		if !slices.Contains(known, field) {
			return &BadInputError{
				Field: o.name(clip(strconv.QuoteToASCII(field))), Value: show(o.fields[field]),
				Accepted: "only the fields " + strings.Join(known, ", "),
			}
		}
	}
	return nil
}

// show renders a value for an error: printable, on one line, and short however long or hostile it is.
func show(raw []byte) string {
	if s := strings.TrimSpace(string(raw)); s != "" {
		return printable(s)
	}
	return "empty"
}

// printable renders text from outside for a log line: printable, on one line, and short.
func printable(s string) string {
	for _, r := range s {
		if r == utf8.RuneError || !strconv.IsPrint(r) {
			return clip(strconv.QuoteToASCII(s))
		}
	}
	return clip(s)
}

// clip cuts s to at most 80 bytes, between two characters.
func clip(s string) string {
	const maxBytes = 80
	if len(s) <= maxBytes {
		return s
	}
	cut := maxBytes
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
