package awssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// ParseWorld reads a World from one JSON object. It checks the world as [New] does, and also that ids have EC2's form,
// which events and requests need. Its error names every wrong field with its line, its value, and what is accepted. A
// world without `timing` gets [TypicalTiming].
func ParseWorld(r io.Reader) (World, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return World{}, fmt.Errorf("read world: %w", err)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff")) // a byte order mark, which some editors write
	if err := checkJSON(data); err != nil {
		return World{}, fmt.Errorf("world: %w", err)
	}
	f := &problems{lines: map[string]int{}}
	f.walk(data)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var raw any
	if err := dec.Decode(&raw); err != nil {
		return World{}, fmt.Errorf("world: %w", err)
	}
	f.shape("", raw, reflect.TypeFor[World]())
	if len(f.errs) > 0 {
		return World{}, errors.Join(f.errs...)
	}
	w := World{Timing: TypicalTiming()}
	if object, ok := raw.(map[string]any); ok && object["timing"] != nil {
		w.Timing = Timing{} // a missing field of a given timing takes no time
	}
	dec = json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return World{}, fmt.Errorf("world: %w", err)
	}
	w.validateIDs(f)
	full, types := normalized(w, time.Now())
	full.collectProblems(f, types)
	return w, errors.Join(f.errs...)
}

// checkJSON says where a text is not one JSON value.
func checkJSON(data []byte) error {
	if len(bytes.TrimSpace(data)) == 0 {
		return errors.New("it is empty; want a JSON object, {…}")
	}
	if !utf8.Valid(data) {
		return errors.New("it is not text in UTF-8; want a JSON object, {…}")
	}
	var value json.RawMessage
	err := json.Unmarshal(data, &value)
	var syntax *json.SyntaxError
	if err == nil || !errors.As(err, &syntax) {
		return err
	}
	before := data // all of it if the text ends too early
	if err.Error() != "unexpected end of JSON input" {
		before = data[:max(0, min(int(syntax.Offset), len(data))-1)]
	}
	line := bytes.Count(before, []byte("\n")) + 1
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return fmt.Errorf("line %d, column %d: %w; want one JSON object: names in double quotes, no comments, no comma after the last element",
		line, column, err)
}

// walk records the line of each field of valid JSON, and refuses a duplicate field: encoding/json would silently take
// the last one.
func (f *problems) walk(data []byte) {
	w := walker{problems: f, data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	w.dec.UseNumber()
	w.value("")
}

type walker struct {
	*problems

	data []byte
	dec  *json.Decoder
	at   int64 // the offset up to which lines are counted
	line int
}

// token returns the next token and updates the line.
func (w *walker) token() json.Token {
	token, err := w.dec.Token()
	if err != nil {
		return nil // the text is known to be valid
	}
	end := w.dec.InputOffset()
	w.line += bytes.Count(w.data[w.at:end], []byte("\n"))
	w.at = end
	return token
}

func (w *walker) value(path string) {
	token := w.token()
	w.lines[path] = w.line
	switch token {
	case json.Delim('{'):
		seen := map[string]bool{}
		for w.dec.More() {
			name, _ := w.token().(string)
			at := fieldPath(path, name)
			if seen[name] {
				w.lines[at] = w.line
				w.add(at, name, "the name is there twice: want it once")
			}
			seen[name] = true
			w.value(at)
		}
		w.token()
	case json.Delim('['):
		for n := 0; w.dec.More(); n++ {
			w.value(fmt.Sprintf("%s[%d]", path, n))
		}
		w.token()
	}
}

// validateIDs checks that ids have EC2's form.
func (w *World) validateIDs(f *problems) {
	check := func(path, id, prefix string) {
		if id != "" && !wellFormed(id, prefix) {
			f.add(path, id, "want %s and 8 or 17 of the digits 0-9 and a-f", prefix)
		}
	}
	for n, i := range w.Instances {
		check(fmt.Sprintf("instances[%d].id", n), i.ID, "i-")
	}
	for n, v := range w.Volumes {
		check(fmt.Sprintf("volumes[%d].id", n), v.ID, "vol-")
	}
	for n, i := range w.Interfaces {
		check(fmt.Sprintf("interfaces[%d].id", n), i.ID, "eni-")
		if a := i.Attachment; a != nil && !strings.HasPrefix(a.ID, "ela-attach-") {
			check(fmt.Sprintf("interfaces[%d].attachment.id", n), a.ID, "eni-attach-")
		}
	}
}

// normalized returns a copy of a world with its defaults and with the consequences of its states, and the types that
// its instances can have.
func normalized(w World, start time.Time) (World, typeTable) {
	w = w.clone()
	gone := map[string]bool{}
	for _, i := range w.Instances {
		gone[i.ID] = i.State == terminated
	}
	w.endAttachments(gone)
	w.fill(start)
	return w, newTypeTable(w.InstanceTypes)
}
