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

	"github.com/eni-failover/eni-failover/internal/plan"
)

// wantRules has the rule that each sample in events/ matches; empty: none. The test fails on a file that is not listed,
// and on a rule that no sample matches.
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
		"reached.json":                  "", // the probe's result, which a rule takes out of Lambda's destination record
		"rehearsal.json":                "", // Scheduler's input
		"spot-interruption.json":        "SpotInterruption",
		"sweep-rule.json":               "", // a rule's schedule has no pattern
		"sweep-scheduler.json":          "", // Scheduler invokes the function
		"unknown.json":                  "",
		"unreachable-monitor.json":      "",
		"unreachable.json":              "", // as reached.json
	}
}

// matchingPatterns asks Event Ruler which of the patterns each event matches.
func matchingPatterns(t *testing.T, patterns, events map[string]any) map[string][]string {
	t.Helper()
	toolPath(t, rulerVariable, "event-ruler-1.8.1.jar")
	input, err := json.Marshal(map[string]any{"patterns": patterns, "events": events})
	if err != nil {
		t.Fatal(err)
	}
	out, bad, err := runCommand(t, input, "java", "-cp", filepath.Join(os.Getenv(rulerVariable), "*"), "ruler/Match.java")
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
	for _, id := range s.ofType("AWS::Events::Rule") {
		patterns[strings.TrimPrefix(id, "FailoverFunction")] = s.prop(id, "EventPattern")
	}
	return patterns
}

