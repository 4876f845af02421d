package deploytest_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

const probeSubnets = "subnet-0a1b2c3d4e5f60001,subnet-0a1b2c3d4e5f60002"

// withProbe is a deployment with a probe, and with other parameters than the defaults.
func withProbe(tb testing.TB, parameters ...string) stack {
	tb.Helper()
	return deploy(tb, append(parameters, "ProbeVpc="+vpcID, "ProbeSubnets="+probeSubnets)...)
}

// The probe's parameters come together, and with a bus.
func TestProbeParameters(t *testing.T) {
	for _, test := range []struct {
		parameters []string
		says       string
	}{
		{[]string{"ProbeVpc=" + vpcID}, "ProbeSubnets must list subnets"},
		{[]string{"ProbeSubnets=" + probeSubnets}, "ProbeVpc must name their VPC"},
		{[]string{"ProbeVpc=" + vpcID, "ProbeSubnets=" + probeSubnets, "EventBus="}, "EventBus must name a bus"},
	} {
		if reason := render(t, deploymentWith(test.parameters...))[0].Refused; !strings.Contains(reason, test.says) {
			t.Errorf("%v: refused: %q; want it to say %q", test.parameters, reason, test.says)
		}
	}
	s := withProbe(t)
	for _, function := range []string{"FailoverFunction", "AuditFunction"} {
		if got := s.prop(function, "Environment", "Variables", "PROBE_VPC"); got != vpcID {
			t.Errorf("%s: PROBE_VPC is %v", function, got)
		}
	}
	if got := s.prop("ProbeSecurityGroup", "VpcId"); got != vpcID {
		t.Errorf("the security group is in %v", got)
	}
	if got := s.prop("ProbeFunction", "VpcConfig", "SubnetIds"); !cmp.Equal(got, any([]any{"subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"})) {
		t.Errorf("the probe is in %v", got)
	}
}

