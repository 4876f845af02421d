package failover_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"testing"
)

// TestDebugLines: at level DEBUG an invocation says what it plans and each action of a move, in order; at level INFO it
// writes the one line that sums it up.
func TestDebugLines(t *testing.T) {
	lines := func(t *testing.T, level slog.Level) (messages []string, first map[string]any) {
		t.Helper()
		l := newLab(t, trio())
		var log bytes.Buffer
		l.handler = l.loggingHandler(slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: level})))
		l.must(spotWarning("1"))
		for line := range bytes.Lines(log.Bytes()) {
			fields := map[string]any{}
			if err := json.Unmarshal(line, &fields); err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = fields
			}
			text, _ := fields["msg"].(string)
			messages = append(messages, text)
		}
		return messages, first
	}
	bubble(t, "debug", func(t *testing.T) {
		got, planned := lines(t, slog.LevelDebug)
		if want := []string{"planned", "action begins", "action ended", "action begins", "action ended", "move ended", "failover"}; !slices.Equal(got, want) {
			t.Errorf("logged %q, want %q", got, want)
		}
		if planned["interface"] != interfaceID("a") || planned["from"] != instanceID("1") || planned["instance"] != instanceID("2") || planned["deviceIndex"] != 1.0 {
			t.Errorf("the plan is %v", planned)
		}
	})
	bubble(t, "info", func(t *testing.T) {
		if got, _ := lines(t, slog.LevelInfo); !slices.Equal(got, []string{"failover"}) {
			t.Errorf("logged %q", got)
		}
	})
}
