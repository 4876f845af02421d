package trigger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

const (
	instance1 = "i-0a1b2c3d4e5f60001"
	instance2 = "i-0a1b2c3d4e5f60002"
	instance3 = "i-0a1b2c3d4e5f60003"
	eni1      = "eni-0a1b2c3d4e5f60001"
	eni2      = "eni-0a1b2c3d4e5f60002"

	attachment1 = "eni-attach-0a1b2c3d4e5f60001"
	attachment2 = "eni-attach-0a1b2c3d4e5f60002"
)

// byMeaning compares addresses by their values, and JSON by what it means.
func byMeaning() cmp.Option {
	return cmp.Options{
		cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
		cmp.Transformer("decoded", func(raw json.RawMessage) any {
			var v any
			_ = json.Unmarshal(raw, &v) // a part of valid JSON is valid, and none is nil
			return v
		}),
	}
}

var atTen = time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)

// sample reads one of the repository's sample events.
func sample(tb testing.TB, name string) []byte {
	tb.Helper()
	event, err := os.ReadFile(filepath.Join("..", "..", "events", name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	return event
}

// raw is a value that goes into an event unchanged, so that it may be JSON that Go would not write.
type raw string

// edit returns the sample event with fields set to other values: pairs of a path, like detail.state, and a
// value. A value of nil leaves the field out; "null" is written as raw("null").
func edit(tb testing.TB, name string, pairs ...any) []byte {
	tb.Helper()
	event := string(sample(tb, name))
	for i := 0; i < len(pairs); i += 2 {
		path, ok := pairs[i].(string)
		if !ok {
			tb.Fatalf("%v is no path", pairs[i])
		}
		event = string(setField(tb, json.RawMessage(event), strings.Split(path, "."), pairs[i+1]))
	}
	return []byte(event)
}

// setField works on raw messages, so that what is not edited stays as it is, byte by byte.
func setField(tb testing.TB, in json.RawMessage, path []string, value any) json.RawMessage {
	tb.Helper()
	var list []json.RawMessage
	if n, err := strconv.Atoi(path[0]); err == nil {
		if err := json.Unmarshal(in, &list); err != nil || n >= len(list) {
			tb.Fatalf("no element %d in %s", n, in)
		}
		list[n] = setInner(tb, list[n], path[1:], value)
		return marshal(tb, list)
	}
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(in, &fields); err != nil {
		tb.Fatalf("no object: %s", in)
	}
	if len(path) == 1 && value == nil {
		delete(fields, path[0])
	} else {
		fields[path[0]] = setInner(tb, fields[path[0]], path[1:], value)
	}
	return marshal(tb, fields)
}

func setInner(tb testing.TB, in json.RawMessage, path []string, value any) json.RawMessage {
	tb.Helper()
	if len(path) > 0 {
		return setField(tb, in, path, value)
	}
	if text, ok := value.(raw); ok {
		return json.RawMessage(text)
	}
	return marshal(tb, value)
}

func marshal(tb testing.TB, v any) json.RawMessage {
	tb.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// wantTrigger parses an event that must be good.
func wantTrigger(t *testing.T, event []byte, want trigger.Trigger) {
	t.Helper()
	got, err := trigger.Parse(event)
	if err != nil {
		t.Fatalf("Parse: %v\nof %s", err, event)
	}
	if diff := cmp.Diff(want, got, byMeaning()); diff != "" {
		t.Errorf("trigger (-want +got):\n%s", diff)
	}
}

// wantIgnored parses an event that must be ignored for a reason with the given words in it.
func wantIgnored(t *testing.T, event []byte, words string) trigger.Trigger {
	t.Helper()
	got, err := trigger.Parse(event)
	if err != nil {
		t.Fatalf("Parse: %v\nof %s", err, event)
	}
	if got.Ignored == "" || !strings.Contains(got.Ignored, words) {
		t.Errorf("ignored for %q, want a reason with %q", got.Ignored, words)
	}
	return got
}

// wantBad parses an event that must be bad input, for the field.
func wantBad(t *testing.T, event []byte, field string) trigger.BadInputError {
	t.Helper()
	got, err := trigger.Parse(event)
	if err == nil {
		t.Fatalf("Parse gave a trigger, want an error that names %s\ntrigger %.200s\nof      %.200s", field, fmt.Sprintf("%+v", got), event)
	}
	bad := checkError(t, err)
	if bad.Field != field {
		t.Errorf("the error names %q, want %q: %v", bad.Field, field, err)
	}
	return bad
}

// checkError checks what must hold of any error: its type, because Lambda reports the name of the type that is returned,
// and a text that fits a log line, however hostile the event.
func checkError(tb testing.TB, err error) trigger.BadInputError {
	tb.Helper()
	bad, ok := err.(*trigger.BadInputError) //nolint:errorlint // Lambda unwraps nothing, so it must not be wrapped
	if !ok {
		tb.Errorf("error of type %T: %v", err, err)
		if bad, ok = errors.AsType[*trigger.BadInputError](err); !ok {
			return trigger.BadInputError{}
		}
	}
	if bad.Field == "" || bad.Accepted == "" {
		tb.Errorf("the error names no field or nothing accepted: %#v", bad)
	}
	checkText(tb, "error", err.Error())
	return *bad
}

// checkText checks that a text is printable, on one line and of bounded length.
func checkText(tb testing.TB, what, text string) {
	tb.Helper()
	const most = 500
	if len(text) > most {
		tb.Errorf("%s of %d bytes, at most %d fit: %.100q…", what, len(text), most, text)
	}
	for _, r := range text {
		if !strconv.IsPrint(r) || r == '\uFFFD' {
			tb.Errorf("%s is not printable, it has %q in it: %.200q", what, r, text)
			return
		}
	}
}
