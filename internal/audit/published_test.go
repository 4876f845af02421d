package audit_test

import (
	"encoding"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// published is a field of JSON that people's scripts and alarms rely on.
type published struct {
	name, in string // in is the name of the object that has it; empty at the top
	path     string // like interfaces[].records[].hostedZone
	of       reflect.Type
	optional bool // left out when it is empty
}

// fieldsOf lists the fields of a type, and those of the objects in it, in their order.
func fieldsOf(t *testing.T, of reflect.Type) []published {
	t.Helper()
	return fieldsUnder(t, of, "", "")
}

func fieldsUnder(t *testing.T, of reflect.Type, in, under string) []published {
	t.Helper()
	var list []published
	for f := range of.Fields() {
		if !f.IsExported() || f.Tag.Get("json") == "-" {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			t.Errorf("%s.%s has no name in JSON", of, f.Name)
			continue
		}
		p := published{name: name, in: in, path: under + name, of: f.Type, optional: strings.Contains(options, "omit")}
		for p.of.Kind() == reflect.Pointer || p.of.Kind() == reflect.Slice {
			if p.of.Kind() == reflect.Slice {
				p.path += "[]"
			}
			p.of = p.of.Elem()
		}
		list = append(list, p)
		if p.of.Kind() == reflect.Struct && !p.of.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			list = append(list, fieldsUnder(t, p.of, name, p.path+".")...)
		}
	}
	return list
}

// fault says what is wrong with a field's name; empty if it is right. One word has one meaning in all results.
func (p published) fault() string {
	// A duration is known by its name, or by its type: counts are of type int.
	lasts := p.of.Kind() == reflect.Int64 || p.of.Kind() == reflect.Float64 ||
		regexp.MustCompile(`(?i)duration|elapsed|latency|seconds|took|millis|_ms$|ms$`).MatchString(p.name)
	switch name := strings.ToLower(p.name); {
	case !regexp.MustCompile(`^[a-z]+([A-Z][a-z]*)*$`).MatchString(p.name):
		return "is not in camel case"
	case name == "zone" || name == "az":
		return "is an availabilityZone or a hostedZone: say which"
	case p.in == "hook" && name == "group", name == "asg", name == "scalinggroup":
		return "is Auto Scaling's: autoScalingGroup. A group is ours"
	case p.of == reflect.TypeFor[time.Duration]():
		return "is a duration in nanoseconds; durations are integers in milliseconds"
	case lasts && (!strings.HasSuffix(p.name, "Ms") || p.of.Kind() != reflect.Int64):
		return "is a duration: an int64 with a name that ends in Ms"
	}
	return ""
}

// TestPublishedNames checks that each word in the results of both functions has one meaning.
func TestPublishedNames(t *testing.T) {
	for _, of := range []reflect.Type{reflect.TypeFor[failover.Report](), reflect.TypeFor[readiness.Result]()} {
		for _, p := range fieldsOf(t, of) {
			if fault := p.fault(); fault != "" {
				t.Errorf("%s: %s %s", of, p.path, fault)
			}
		}
	}
	type wrong struct {
		Zone string `json:"zone"`
		Hook struct {
			Group        string `json:"group"`
			ScalingGroup string `json:"scalingGroup"`
		} `json:"hook"`
		List []struct {
			AZ string `json:"az"`
		} `json:"list"`
		Took       time.Duration `json:"tookMs"`
		Wait       int64         `json:"wait"`
		Duration   int           `json:"duration"`
		DurationMs int64         `json:"duration_ms"`
	}
	found := []string{}
	for _, p := range fieldsOf(t, reflect.TypeFor[wrong]()) {
		if p.fault() != "" {
			found = append(found, p.path)
		}
	}
	if d := cmp.Diff([]string{"zone", "hook.group", "hook.scalingGroup", "list[].az", "tookMs", "wait", "duration", "duration_ms"}, found); d != "" {
		t.Errorf("faults that are found (-want +got):\n%s", d)
	}
}

