package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/eni-failover/eni-failover/events"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// sample is the event that is sent unless another is given.
const sample = "events/spot-interruption.json"

// event is what is sent to the handler.
type event struct {
	name string // of the file, for a person
	data []byte
}

// readEvent reads the event that is to be sent to the account.
func (o options) readEvent(stdin io.Reader, w awssim.World) (event, error) {
	if o.change.kind != "" {
		return o.change.event(w)
	}
	switch o.event {
	case "":
		return readEventFile("-event", sample)
	case "-":
		// One byte more than the handler takes is enough for it to refuse.
		data, err := io.ReadAll(io.LimitReader(stdin, trigger.MaxBytes+1))
		if err != nil {
			return event{}, usage("-event: read standard input: %w; accepted: one event as JSON", err)
		}
		return event{name: "standard input", data: data}, nil
	}
	return readEventFile("-event", o.event)
}

// readEventFile reads an event from a file. The samples are there under their names anywhere, and not in the
// repository only.
func readEventFile(flag, name string) (event, error) {
	data, err := os.ReadFile(name) //nolint:gosec // the person that runs it says which
	if errors.Is(err, fs.ErrNotExist) && path.Dir(filepath.ToSlash(name)) == path.Dir(sample) {
		if data, err := events.Samples.ReadFile(filepath.Base(name)); err == nil {
			return event{name: name, data: data}, nil
		}
	}
	if err != nil {
		return event{}, usage("%s: %w; accepted: a file that holds one event as JSON, or -", flag, err)
	}
	return event{name: name, data: data}, nil
}

// moduleRoot is the nearest directory, from dir upwards, that has a go.mod.
func moduleRoot(dir string) (root string, ok bool) {
	for {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if err == nil || !errors.Is(err, fs.ErrNotExist) {
			return dir, err == nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// times are the paths of the fields of an event that say when it happened. The first is the envelope's;
// the others are moved by as much as it is.
func times() [][]string {
	return [][]string{
		{"time"},
		{"detail", "state", "timestamp"},         // of an alarm
		{"detail", "previousState", "timestamp"}, // of an alarm
	}
}

// happeningAt moves an event's times so that it happens at the instant now. An event without a time, or
// with one that is none, is not changed, and moved is false: what is wrong with it is the handler's to say.
func (e event) happeningAt(now time.Time) (at event, moved bool) {
	dec := json.NewDecoder(bytes.NewReader(e.data))
	dec.UseNumber()
	var object map[string]any
	if dec.Decode(&object) != nil || !json.Valid(e.data) {
		return e, false
	}
	text, ok := object["time"].(string)
	was, err := time.Parse(time.RFC3339, text)
	if !ok || err != nil {
		return e, false
	}
	for _, field := range times() {
		moveTime(object, field, now.Sub(was))
	}
	data, err := json.Marshal(object)
	if err != nil {
		return e, false
	}
	return event{name: e.name, data: data}, true
}

// moveTime moves the time in one field, if there is one. CloudWatch writes offsets without a colon.
func moveTime(object map[string]any, names []string, by time.Duration) {
	for _, name := range names[:len(names)-1] {
		object, _ = object[name].(map[string]any)
	}
	field := names[len(names)-1]
	text, ok := object[field].(string)
	if !ok {
		return
	}
	for _, offset := range []string{"Z07:00", "-0700"} {
		if t, err := time.Parse("2006-01-02T15:04:05"+offset, text); err == nil {
			object[field] = t.Add(by).UTC().Format("2006-01-02T15:04:05.000" + offset)
			return
		}
	}
}
