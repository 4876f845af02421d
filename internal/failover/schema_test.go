package failover_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// outDir has the schemas and the samples of the events that the project puts on a bus.
var outDir = filepath.Join("..", "..", "events", "out")

// schemaOf compiles the published schema of an event type, like "ENI Failover Moved" in moved.schema.json, or returns nil.
// The published one lets a later version add fields. Here nothing may be sent that it does not describe.
func schemaOf(tb testing.TB, detailType string) *jsonschema.Schema {
	tb.Helper()
	name := strings.ToLower(strings.TrimPrefix(detailType, "ENI Failover "))
	text, err := os.ReadFile(filepath.Join(outDir, name+".schema.json"))
	if err != nil {
		tb.Errorf("no schema for %s: %v", detailType, err)
		return nil
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	describedOnly(doc)
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, doc); err != nil {
		tb.Fatal(err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return schema
}

// describedOnly forbids, in a schema and all schemas in it, fields that are not described.
func describedOnly(node any) {
	switch node := node.(type) {
	case map[string]any:
		if _, ok := node["properties"]; ok {
			node["additionalProperties"] = false
		}
		for _, inner := range node {
			describedOnly(inner)
		}
	case []any:
		for _, inner := range node {
			describedOnly(inner)
		}
	}
}

// checkEvent compares an event as a rule's target gets it with the schema of its type.
func checkEvent(tb testing.TB, event []byte) {
	tb.Helper()
	var envelope struct {
		Type string `json:"detail-type"`
	}
	if err := json.Unmarshal(event, &envelope); err != nil {
		tb.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(event))
	if err != nil {
		tb.Fatal(err)
	}
	if schema := schemaOf(tb, envelope.Type); schema != nil {
		if err := schema.Validate(doc); err != nil {
			tb.Errorf("%s is not what its schema says: %v\n%s", envelope.Type, err, event)
		}
	}
}

// checkBusEvents compares everything that was put on the bus with the published schemas.
func (l *lab) checkBusEvents() {
	for _, e := range l.sim.BusEvents() {
		text, err := json.Marshal(e)
		if err != nil {
			l.t.Fatal(err)
		}
		checkEvent(l.t, text)
	}
}

// TestSchemas: the samples are what the schemas say, and the schemas refuse what they should.
func TestSchemas(t *testing.T) {
	samples, err := filepath.Glob(filepath.Join(outDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	samples = append(samples, filepath.Join(outDir, "..", "unreachable.json"), filepath.Join(outDir, "..", "unreachable-monitor.json"), filepath.Join(outDir, "..", "reached.json"))
	checked := 0
	for _, path := range samples {
		if strings.HasSuffix(path, ".schema.json") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		checkEvent(t, text)
		checked++
		// A field that nothing describes, and a detail without any.
		for old, broken := range map[string]string{`"detail": {`: `"detail": {"surprise": 1,`, `"eni-failover"`: `"another"`, `"detail-type"`: `"type"`} {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.Replace(string(text), old, broken, 1)))
			if err != nil {
				t.Fatal(err)
			}
			var envelope struct {
				Type string `json:"detail-type"`
			}
			if err := json.Unmarshal(text, &envelope); err != nil {
				t.Fatal(err)
			}
			if schemaOf(t, envelope.Type).Validate(doc) == nil {
				t.Errorf("%s: the schema accepts %s instead of %s", path, broken, old)
			}
		}
	}
	if checked != 6 {
		t.Errorf("%d samples are compared; want 6", checked)
	}
}

// busEvents returns the details of the events of a type, in their order.
func (l *lab) busEvents(detailType string) []fields {
	l.t.Helper()
	var list []fields
	for _, e := range l.sim.BusEvents() {
		if e.DetailType == detailType {
			detail := fields{}
			if err := json.Unmarshal(e.Detail, &detail); err != nil {
				l.t.Fatal(err)
			}
			list = append(list, detail)
		}
	}
	return list
}

// firstPut returns the first event of a type on the bus.
func (l *lab) firstPut(detailType string) awssim.BusEvent {
	l.t.Helper()
	for _, e := range l.sim.BusEvents() {
		if e.DetailType == detailType {
			return e
		}
	}
	l.t.Errorf("no %s on the bus\n%s", detailType, l.log())
	return awssim.BusEvent{}
}
