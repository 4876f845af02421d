package session

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestHappeningAtMovesAllTimes(t *testing.T) {
	now := time.Date(2027, 1, 2, 3, 4, 5, int(678*time.Millisecond), time.UTC)
	e := Event{Data: []byte(`{"time":"2026-11-23T10:00:00Z","n":12345678901234567890,"detail":{
		"state":{"timestamp":"2026-11-23T09:59:58.500+0000"},"previousState":{"timestamp":"2026-11-23T10:59:00.000+0100"}}}`)}
	got := e.HappeningAt(now)
	want := `{"time":"2027-01-02T03:04:05.678Z","n":12345678901234567890,"detail":{
		"state":{"timestamp":"2027-01-02T03:04:04.178+0000"},"previousState":{"timestamp":"2027-01-02T03:03:05.678+0000"}}}`
	if string(got.Data) != want {
		t.Errorf(" got %s\nwant %s", got.Data, want)
	}
}

func TestHappeningAtLeavesAloneWhatHasNoTime(t *testing.T) {
	for _, data := range []string{
		"", "hello", "[]", `"x"`, `{"group":"db"}`, `{"time":5}`, `{"time":"soon"}`, `{"time":"2026-11-23T10:00:00Z"} more`,
	} {
		if got := (Event{Data: []byte(data)}).HappeningAt(time.Now()); string(got.Data) != data {
			t.Errorf("%q became %q", data, got.Data)
		}
	}
}

// The samples that are about something that happened must be moved: a person runs them on any day.
func TestSamplesHaveTimes(t *testing.T) {
	files, err := filepath.Glob("../../../events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var envelope struct{ Time string }
		if err := json.Unmarshal(data, &envelope); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		got := Event{Data: data}.HappeningAt(time.Now())
		if moved := string(got.Data) != string(data); moved != (envelope.Time != "") {
			t.Errorf("%s: moved %t, its time is %q", file, moved, envelope.Time)
		}
	}
}