// sampleEvent reads a file in events/ and makes the changes.
func sampleEvent(t *testing.T, name string, changes ...sampleChange) map[string]any {
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

// sampleChange sets the value at a path of an event, or removes it if the value is nil.
type sampleChange struct {
	path  []any
	value any
}

func setValue(value any, path ...any) sampleChange { return sampleChange{path: path, value: value} }

func TestEachSampleMatchesItsRule(t *testing.T) {
	s := deploy(t)
	files, err := filepath.Glob(filepath.Join(root, "events", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	events, want := map[string]any{}, map[string][]string{}
	for _, file := range files {
		name := filepath.Base(file)
		events[name] = sampleEvent(t, name)
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
	patterns := rulePatterns(s)
	if diff := cmp.Diff(want, matchingPatterns(t, patterns, events)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
	for _, rule := range slices.Sorted(maps.Keys(patterns)) {
		if !slices.Contains(slices.Collect(maps.Values(wantRules())), rule) {
			t.Errorf("no sample matches rule %s", rule)
		}
	}
}

// Events that are similar to the samples match only the rules that they should.
func TestNeighboursOfTheSamples(t *testing.T) {
	s := deploy(t)
	const status, described = "alarm-status-check.json", "alarm-composite.json"
	metric := []any{"detail", "configuration", "metrics", 0, "metricStat", "metric"}
	inMetric := func(key string) []any { return append(slices.Clone(metric), key) }
	tests := map[string]struct {
		event map[string]any
		want  string
	}{
		"another account":                {sampleEvent(t, "spot-interruption.json", setValue("210987654321", "account")), ""},
		"another region":                 {sampleEvent(t, "instance-stopped.json", setValue("us-east-1", "region")), ""},
		"another source":                 {sampleEvent(t, "spot-interruption.json", setValue("acme.ec2", "source")), ""},
		"a new interruption":             {sampleEvent(t, "spot-interruption.json", setValue("suspend", "detail", "instance-action")), "SpotInterruption"},
		"an instance that starts":        {sampleEvent(t, "instance-running.json", setValue("pending", "detail", "state")), ""},
		"a launch hook":                  {sampleEvent(t, "lifecycle-terminate.json", setValue("autoscaling:EC2_INSTANCE_LAUNCHING", "detail", "LifecycleTransition")), ""},
		"another tool's hook":            {sampleEvent(t, "lifecycle-terminate.json", setValue("drain", "detail", "LifecycleHookName")), "LifecycleAction"},
		"an alarm that is over":          {sampleEvent(t, status, setValue("OK", "detail", "state", "value")), ""},
		"an alarm without data":          {sampleEvent(t, described, setValue("INSUFFICIENT_DATA", "detail", "state", "value")), ""},
		"an alarm's new configuration":   {sampleEvent(t, described, setValue("CloudWatch Alarm Configuration Change", "detail-type")), ""},
		"the other status checks":        {sampleEvent(t, status, setValue("StatusCheckFailed_System", inMetric("name")...)), "Alarm"},
		"the application checks":         {sampleEvent(t, status, setValue("StatusCheckFailed_Application", inMetric("name")...)), "Alarm"},
		"one application check":          {sampleEvent(t, status, setValue("StatusCheckFailed_Application_asc-1234567890abcdef0", inMetric("name")...)), "Alarm"},
		"an alarm on a whole group":      {sampleEvent(t, status, setValue(map[string]any{"AutoScalingGroupName": "db"}, inMetric("dimensions")...)), ""},
		"an alarm on a metric like it":   {sampleEvent(t, status, setValue("Acme/EC2", inMetric("namespace")...)), ""},
		"an alarm about us in words":     {sampleEvent(t, described, setValue("the eni-failover stack is old", "detail", "configuration", "description")), ""},
		"an alarm on both":               {sampleEvent(t, status, setValue("eni-failover:group=db", "detail", "configuration", "description")), "Alarm"},
		"an alarm in the middle":         {sampleEvent(t, "alarm-cpu.json", setValue("at night eni-failover:interface=eni-0a1b2c3d4e5f60001, else page", "detail", "configuration", "description")), "Alarm"},
		"Health on another service":      {sampleEvent(t, "health-retirement.json", setValue("RDS", "detail", "service")), ""},
		"Health on another region":       {sampleEvent(t, "health-retirement.json", setValue("us-east-1", "detail", "eventRegion")), ""},
		"Health on a volume":             {sampleEvent(t, "health-retirement.json", setValue([]any{map[string]any{"entityValue": "vol-1"}}, "detail", "affectedEntities")), ""},
		"Health on nothing":              {sampleEvent(t, "health-retirement.json", setValue(nil, "detail", "affectedEntities")), ""},
		"a rehearsal asked for":          {sampleEvent(t, "manual-request.json", setValue("ENI Failover Rehearsal", "detail-type")), "Request"},
		"another word from ourselves":    {sampleEvent(t, "manual-request.json", setValue("ENI Failover Report", "detail-type")), ""},
		"a request that asks for naught": {sampleEvent(t, "manual-request.json", setValue(map[string]any{"x": "y"}, "detail")), "Request"},
	}
	events, want := map[string]any{}, map[string][]string{}
	for name, test := range tests {
		events[name], want[name] = test.event, []string{}
		if test.want != "" {
			want[name] = []string{test.want}
		}
	}
	if diff := cmp.Diff(want, matchingPatterns(t, rulePatterns(s), events)); diff != "" {
		t.Errorf("matches (-want +got):\n%s", diff)
	}
}

// An alarm of this stack must never move anything, whatever its description will say.
func TestOwnAlarmsMatchNoRule(t *testing.T) {
	s := deploy(t)
	events := map[string]any{}
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		metric := map[string]any{"namespace": s.prop(id, "Namespace"), "name": s.prop(id, "MetricName"), "dimensions": map[string]any{}}
		events[id] = sampleEvent(t, "alarm-cpu.json",
			setValue(s.prop(id, "AlarmDescription"), "detail", "configuration", "description"),
			setValue([]any{map[string]any{"metricStat": map[string]any{"metric": metric}}}, "detail", "configuration", "metrics"))
	}
	if len(events) == 0 {
		t.Fatal("no alarms")
	}
	for id, rules := range matchingPatterns(t, rulePatterns(s), events) {
		if len(rules) > 0 {
			t.Errorf("alarm %s would come back by %v", id, rules)
		}
	}
}

// Only an event that moved something is mailed to the moves' topic. SNS's filter policies on the message body follow
// the rules of EventBridge's patterns ("Amazon SNS subscription filter policies" in the SNS Developer Guide).
func TestOnlyMovesAreMailed(t *testing.T) {
	s := deploy(t, "AlertEmail=ops@example.com")
	if scope := s.prop("MovesByEmail", "FilterPolicyScope"); scope != "MessageBody" {
		t.Errorf("filter on %v; want MessageBody", scope)
	}
	record := func(outcome string) map[string]any {
		return map[string]any{
			"version": "1.0", "requestContext": map[string]any{"condition": "Success", "approximateInvokeCount": 1},
			"requestPayload":  sampleEvent(t, "spot-interruption.json"),
			"responseContext": map[string]any{"statusCode": 200},
			"responsePayload": map[string]any{"outcome": outcome, "interfaces": []any{map[string]any{"outcome": "moved"}}},
		}
	}
	want, events := map[string][]string{}, map[string]any{}
	for _, o := range []plan.Outcome{
		plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomePlanned,
		plan.OutcomeSuperseded, plan.OutcomeNothingToDo, plan.OutcomeIgnored,
	} {
		events[string(o)], want[string(o)] = record(string(o)), []string{}
	}
	want[string(plan.OutcomeMoved)], want[string(plan.OutcomeAttached)] = []string{"mail"}, []string{"mail"}
	got := matchingPatterns(t, map[string]any{"mail": s.prop("MovesByEmail", "FilterPolicy")}, events)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mailed (-want +got):\n%s", diff)
	}
}
