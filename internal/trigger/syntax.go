package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// checkSyntax refuses bytes that are not JSON, and says where they break.
func checkSyntax(event []byte) error {
	bad := &BadInputError{Field: "event", Value: show(event), Accepted: "one JSON object"}
	var value json.RawMessage
	if err := json.Unmarshal(event, &value); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok && len(bytes.TrimSpace(event)) > 0 {
			line, column := position(event, int(syntax.Offset))
			bad.Accepted += fmt.Sprintf("; it breaks at line %d, column %d: %s", line, column, syntax)
		}
		return bad
	}
	return nil
}

// checkNames refuses a person's event in which an object has a name twice: encoding/json takes the last one silently, and
// the person may have meant the other. In AWS's own events the last one counts.
func checkNames(o object, event []byte) error {
	if source := o.lenient("source"); source != "" && source != SourceOwn {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(event))
	d.UseNumber()
	if name, twice := repeated(d, ""); twice {
		return &BadInputError{Field: name, Value: "there twice", Accepted: "each name once"}
	}
	return nil
}

// position turns an offset in a text into a line and a column, both counted from 1. The offset counts the bytes that were
// read, the one that broke the syntax included.
func position(text []byte, offset int) (line, column int) {
	before := text[:max(0, min(offset, len(text))-1)]
	return 1 + bytes.Count(before, []byte("\n")), len(before) - bytes.LastIndexByte(before, '\n')
}

// repeated reads the next value of valid JSON, and returns the path of the first name that an object in it has twice.
func repeated(d *json.Decoder, path string) (name string, twice bool) {
	token, _ := d.Token() // it is valid, so an error is the end
	delim, nested := token.(json.Delim)
	if !nested {
		return "", false
	}
	seen := map[string]bool{}
	for d.More() {
		inner := path
		if delim == '{' {
			key, _ := d.Token()
			inner = object{path: path}.name(fmt.Sprint(key))
		}
		if seen[inner] && delim == '{' {
			return printable(inner), true
		}
		seen[inner] = true
		if name, twice := repeated(d, inner); twice {
			return name, true
		}
	}
	_, _ = d.Token() // the closing delimiter
	return "", false
}
