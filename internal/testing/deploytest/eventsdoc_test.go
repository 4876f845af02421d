package deploytest_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// eventsFence returns the text of the fence of docs/events.md behind the comment <!-- tested: name -->.
func eventsFence(t *testing.T, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(readFile(t, filepath.Join(root, "docs", "events.md")), "<!-- tested: "+name+" -->\n```")
	_, rest, opened := strings.Cut(rest, "\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !opened || !closed {
		t.Fatalf("docs/events.md has no fence tested: %s", name)
	}
	return text
}

// The patterns of docs/events.md match the samples.
func TestDocumentedPatterns(t *testing.T) {
	patterns, events := map[string]any{}, map[string]any{}
	for _, sample := range []string{"moved.json", "failed.json"} {
		var pattern map[string]any
		if err := json.Unmarshal([]byte(eventsFence(t, "pattern of "+sample)), &pattern); err != nil {
			t.Fatal(err)
		}
		patterns[sample] = pattern
		events[sample] = sampleEvent(t, filepath.Join("out", sample))
	}
	for sample, matched := range matchingPatterns(t, patterns, events) {
		if len(matched) != 1 || matched[0] != sample {
			t.Errorf("%s matches the patterns of %v", sample, matched)
		}
	}
}

// The command for a monitor of one's own sends an event that the failover takes.
func TestDocumentedMonitor(t *testing.T) {
	command := eventsFence(t, "put-events")
	quoted := regexp.MustCompile(`(?s)--entries '(.*)'`).FindStringSubmatch(command)
	if quoted == nil || !strings.HasPrefix(command, "aws events put-events ") {
		t.Fatalf("the command is %s", command)
	}
	var entries []struct{ Source, DetailType, EventBusName, Detail string }
	if err := json.Unmarshal([]byte(quoted[1]), &entries); err != nil || len(entries) != 1 || entries[0].EventBusName != "BUS_NAME" {
		t.Fatalf("%v: %s", err, quoted[1])
	}
	// As EventBridge hands it to a rule's target.
	event, err := json.Marshal(map[string]any{
		"source": entries[0].Source, "detail-type": entries[0].DetailType, "time": "2026-11-23T10:00:00Z", "detail": json.RawMessage(entries[0].Detail),
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := trigger.Parse(event)
	if err != nil || got.Kind != trigger.KindUnreachable || len(got.Unanswered) != 1 || got.Unanswered[0].Attachment != "" {
		t.Errorf("%v: %+v", err, got)
	}
}

// The example of docs/events.md is a template that CloudFormation takes.
func TestExampleIsLinted(t *testing.T) {
	lint := toolPath(t, samVariable, "bin/cfn-lint")
	if out, err := exec.CommandContext(t.Context(), lint, filepath.Join(root, "examples", "promote-replica.yaml")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
