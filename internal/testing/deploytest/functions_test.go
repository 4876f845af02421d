package deploytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// Both functions have the runtime, the size and the role that they need.
func TestFunctions(t *testing.T) {
	s := deploy(t)
	for id, code := range map[string]string{"FailoverFunction": "failover", "AuditFunction": "audit"} {
		want := map[string]any{
			"Runtime": "provided.al2023", "Handler": "bootstrap", "MemorySize": 512.0, "Timeout": 300.0,
			"Code":             map[string]any{"S3Bucket": "artefacts", "S3Key": "functions/" + code},
			"Architectures":    []any{"arm64"},
			"DeadLetterConfig": map[string]any{"AuditFunction": map[string]any{"TargetArn": arn("sqs", "LostEvents")}}[id],
			"LoggingConfig": map[string]any{
				"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO",
				"LogGroup": physical(strings.Replace(id, "Function", "Logs", 1)),
			},
			"ReservedConcurrentExecutions": nil,
		}
		for key, value := range want {
			if diff := cmp.Diff(value, s.prop(id, key)); diff != "" {
				t.Errorf("%s %s (-want +got):\n%s", id, key, diff)
			}
		}
		if got := s.Resources[id+"Role"]; got.Type != "" {
			t.Errorf("SAM made a role of its own for %s", id)
		}
	}
	for _, role := range []string{"FailoverRole", "AuditRole"} {
		want := []any{map[string]any{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": "lambda.amazonaws.com"}}}
		if diff := cmp.Diff(any(want), s.prop(role, "AssumeRolePolicyDocument", "Statement")); diff != "" {
			t.Errorf("who may take %s (-want +got):\n%s", role, diff)
		}
		if s.prop(role, "ManagedPolicyArns") != nil {
			t.Errorf("%s has a managed policy", role)
		}
	}
}

// Each thing that Lambda does around an invocation, by a function's configuration, has its permission in the role.
// Without it Lambda refuses the configuration, or logs and records are lost.
func TestLambdaMayDoItsPart(t *testing.T) {
	s := deployEverything(t)
	lost, failed, alerts := arn("sqs", "LostEvents"), arn("sqs", "FailedEvents"), arn("sns", "Alerts")
	for _, f := range []struct {
		stack                       stack
		function, role, logs, tells string
		tellsBy, tellsTo            string
	}{
		{s, "FailoverFunction", "FailoverRole", "FailoverLogs", "KeepFailedEvents", "sqs:SendMessage", failed},
		{deploy(t, "EventBus="), "FailoverFunction", "FailoverRole", "FailoverLogs", "PublishFailures", "sns:Publish", alerts},
		{s, "AuditFunction", "AuditRole", "AuditLogs", "PublishFailures", "sns:Publish", alerts},
	} {
		if got := f.stack.prop(f.function, "Role"); got != "arn:aws:iam::"+account+":role/"+physical(f.role) {
			t.Errorf("%s has the role %v", f.function, got)
		}
		stream := "arn:aws:logs:" + region + ":" + account + ":log-group:" + f.stack.text(t, f.function, "LoggingConfig", "LogGroup") + ":log-stream:x"
		needs := map[string][]iam.Request{
			"WriteLogs": {{Action: "logs:CreateLogStream", Resource: stream}, {Action: "logs:PutLogEvents", Resource: stream}},
			f.tells:     {{Action: f.tellsBy, Resource: f.tellsTo}},
		}
		if queue := f.stack.prop(f.function, "DeadLetterConfig", "TargetArn"); queue != nil {
			needs["SendLostEvents"] = []iam.Request{{Action: "sqs:SendMessage", Resource: lost}}
			if queue != lost {
				t.Errorf("%s loses events to %v", f.function, queue)
			}
		}
		for _, problem := range unneeded(t, f.stack.policies(t, f.role)[:1], needs) {
			t.Errorf("%s: %s", f.role, problem)
		}
		want := map[string]any{
			"FunctionName": physical(f.function), "Qualifier": "$LATEST", "MaximumRetryAttempts": 2.0, "MaximumEventAgeInSeconds": 1800.0,
			"DestinationConfig": map[string]any{"OnFailure": map[string]any{"Destination": f.tellsTo}},
		}
		id := strings.Replace(f.function, "Function", "Invocations", 1)
		if diff := cmp.Diff(want, f.stack.Resources[id].Properties); diff != "" {
			t.Errorf("%s (-want +got):\n%s", id, diff)
		}
	}
}

// unneeded checks policies against what is needed, by statement: each permission is needed for some request, and without
// it exactly the requests of its statement and action are refused.
func unneeded(t *testing.T, policies []policy, needs map[string][]iam.Request) (problems []string) {
	t.Helper()
	for _, g := range grantsOf(policies) {
		if _, ok := needs[g.sid]; !ok {
			problems = append(problems, "nothing needs "+g.sid)
		}
		for sid, requests := range needs {
			for _, request := range requests {
				request.Keys = conditionKeys()
				want := sid != g.sid || request.Action != g.action
				if got := allows(t, policyDocuments(policies, func(x grant) bool { return x == g }), request); got != want {
					problems = append(problems, fmt.Sprintf("without %v: %s allowed %t; want %t", g, request.Action, got, want))
				}
			}
		}
	}
	return problems
}
