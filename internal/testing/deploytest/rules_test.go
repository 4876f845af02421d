package deploytest_test

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

// wantRules says which rule each sample in events/ matches; empty is none. A file that is missing here fails
// the test, and so does a rule that no sample matches.
func wantRules() map[string]string {
	return map[string]string{
		"alarm-application.json":        "Alarm",
		"alarm-composite.json":          "Alarm",
		"alarm-cpu.json":                "",
		"alarm-metric-math.json":        "Alarm",
		"alarm-status-check.json":       "Alarm",
		"alarm-suppressed.json":         "Alarm",
		"health-retirement.json":        "Health",
		"instance-running.json":         "InstanceRuns",
		"instance-shutting-down.json":   "InstanceLeaves",
		"instance-stopped.json":         "InstanceLeaves",
		"instance-stopping.json":        "InstanceLeaves",
		"instance-terminated.json":      "InstanceLeaves",
		"lifecycle-terminate.json":      "LifecycleAction",
		"lifecycle-warm-pool.json":      "LifecycleAction",
		"manual-bare.json":              "", // invoked directly
		"manual-dry-run.json":           "", // invoked directly
		"manual-request.json":           "Request",
		"rebalance-recommendation.json": "Rebalance",
		"rehearsal.json":                "", // Scheduler's input
		"spot-interruption.json":        "SpotInterruption",
		"sweep-rule.json":               "", // a rule's schedule has no pattern
		"sweep-scheduler.json":          "", // Scheduler invokes the function
		"unknown.json":                  "",
	}
}

// match says, by Event Ruler, which of the patterns each event matches.
func match(t *testing.T, patterns, events map[string]any) map[string][]string {
	t.Helper()
	tool(t, rulerVariable, "event-ruler-1.8.1.jar")
	input, err := json.Marshal(map[string]any{"patterns": patterns, "events": events})
	if err != nil {
		t.Fatal(err)
	}
	out, bad, err := run(t, input, "java", "-cp", filepath.Join(os.Getenv(rulerVariable), "*"), "ruler/Match.java")
	if err != nil {
		t.Fatalf("ruler: %v\n%s", err, bad)
	}
	var matched map[string][]string
	if err := json.Unmarshal(out, &matched); err != nil {
		t.Fatalf("ruler: %v\n%s", err, out)
	}
	return matched
}

// rulePatterns are the patterns of the stack's rules, by the names that the template gives to the events.
func rulePatterns(s stack) map[string]any {
	patterns := map[string]any{}
	for _, id := range s.of("AWS::Events::Rule") {
		patterns[strings.TrimPrefix(id, "FailoverFunction")] = s.prop(id, "EventPattern")
	}
	return patterns
}

// sample reads a file in events/ and changes it; a change is a path and the value there.
func sample(t *testing.T, name string, changes ...change) map[string]any {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "events", name))
	if err != nil {
		t.Fatal(err)
	}
	var event map[string]any
	if err := json.Unmarshal(text, &event); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, c := range changes {
		parent, ok := at(event, c.path[:len(c.path)-1]...).(map[string]any)
		key, isKey := c.path[len(c.path)-1].(string)
		if !ok || !isKey {
			t.Fatalf("%s has no %v", name, c.path)
		}
		if c.value == nil {
			delete(parent, key)
			continue
		}
		parent[key] = c.value
	}
	return event
}

// change puts a value at a path of an event, or takes away what is there if the value is nil.
type change struct {
	path  []any
	value any
}

func set(value any, path ...any) change { return change{path: path, value: value} }

