package deploytest_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// recipe has the rules of a template about the failover's events.
type recipe map[string]declared

func readRecipe(t *testing.T, name string) recipe {
	t.Helper()
	r := make(recipe)
	for id, resource := range decodedTemplate(t, toolPath(t, samVariable, "bin/python"), exampleFiles(t, name)[0]) {
		if resource.Type == "AWS::Events::Rule" {
			r[id] = resource
		}
	}
	return r
}

// request is the JSON that a rule sends about an event.
func (r recipe) request(t *testing.T, rule string, event map[string]any) map[string]any {
	t.Helper()
	text := transformed(t, rule, at(r[rule].Properties, "Targets", 0, "InputTransformer"), event)
	var request map[string]any
	if err := json.Unmarshal([]byte(text), &request); err != nil {
		t.Fatalf("%s: %v: %s", rule, err, text)
	}
	return request
}

// Each rule of a recipe matches the events that it is for, and no others.
func TestRecipePatterns(t *testing.T) {
	for name, want := range map[string]map[string]string{
		"recipes/chat.yaml":      {"moved": "MovedRule", "attached": "MovedRule", "failed": "FailedRule", "moved again": "", "failed again": "", "request to probe": ""},
		"recipes/incidents.yaml": {"moved": "MovedRule", "attached": "MovedRule", "failed": "FailedRule", "moved again": "MovedRule", "failed again": "FailedRule", "request to probe": ""},
		"promote-replica.yaml":   {"moved": "MovedRule", "attached": "MovedRule", "failed": "", "moved again": "MovedRule", "request to probe": ""},
	} {
		patterns := make(map[string]any)
		for id, rule := range readRecipe(t, name) {
			pattern := rule.Properties["EventPattern"]
			if group, ok := at(pattern, "detail", "group").([]any); ok { // the parameter's default
				group[0] = "db"
			}
			patterns[id] = pattern
		}
		events := make(map[string]any)
		for event := range want {
			sample, again := strings.CutSuffix(event, " again")
			if at(onBus(t, sample), "detail", "first") == nil {
				events[event] = onBus(t, sample)
				continue
			}
			events[event] = onBus(t, sample, setValue(!again, "detail", "first"))
		}
		for event, matched := range matchingPatterns(t, patterns, events) {
			if got := strings.Join(matched, " "); got != want[event] {
				t.Errorf("%s: %s matches %q, want %q", name, event, got, want[event])
			}
		}
	}
}

// A chat gets AWS's own form for notifications, and a tool for incidents gets an incident for each interface, which the
// interface's next move resolves.
func TestRecipeRequests(t *testing.T) {
	const interfaceID = "eni-0a1b2c3d4e5f60001"
	failed := onBus(t, "failed")
	chat := readRecipe(t, "recipes/chat.yaml")
	for rule, description := range map[string]string{
		"MovedRule":  "Interface eni-0a1b2c3d4e5f60001 is attached to i-0a1b2c3d4e5f60003 now. The event was unreachable. Further interfaces: 0.",
		"FailedRule": at(failed, "detail", "error").(string), //nolint:errcheck // a sentence
	} {
		event := map[string]map[string]any{"MovedRule": onBus(t, "attached"), "FailedRule": failed}[rule]
		got := chat.request(t, rule, event)
		if got["version"] != "1.0" || got["source"] != "custom" || at(got, "content", "description") != description ||
			at(got, "content", "textType") != "client-markdown" || at(got, "metadata", "threadId") != interfaceID {
			t.Errorf("%s: %s", rule, toJSON(got))
		}
	}
	incidents := readRecipe(t, "recipes/incidents.yaml")
	opened, resolved := incidents.request(t, "FailedRule", failed), incidents.request(t, "MovedRule", onBus(t, "moved"))
	if opened["event_action"] != "trigger" || at(opened, "payload", "summary") != at(failed, "detail", "error") ||
		at(opened, "payload", "source") != interfaceID || at(opened, "payload", "severity") != "critical" {
		t.Errorf("opened: %s", toJSON(opened))
	}
	if resolved["event_action"] != "resolve" || resolved["dedup_key"] != opened["dedup_key"] || opened["dedup_key"] != "eni-failover-"+interfaceID {
		t.Errorf("resolved: %s, opened: %s", toJSON(resolved), toJSON(opened))
	}
}
