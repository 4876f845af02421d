package failover_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fieldsOf lists the fields of a schema of a detail by their paths, as docs/events.md writes them.
func fieldsOf(t *testing.T, root, node fields, path string, into map[string]bool) {
	t.Helper()
	if ref, ok := node["$ref"].(string); ok {
		defs, _ := root["$defs"].(fields)
		node, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(fields)
	}
	if either, ok := node["anyOf"].([]any); ok {
		node, _ = either[0].(fields)
	}
	properties, _ := node["properties"].(fields)
	for name, value := range properties {
		inner, _ := value.(fields)
		at := strings.TrimPrefix(path+"."+name, ".")
		if items, ok := inner["items"].(fields); ok {
			at += "[]"
			inner = items
		}
		into[at] = true
		fieldsOf(t, root, inner, at, into)
	}
}

// rowsOf returns the fields in the tables of a page, by the heading above them.
func rowsOf(t *testing.T, page string) map[string]map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", page))
	if err != nil {
		t.Fatal(err)
	}
	rows, heading := map[string]map[string]bool{}, ""
	failover, _, _ := strings.Cut(string(text), "\n# The audit's result") // report.md has both functions
	for line := range strings.Lines(failover) {
		if name, ok := strings.CutPrefix(line, "## "); ok {
			heading = strings.TrimSpace(name)
			rows[heading] = map[string]bool{}
		}
		if name, ok := strings.CutPrefix(line, "| `"); ok && heading != "" {
			name, _, _ = strings.Cut(name, "`")
			rows[heading][name] = true
		}
	}
	return rows
}

// TestEventFieldsAreDocumented: docs/events.md has the fields of the schemas, and no others. What an event shares with the
// report or with another event has its rows there.
func TestEventFieldsAreDocumented(t *testing.T) {
	events, report := rowsOf(t, "events.md"), rowsOf(t, "report.md")
	shared := map[string]bool{}
	for row := range report["Each interface"] {
		if field, ok := strings.CutPrefix(row, "interfaces[]."); ok {
			shared[field] = true
		}
	}
	for row := range report["The whole event"] {
		if strings.HasPrefix(row, "trigger") {
			shared[row] = true
		}
	}
	targets := map[string]bool{}
	for row := range events["ENI Failover Probe"] {
		targets["rest."+row] = true
	}
	answered, result := map[string]bool{}, map[string]bool{}
	for row := range events["ENI Failover Reached"] {
		answered[strings.Replace(row, "interfaces[]", "reached[]", 1)] = true
	}
	for row := range events["ENI Failover Unreachable"] {
		if name, _, _ := strings.Cut(strings.TrimSuffix(row, "[]"), "."); slices.Contains([]string{"asked", "answered", "isolated", "down", "down[]", "omitted"}, name) {
			result[row] = true // "Each result of the probe also has"
		}
	}
	for name, others := range map[string][]map[string]bool{
		"Moved": {shared}, "Failed": {shared}, "Probe": nil, "Unreachable": {targets, answered}, "Reached": {result},
	} {
		text, err := os.ReadFile(filepath.Join(outDir, strings.ToLower(name)+".schema.json"))
		if err != nil {
			t.Fatal(err)
		}
		var schema fields
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatal(err)
		}
		properties, _ := schema["properties"].(fields)
		detail, _ := properties["detail"].(fields)
		got, want := map[string]bool{}, maps.Clone(events["ENI Failover "+name])
		fieldsOf(t, schema, detail, "", got)
		for _, rows := range others {
			maps.Copy(want, rows)
		}
		if d := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); d != "" || len(got) < 3 {
			t.Errorf("%s (-docs/events.md +schema):\n%s", name, d)
		}
	}
}
