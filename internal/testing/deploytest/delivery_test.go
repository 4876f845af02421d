package deploytest_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Each rule invokes the failover, has the permission, keeps the events that it can't deliver, and retries for as long
// as its event is useful.
func TestEachRuleDelivers(t *testing.T) {
	s := deploy(t)
	ages := map[string]float64{
		"SpotInterruption": 120, "InstanceLeaves": 600, "InstanceRuns": 600, "LifecycleAction": 3600, "Alarm": 600,
		"Rebalance": 600, "Health": 86400, "Request": 300, "Unreachable": 600,
	}
	permitted := map[string]string{} // rule's ARN → function
	for _, id := range s.ofType("AWS::Lambda::Permission") {
		if s.prop(id, "Principal") != "events.amazonaws.com" || s.prop(id, "Action") != "lambda:InvokeFunction" {
			t.Errorf("%s allows %s", id, toJSON(s.Resources[id].Properties))
		}
		permitted[s.text(t, id, "SourceArn")] = s.text(t, id, "FunctionName")
	}
	var rules []any
	for _, id := range s.ofType("AWS::Events::Rule") {
		rule := arn("events", id)
		rule = strings.Replace(rule, ":"+physical(id), ":rule/"+physical(id), 1)
		rules = append(rules, rule)
		if mails(id) {
			continue // see TestMailsAreDelivered
		}
		targets := asList(s.prop(id, "Targets"))
		if len(targets) != 1 {
			t.Errorf("%s has %d targets", id, len(targets))
			continue
		}
		name := strings.TrimPrefix(id, "FailoverFunction")
		want := map[string]any{
			"Arn": functionARN("FailoverFunction"), "Id": at(targets[0], "Id"),
			"RetryPolicy":      map[string]any{"MaximumEventAgeInSeconds": ages[name], "MaximumRetryAttempts": 185.0},
			"DeadLetterConfig": map[string]any{"Arn": arn("sqs", "LostEvents")},
		}
		if diff := cmp.Diff(any(want), targets[0]); diff != "" {
			t.Errorf("target of %s (-want +got):\n%s", id, diff)
		}
		if permitted[rule] != physical("FailoverFunction") {
			t.Errorf("%s may invoke %q", id, permitted[rule])
		}
		if state := s.prop(id, "State"); state != nil && state != "ENABLED" {
			t.Errorf("%s is %v", id, state)
		}
	}
	if len(rules) != len(ages)+3 || len(permitted) != len(ages) {
		t.Errorf("%d rules, %d permissions; want %d, three of them for mails, and %d", len(rules), len(permitted), len(ages)+3, len(ages))
	}
	queue := asList(s.prop("LostEventsPolicy", "PolicyDocument", "Statement"))
	sources := slices.Clone(asList(at(queue[0], "Condition", "ArnEquals", "aws:SourceArn"))) // renderings are shared
	if len(queue) != 1 {
		t.Fatalf("policy of the queue: %s", toJSON(queue))
	}
	byText := func(a, b any) int { return strings.Compare(a.(string), b.(string)) } //nolint:errcheck // they are ARNs
	slices.SortFunc(sources, byText)
	slices.SortFunc(rules, byText)
	if diff := cmp.Diff(rules, sources); diff != "" {
		t.Errorf("who may put lost events into the queue (-rules +policy):\n%s", diff)
	}
	want := map[string]any{
		"Sid": "RulesOfThisStack", "Effect": "Allow", "Principal": map[string]any{"Service": "events.amazonaws.com"},
		"Action": "sqs:SendMessage", "Resource": arn("sqs", "LostEvents"),
		"Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": at(queue[0], "Condition", "ArnEquals", "aws:SourceArn")}},
	}
	if diff := cmp.Diff(any(want), queue[0]); diff != "" {
		t.Errorf("policy of the queue (-want +got):\n%s", diff)
	}
	if q := s.prop("LostEventsPolicy", "Queues"); !cmp.Equal(q, any([]any{s.Outputs["LostEventsQueueUrl"]})) {
		t.Errorf("the policy is that of %v; want %s", q, s.Outputs["LostEventsQueueUrl"])
	}
}

