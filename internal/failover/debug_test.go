package failover_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// debugLines handles an event with the log level DEBUG, and returns the lines about the whole invocation: others are about
// one action of a move.
func (l *lab) debugLines(event []byte, settings ...string) []map[string]any {
	l.t.Helper()
	var log bytes.Buffer
	l.handler = l.loggingHandler(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), settings...)
	_, _ = l.send(event) // its error is not what is tested here
	var lines []map[string]any
	for text := range bytes.Lines(log.Bytes()) {
		line := map[string]any{}
		if err := json.Unmarshal(text, &line); err != nil {
			l.t.Fatalf("%s: %v", text, err)
		}
		if message := line["msg"]; message == "trigger" || message == "plan" || message == "failover" {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestDebugLines: the event is logged before the first call, and the plan before the first change, so that an invocation
// that is cut off has said what it was about to do.
func TestDebugLines(t *testing.T) {
	bubble(t, "a Spot warning", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, withInterfaces(eni("b", "1", atIndex(2), interfaceTag("eni-failover:paused", "")))))
		lines := l.debugLines(spotWarning("1"))
		if len(lines) != 3 {
			t.Fatalf("%v; want the trigger, the plan and the report", lines)
		}
		first, change := time.Time{}, time.Time{}
		for _, c := range l.sim.Calls() {
			if first.IsZero() {
				first = c.Time
			}
			if c.Mutating && change.IsZero() {
				change = c.Time
			}
		}
		for n, before := range []time.Time{first, change} {
			text, _ := lines[n]["time"].(string)
			if at, err := time.Parse(time.RFC3339Nano, text); err != nil || at.After(before) {
				t.Errorf("%v is logged at %s; want it before %s", lines[n]["msg"], text, before)
			}
			delete(lines[n], "time")
		}
		want := []map[string]any{
			{
				"level": "DEBUG", "msg": "trigger", "kind": "spot-interruption", "id": "12345678-1234-1234-1234-123456789012",
				"eventTime": "2000-01-01T00:00:00Z", "instance": instanceID("1"), "interface": "", "group": "", "from": "", "target": "",
				"force": false, "dryRun": false, "ignored": "",
			},
			{
				"level": "DEBUG", "msg": "plan", "dryRun": false,
				"interfaces": interfaceID("a") + ": from " + instanceID("1") + " to " + instanceID("2") + ", device index 1; " + interfaceID("b") + ": ignored, paused",
			},
		}
		if d := cmp.Diff(want, lines[:2]); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
	})
	bubble(t, "an interface without a holder", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves, func(w *awssim.World) { w.Interfaces[0].Attachment = nil }))
		lines := l.debugLines(sweep(), "DRY_RUN", "true")
		want := interfaceID("a") + ": from no instance to " + instanceID("2") + ", device index 1"
		if len(lines) != 3 || lines[1]["interfaces"] != want || lines[1]["dryRun"] != true {
			t.Errorf("%v; want a dry run of %s", lines, want)
		}
	})
	bubble(t, "an event without an action", func(t *testing.T) {
		l := newLab(t, oneStandby(fastMoves))
		lines := l.debugLines(event("aws.s3", "Object Created", fields{}))
		if len(lines) != 2 || lines[0]["kind"] != "unknown" || lines[0]["ignored"] == "" {
			t.Errorf("%v; want no plan, and why it is ignored", lines)
		}
	})
}
