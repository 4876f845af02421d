package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestHappeningAtMovesAllTimes(t *testing.T) {
	now := time.Date(2027, 1, 2, 3, 4, 5, int(678*time.Millisecond), time.UTC)
	e := event{data: []byte(`{"time":"2026-11-23T10:00:00Z","n":12345678901234567890,"detail":{
		"state":{"timestamp":"2026-11-23T09:59:58.500+0000"},"previousState":{"timestamp":"2026-11-23T10:59:00.000+0100"}}}`)}
	got := e.happeningAt(now)
	want := `{"time":"2027-01-02T03:04:05.678Z","n":12345678901234567890,"detail":{
		"state":{"timestamp":"2027-01-02T03:04:04.178+0000"},"previousState":{"timestamp":"2027-01-02T03:03:05.678+0000"}}}`
	if string(got.data) != want {
		t.Errorf(" got %s\nwant %s", got.data, want)
	}
}

func TestHappeningAtLeavesAloneWhatHasNoTime(t *testing.T) {
	for _, data := range []string{
		"", "hello", "[]", `"x"`, `{"group":"db"}`, `{"time":5}`, `{"time":"soon"}`, `{"time":"2026-11-23T10:00:00Z"} more`,
	} {
		if got := (event{data: []byte(data)}).happeningAt(time.Now()); string(got.data) != data {
			t.Errorf("%q became %q", data, got.data)
		}
	}
}

// The samples that are about something that happened must be moved: a person runs them on any day.
func TestSamplesHaveTimes(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
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
		got := event{data: data}.happeningAt(time.Now())
		if moved := string(got.data) != string(data); moved != (envelope.Time != "") {
			t.Errorf("%s: moved %t, its time is %q", file, moved, envelope.Time)
		}
	}
}