// Each schedule sends its function the right request, by a role that may do only that.
func TestEachScheduleDelivers(t *testing.T) {
	s := deploy(t)
	schedules := map[string]struct {
		function, expression string
		age, attempts        float64
		kind                 trigger.Kind
	}{
		"FailoverFunctionSweep":     {"FailoverFunction", "rate(1 minute)", 60, 1, trigger.KindSweep},
		"FailoverFunctionRehearsal": {"FailoverFunction", "rate(1 hour)", 1800, 10, trigger.KindRehearsal},
		"AuditFunctionAudit":        {"AuditFunction", "rate(1 hour)", 1800, 10, trigger.KindSweep},
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(schedules)), s.ofType("AWS::Scheduler::Schedule")); diff != "" {
		t.Errorf("schedules (-want +got):\n%s", diff)
	}
	notification, err := os.ReadFile(filepath.Join(root, "events", "sweep-scheduler.json"))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range schedules {
		sent := notification // what Scheduler sends without an input
		if input, ok := s.prop(id, "Target", "Input").(string); ok {
			sent = []byte(input)
		}
		if got, err := trigger.Parse(sent); err != nil || got.Kind != want.kind {
			t.Errorf("%s asks for %s: %v", id, got.Kind, err)
		}
		role := id + "Role"
		target := map[string]any{
			"Arn": functionARN(want.function), "RoleArn": "arn:aws:iam::" + account + ":role/" + physical(role),
			"RetryPolicy":      map[string]any{"MaximumEventAgeInSeconds": want.age, "MaximumRetryAttempts": want.attempts},
			"DeadLetterConfig": map[string]any{"Arn": arn("sqs", "LostEvents")},
		}
		if input := s.prop(id, "Target", "Input"); input != nil {
			target["Input"] = input
		}
		if diff := cmp.Diff(any(target), s.prop(id, "Target")); diff != "" {
			t.Errorf("target of %s (-want +got):\n%s", id, diff)
		}
		if got := s.prop(id, "ScheduleExpression"); got != want.expression || at(s.prop(id, "FlexibleTimeWindow"), "Mode") != "OFF" {
			t.Errorf("%s: %s", id, toJSON(s.Resources[id].Properties))
		}
		var statements []any
		for _, p := range asList(s.prop(role, "Policies")) {
			for _, st := range asList(at(p, "PolicyDocument", "Statement")) {
				statements = append(statements, []any{at(st, "Action"), at(st, "Resource")})
			}
		}
		may := []any{[]any{"lambda:InvokeFunction", functionARN(want.function)}, []any{"sqs:SendMessage", arn("sqs", "LostEvents")}}
		if diff := cmp.Diff(may, statements); diff != "" {
			t.Errorf("%s may (-want +got):\n%s", role, diff)
		}
	}
}

// A rate has "minute" for one and "minutes" for more, and the alarm's periods follow the sweep's.
func TestSweepAndItsAlarmKeepPace(t *testing.T) {
	for minutes, want := range map[string][3]any{
		"1": {"rate(1 minute)", 60.0, 5.0}, "2": {"rate(2 minutes)", 120.0, 3.0}, "5": {"rate(5 minutes)", 300.0, 1.0},
	} {
		s := deploy(t, "SweepMinutes="+minutes)
		got := [3]any{s.prop("FailoverFunctionSweep", "ScheduleExpression"), s.prop("StrandedAlarm", "Period"), s.prop("StrandedAlarm", "EvaluationPeriods")}
		if got != want {
			t.Errorf("every %s minutes: %v; want %v", minutes, got, want)
		}
	}
}

// The stack's alarms may publish to the topic without a role. TestMailsAreDelivered has the other statement.
func TestTopicPolicy(t *testing.T) {
	s := deploy(t)
	statements := asList(s.prop("AlertsPolicy", "PolicyDocument", "Statement"))
	prefix := "arn:aws:cloudwatch:" + region + ":" + account + ":alarm:" + stackName + "-*"
	want := []any{map[string]any{
		"Sid": "AlarmsOfThisStack", "Effect": "Allow", "Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
		"Action": "sns:Publish", "Resource": arn("sns", "Alerts"),
		"Condition": map[string]any{
			"StringEquals": map[string]any{"aws:SourceAccount": account}, "ArnLike": map[string]any{"aws:SourceArn": prefix},
		},
	}}
	if diff := cmp.Diff(want, statements[:1]); diff != "" {
		t.Errorf("policy (-want +got):\n%s", diff)
	}
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		if !strings.HasPrefix("arn:aws:cloudwatch:"+region+":"+account+":alarm:"+physical(id), strings.TrimSuffix(prefix, "*")) {
			t.Errorf("alarm %s is not covered by %s", id, prefix)
		}
	}
	if keep := s.prop("LostEvents", "MessageRetentionPeriod"); keep != 1209600.0 || s.prop("LostEvents", "SqsManagedSseEnabled") != true {
		t.Errorf("queue: %s", toJSON(s.Resources["LostEvents"].Properties))
	}
}
