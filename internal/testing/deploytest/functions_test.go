package deploytest_test

import (
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
			"DeadLetterConfig": map[string]any{"TargetArn": arn("sqs", "LostEvents")},
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
	for _, f := range []struct {
		function, role, logs, invocations string
		topics                            []string
	}{
		{"FailoverFunction", "FailoverRole", "FailoverLogs", "FailoverInvocations", []string{"Alerts", "Moves"}},
		{"AuditFunction", "AuditRole", "AuditLogs", "AuditInvocations", []string{"Alerts"}},
	} {
		if got := s.prop(f.function, "Role"); got != "arn:aws:iam::"+account+":role/"+physical(f.role) {
			t.Errorf("%s has the role %v", f.function, got)
		}
		stream := "arn:aws:logs:" + region + ":" + account + ":log-group:" + s.text(t, f.function, "LoggingConfig", "LogGroup") + ":log-stream:x"
		needs := map[string][]iam.Request{
			"WriteLogs":      {{Action: "logs:CreateLogStream", Resource: stream}, {Action: "logs:PutLogEvents", Resource: stream}},
			"SendLostEvents": {{Action: "sqs:SendMessage", Resource: s.text(t, f.function, "DeadLetterConfig", "TargetArn")}},
		}
		var topics []string
		for _, destination := range []string{"OnFailure", "OnSuccess"} {
			topic, ok := s.prop(f.invocations, "DestinationConfig", destination, "Destination").(string)
			if ok {
				topics = append(topics, topic)
			}
		}
		tell := map[string]string{"FailoverFunction": "PublishOutcomes", "AuditFunction": "PublishFailures"}[f.function]
		for i, topic := range topics {
			if topic != arn("sns", f.topics[i]) {
				t.Errorf("%s tells %s; want %s", f.function, topic, f.topics[i])
			}
			needs[tell] = append(needs[tell], iam.Request{Action: "sns:Publish", Resource: topic})
		}
		if len(topics) != len(f.topics) {
			t.Errorf("%s tells %v; want %v", f.function, topics, f.topics)
		}
		run := s.policies(t, f.role)[:1]
		for _, g := range grantsOf(run) {
			if _, ok := needs[g.sid]; !ok {
				t.Errorf("%s: Lambda does not need %s", f.role, g.sid)
			}
			for sid, requests := range needs {
				for _, request := range requests {
					request.Keys = conditionKeys()
					want := sid != g.sid || request.Action != g.action
					if got := allows(t, policyDocuments(run, func(x grant) bool { return x == g }), request); got != want {
						t.Errorf("%s without %v: %s allowed %t; want %t", f.role, g, request.Action, got, want)
					}
				}
			}
		}
		for _, want := range []struct {
			value any
			path  []any
		}{
			{physical(f.function), []any{"FunctionName"}},
			{"$LATEST", []any{"Qualifier"}},
			{2.0, []any{"MaximumRetryAttempts"}},
			{1800.0, []any{"MaximumEventAgeInSeconds"}},
		} {
			if got := s.prop(f.invocations, want.path...); got != want.value {
				t.Errorf("%s %v is %v; want %v", f.invocations, want.path, got, want.value)
			}
		}
	}
}