// Without its parameters there is nothing of the probe, and with them the rest stays as it is.
func TestProbeIsAnAddition(t *testing.T) {
	plain, s := deploy(t), withProbe(t)
	for id := range plain.Resources {
		if strings.Contains(id, "Probe") {
			t.Errorf("%s is there without a probe", id)
		}
	}
	changed := map[string]bool{"FailoverFunction": true, "AuditFunction": true, "LostEventsPolicy": true, "FailoverDashboard": true}
	for id, r := range plain.Resources {
		if diff := cmp.Diff(r, s.Resources[id]); diff != "" && !changed[id] {
			t.Errorf("the probe changes %s (-without +with):\n%s", id, diff)
		}
	}
	outputs := map[string]string{
		"ProbeFunctionName": physical("ProbeFunction"), "ProbeSecurityGroupId": "sg-0a1b2c3d4e5f60001", "ProbeLogGroup": physical("ProbeLogs"),
	}
	maps.Copy(outputs, plain.Outputs)
	if diff := cmp.Diff(outputs, s.Outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

// What the probe's function is made of. It has no settings.
func TestProbeFunction(t *testing.T) {
	s := withProbe(t)
	want := map[string]any{
		"Runtime": "provided.al2023", "Handler": "bootstrap", "MemorySize": 128.0, "Timeout": 900.0,
		"Code":          map[string]any{"S3Bucket": "artefacts", "S3Key": "functions/probe"},
		"Architectures": []any{"arm64"},
		"Role":          "arn:aws:iam::" + account + ":role/" + physical("ProbeRole"),
		"VpcConfig": map[string]any{
			"SecurityGroupIds": []any{s.Outputs["ProbeSecurityGroupId"]},
			"SubnetIds":        []any{"subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"},
		},
		"LoggingConfig": map[string]any{
			"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", "LogGroup": physical("ProbeLogs"),
		},
		"Environment": nil, "DeadLetterConfig": nil, "ReservedConcurrentExecutions": nil,
	}
	for key, value := range want {
		if diff := cmp.Diff(value, s.prop("ProbeFunction", key)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
	}
	invocations := map[string]any{
		"FunctionName": physical("ProbeFunction"), "Qualifier": "$LATEST", "MaximumRetryAttempts": 0.0, "MaximumEventAgeInSeconds": 60.0,
		"DestinationConfig": map[string]any{"OnSuccess": map[string]any{"Destination": arnOfBus("default")}},
	}
	if diff := cmp.Diff(invocations, s.Resources["ProbeInvocations"].Properties); diff != "" {
		t.Errorf("invocations (-want +got):\n%s", diff)
	}
	if s.prop("ProbeSecurityGroup", "SecurityGroupIngress") != nil {
		t.Error("something may connect to the probe")
	}
	for n, addresses := range []string{"0.0.0.0/0", "::/0"} {
		rule := s.prop("ProbeSecurityGroup", "SecurityGroupEgress", n)
		got := []any{at(rule, "IpProtocol"), at(rule, "FromPort"), at(rule, "ToPort"), at(rule, []string{"CidrIp", "CidrIpv6"}[n])}
		if diff := cmp.Diff([]any{"tcp", 0.0, 65535.0, addresses}, got); diff != "" {
			t.Errorf("the probe may connect to (-want +got):\n%s", diff)
		}
	}
}

// A run lasts a little longer than the time between two sweeps. Lambda ends it as late as it can, since a run goes on while a
// service is silent.
func TestRunsOfTheProbeOverlap(t *testing.T) {
	for minutes, between := range map[string]time.Duration{"1": time.Minute, "2": 2 * time.Minute, "5": 5 * time.Minute} {
		s := withProbe(t, "SweepMinutes="+minutes)
		run, err := time.ParseDuration(s.text(t, "FailoverFunction", "Environment", "Variables", "PROBE_RUN"))
		if err != nil {
			t.Fatal(err)
		}
		if over := run - between; over < 2*time.Second || over > 10*time.Second {
			t.Errorf("with sweeps every %s minutes a run takes %v", minutes, run)
		}
		if got := s.prop("ProbeFunction", "Timeout"); got != 900.0 { // Lambda quotas, "Function timeout"
			t.Errorf("with sweeps every %s minutes the probe's time-out is %v s", minutes, got)
		}
		if got := s.prop("UnreachedAlarm", "Period"); got != between.Seconds() {
			t.Errorf("with sweeps every %s minutes UnreachedAlarm counts each %v s", minutes, got)
		}
	}
}

// The two rules of the probe deliver, are allowed to, and hand over exactly what their functions read.
func TestProbeRules(t *testing.T) {
	s := withProbe(t)
	for _, rule := range []struct {
		id, function, permission, path string
		age, attempts                  float64
		keeps                          any
	}{
		{"ProbeFunctionRequested", "ProbeFunction", "ProbeFunctionRequestedPermission", "$.detail", 60, 0, nil},
		{
			"ProbeVerdict", "FailoverFunction", "ProbeVerdictPermission", "$.detail.responsePayload", 120, 185,
			map[string]any{"Arn": arn("sqs", "LostEvents")},
		},
	} {
		target := s.prop(rule.id, "Targets", 0)
		want := map[string]any{
			"Arn": functionARN(rule.function), "Id": at(target, "Id"), "InputPath": rule.path,
			"RetryPolicy": map[string]any{"MaximumEventAgeInSeconds": rule.age, "MaximumRetryAttempts": rule.attempts},
		}
		if rule.keeps != nil {
			want["DeadLetterConfig"] = rule.keeps
		}
		if diff := cmp.Diff(any(want), target); diff != "" {
			t.Errorf("target of %s (-want +got):\n%s", rule.id, diff)
		}
		permission := map[string]any{
			"Action": "lambda:InvokeFunction", "FunctionName": physical(rule.function), "Principal": "events.amazonaws.com", "SourceArn": ruleARN(rule.id),
		}
		if diff := cmp.Diff(permission, s.Resources[rule.permission].Properties); diff != "" {
			t.Errorf("permission of %s (-want +got):\n%s", rule.id, diff)
		}
		if got := s.prop(rule.id, "EventBusName"); got != "default" {
			t.Errorf("%s is on the bus %v", rule.id, got)
		}
	}
	sources := asList(s.prop("LostEventsPolicy", "PolicyDocument", "Statement", 0, "Condition", "ArnEquals", "aws:SourceArn"))
	if !strings.Contains(toJSON(sources), ruleARN("ProbeVerdict")) {
		t.Errorf("a verdict that is not delivered is not kept: %s", toJSON(sources))
	}
}

// Lambda may do what it does for the probe, and the probe's code may do nothing of it.
func TestProbeRole(t *testing.T) {
	s := withProbe(t)
	policies := s.inlinePolicies(t, "ProbeRole")
	stream := "arn:aws:logs:" + region + ":" + account + ":log-group:" + physical("ProbeLogs") + ":log-stream:x"
	needs := map[string][]iam.Request{
		"WriteLogs":  {{Action: "logs:CreateLogStream", Resource: stream}, {Action: "logs:PutLogEvents", Resource: stream}},
		"PutResults": {{Action: "events:PutEvents", Resource: arnOfBus("default")}},
	}
	for _, action := range []string{ // Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC"
		"AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets",
		"UnassignPrivateIpAddresses",
	} {
		needs["JoinVpc"] = append(needs["JoinVpc"], iam.Request{Action: "ec2:" + action, Resource: "*"})
	}
	for _, problem := range unneeded(t, policies, needs) {
		t.Error(problem)
	}

	if got := s.prop("ProbeCodeIsDenied", "RoleName"); got != physical("ProbeRole") {
		t.Errorf("the denial is for %v", got)
	}
	all := append(policyDocuments(policies, dropNothing), []byte(toJSON(s.prop("ProbeCodeIsDenied", "PolicyDocument"))))
	ofCode, ofAnother := conditionKeys("lambda:SourceFunctionArn="+functionARN("ProbeFunction")), conditionKeys("lambda:SourceFunctionArn="+functionARN("AuditFunction"))
	for sid, requests := range needs {
		for _, request := range requests {
			// Lambda's own requests have no such key, but those for the logs (Lambda Developer Guide, "Using source function
			// ARN to control function access behavior").
			for name, test := range map[string]struct {
				keys map[string][]string
				want bool
			}{"Lambda": {conditionKeys(), true}, "the code": {ofCode, sid == "WriteLogs"}, "another function": {ofAnother, true}} {
				request.Keys = test.keys
				if got := allows(t, all, request); got != test.want {
					t.Errorf("%s: %s allowed %t; want %t", name, request.Action, got, test.want)
				}
			}
		}
	}
	for _, action := range []string{"ec2:DetachNetworkInterface", "ec2:AttachNetworkInterface", "sns:Publish", "lambda:InvokeFunction"} {
		if allows(t, all, iam.Request{Action: action, Resource: "*", Keys: conditionKeys()}) {
			t.Errorf("the probe's role may %s", action)
		}
	}
}

// The page about the costs has what a probe adds: the alarms and their metrics, the metrics that are always there, and the
// time of the runs.
func TestProbeCosts(t *testing.T) {
	plain, s := deploy(t), withProbe(t)
	alarms, watches := 0, 0
	for _, id := range s.ofType("AWS::CloudWatch::Alarm") {
		if plain.Resources[id].Type == "" {
			metrics, _ := readAlarm(s, id)
			alarms, watches = alarms+1, watches+len(metrics)
		}
	}
	without, _ := measuredAlways(t, plain)
	with, _ := measuredAlways(t, s)
	metrics := len(playNight(t, s, night{armed: true}).measured) + len(with) - len(without)
	run, err := time.ParseDuration(s.text(t, "FailoverFunction", "Environment", "Variables", "PROBE_RUN"))
	if err != nil {
		t.Fatal(err)
	}
	const runs = 43_800 // a month
	memory, ok := s.prop("ProbeFunction", "MemorySize").(float64)
	if !ok {
		t.Fatal("no memory")
	}
	used := runs * run.Seconds() * memory / 1024 // GB-s
	page := readFile(t, filepath.Join(root, "docs", "deploy.md"))
	for _, want := range []string{
		fmt.Sprintf("| alarms | %d, on %d metrics, at 0.10 | %.2f |", alarms, watches, 0.10*float64(watches)),
		fmt.Sprintf("| metrics | %d that are always there, at 0.30; others only for the hours in which they occur | %.2f |", metrics, 0.30*float64(metrics)),
		fmt.Sprintf("of 65 s at 128 MB, arm64: %d,%03d GB-s at 0.0000133334", int(used)/1000, int(used)%1000),
		fmt.Sprintf("the rest for the overlap) | %.2f |", used*0.0000133334),
	} {
		if !strings.Contains(page, want) {
			t.Errorf("docs/deploy.md has no %q", want)
		}
	}
}