func TestEachSampleMatchesItsRule(t *testing.T) {
	s := everything(t)
	files, err := filepath.Glob(filepath.Join(root, "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	events, want := map[string]any{}, map[string][]string{}
	for _, file := range files {
		name := filepath.Base(file)
		events[name] = sample(t, name)
		rule, ok := wantRules()[name]
		if !ok {
			t.Errorf("%s is in no test", name)
		}
		want[name] = []string{}
		if rule != "" {
			want[name] = []string{rule}
		}
	}
	if len(events) != len(wantRules()) {
		t.Errorf("%d samples, but %d expected", len(events), len(wantRules()))
	}
	for name, rule := range wantRulesOnBus() {
		events[name], want[name] = busEvent(t, name), []string{rule}
	}
	patterns := rulePatterns(s)
	if diff := cmp.Diff(want, match(t, patterns, events)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
	for _, rule := range slices.Sorted(maps.Keys(patterns)) {
		if !slices.Contains(slices.Concat(slices.Collect(maps.Values(wantRules())), slices.Collect(maps.Values(wantRulesOnBus()))), rule) {
			t.Errorf("no sample matches rule %s", rule)
		}
	}
}

// What is near to an event of ours, and whether it is one.
func TestNeighboursOfTheSamples(t *testing.T) {
	s := everything(t)
	const status, described = "alarm-status-check.json", "alarm-composite.json"
	metric := []any{"detail", "configuration", "metrics", 0, "metricStat", "metric"}
	inMetric := func(key string) []any { return append(slices.Clone(metric), key) }
	tests := map[string]struct {
		event map[string]any
		want  string
	}{
		"another account":                {sample(t, "spot-interruption.json", set("210987654321", "account")), ""},
		"another region":                 {sample(t, "instance-stopped.json", set("us-east-1", "region")), ""},
		"another source":                 {sample(t, "spot-interruption.json", set("acme.ec2", "source")), ""},
		"a new interruption":             {sample(t, "spot-interruption.json", set("suspend", "detail", "instance-action")), "SpotInterruption"},
		"an instance that starts":        {sample(t, "instance-running.json", set("pending", "detail", "state")), ""},
		"a launch hook":                  {sample(t, "lifecycle-terminate.json", set("autoscaling:EC2_INSTANCE_LAUNCHING", "detail", "LifecycleTransition")), ""},
		"another tool's hook":            {sample(t, "lifecycle-terminate.json", set("drain", "detail", "LifecycleHookName")), "LifecycleAction"},
		"an alarm that is over":          {sample(t, status, set("OK", "detail", "state", "value")), ""},
		"an alarm without data":          {sample(t, described, set("INSUFFICIENT_DATA", "detail", "state", "value")), ""},
		"an alarm's new configuration":   {sample(t, described, set("CloudWatch Alarm Configuration Change", "detail-type")), ""},
		"the other status checks":        {sample(t, status, set("StatusCheckFailed_System", inMetric("name")...)), "Alarm"},
		"the application checks":         {sample(t, status, set("StatusCheckFailed_Application", inMetric("name")...)), "Alarm"},
		"one application check":          {sample(t, status, set("StatusCheckFailed_Application_asc-1234567890abcdef0", inMetric("name")...)), "Alarm"},
		"an alarm on a whole group":      {sample(t, status, set(map[string]any{"AutoScalingGroupName": "db"}, inMetric("dimensions")...)), ""},
		"an alarm on a metric like it":   {sample(t, status, set("Acme/EC2", inMetric("namespace")...)), ""},
		"an alarm about us in words":     {sample(t, described, set("the eni-failover stack is old", "detail", "configuration", "description")), ""},
		"an alarm on both":               {sample(t, status, set("eni-failover:group=db", "detail", "configuration", "description")), "Alarm"},
		"an alarm in the middle":         {sample(t, "alarm-cpu.json", set("at night eni-failover:interface=eni-0a1b2c3d4e5f60001, else page", "detail", "configuration", "description")), "Alarm"},
		"Health on another service":      {sample(t, "health-retirement.json", set("RDS", "detail", "service")), ""},
		"Health on another region":       {sample(t, "health-retirement.json", set("us-east-1", "detail", "eventRegion")), ""},
		"Health on a volume":             {sample(t, "health-retirement.json", set([]any{map[string]any{"entityValue": "vol-1"}}, "detail", "affectedEntities")), ""},
		"Health on nothing":              {sample(t, "health-retirement.json", set(nil, "detail", "affectedEntities")), ""},
		"a rehearsal asked for":          {sample(t, "manual-request.json", set("ENI Failover Rehearsal", "detail-type")), "Request"},
		"another word from ourselves":    {sample(t, "manual-request.json", set("ENI Failover Report", "detail-type")), ""},
		"a request that asks for naught": {sample(t, "manual-request.json", set(map[string]any{"x": "y"}, "detail")), "Request"},
	}
	events, want := map[string]any{}, map[string][]string{}
	for name, test := range tests {
		events[name], want[name] = test.event, []string{}
		if test.want != "" {
			want[name] = []string{test.want}
		}
	}
	if diff := cmp.Diff(want, match(t, rulePatterns(s), events)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
}

// An alarm of this stack must never move anything, whatever its description says one day.
func TestOwnAlarmsMatchNoRule(t *testing.T) {
	s := everything(t)
	events := map[string]any{}
	for _, id := range s.of("AWS::CloudWatch::Alarm") {
		metric := map[string]any{"namespace": s.prop(id, "Namespace"), "name": s.prop(id, "MetricName"), "dimensions": map[string]any{}}
		events[id] = sample(t, "alarm-cpu.json",
			set(s.prop(id, "AlarmDescription"), "detail", "configuration", "description"),
			set([]any{map[string]any{"metricStat": map[string]any{"metric": metric}}}, "detail", "configuration", "metrics"))
	}
	if len(events) == 0 {
		t.Fatal("no alarms")
	}
	for id, rules := range match(t, rulePatterns(s), events) {
		if len(rules) > 0 {
			t.Errorf("alarm %s would come back by %v", id, rules)
		}
	}
}