// TestLogNames checks that the log lines of the audit have the names of the result.
func TestLogNames(t *testing.T) {
	names := map[string]map[string]bool{"finding": {}, "audit": {}}
	for of, known := range map[reflect.Type]map[string]bool{reflect.TypeFor[readiness.Finding](): names["finding"], reflect.TypeFor[readiness.Summary](): names["audit"]} {
		for _, p := range fieldsOf(t, of) {
			known[p.name] = true
		}
	}
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, ready(instance(2, impaired)))
		a.audit()
		seen := map[string]bool{}
		for text := range strings.Lines(a.log.String()) {
			line := map[string]any{}
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Fatal(err)
			}
			message, _ := line["msg"].(string)
			seen[message] = true
			for name := range line {
				if name != "time" && name != "level" && name != "msg" && !names[message][name] {
					t.Errorf("the line %s has %s, which the result does not have", message, name)
				}
			}
		}
		if d := cmp.Diff(map[string]bool{"finding": true, "audit": true}, seen); d != "" {
			t.Error(d)
		}
	})
}

// document describes the results for people.
var document = filepath.Join("..", "..", "docs", "report.md")

// TestDocumentedFields checks that the document has a row for each field of the results, in their order, and no other row.
func TestDocumentedFields(t *testing.T) {
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "# The failover's report\n")
	report, result, found := strings.Cut(rest, "# The audit's result\n")
	if !found {
		t.Fatalf("%s does not have both chapters", document)
	}
	for _, part := range []struct {
		of   reflect.Type
		text string
	}{{reflect.TypeFor[failover.Report](), report}, {reflect.TypeFor[readiness.Result](), result}} {
		var want []string
		for _, p := range fieldsOf(t, part.of) {
			want = append(want, "`"+p.path+"` | "+p.value()+" | "+p.there())
		}
		var got []string
		for line := range strings.Lines(part.text) {
			if !strings.HasPrefix(line, "| `") {
				continue
			}
			cells := strings.Split(strings.Trim(line, "| \n"), " | ")
			if len(cells) != 4 || cells[3] == "" {
				t.Errorf("row %q: want field, value, when, meaning", line)
				continue
			}
			if cells[2] != always {
				cells[2] = sometimes
			}
			got = append(got, strings.Join(cells[:3], " | "))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s says of %s (-want +got):\n%s", document, part.of, d)
		}
	}
}

// The third column of a row says when the field is there: always, or else in which case.
const (
	always    = "always"
	sometimes = "sometimes"
)

func (p published) there() string {
	if p.optional {
		return sometimes
	}
	return always
}

// value returns the word of the document for what JSON has in the field.
func (p published) value() string {
	value := "object"
	switch p.of.Kind() { //nolint:exhaustive // what results are made of
	case reflect.String:
		value = "string"
	case reflect.Bool:
		value = "true or false"
	case reflect.Int:
		value = "integer"
	case reflect.Int64:
		value = "milliseconds"
	case reflect.Struct:
		if p.of.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
			value = "string"
		}
	}
	if strings.HasSuffix(p.path, "[]") {
		return value + "s"
	}
	return value
}

// TestNoNullInResults checks that an empty list is [], so that a script can go through it.
func TestNoNullInResults(t *testing.T) {
	for name, w := range map[string]awssim.World{
		"ready":          ready(),
		"no standby":     ready(instance(2, impaired)),
		"not readable":   ready(zone(func(z *awssim.Zone) { z.Owner = "999988887777" })),
		"no hosted zone": ready(func(w *awssim.World) { w.Zones = nil }),
		"no record":      ready(zone(func(z *awssim.Zone) { z.Records = nil })),
		"nothing":        {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, err := json.Marshal(simulate(t, w).audit().Limited())
				if err != nil || strings.Contains(string(b), "null") {
					t.Errorf("%v\n%s", err, b)
				}
			})
		})
	}
}
