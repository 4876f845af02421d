package deploytest_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wantRulesOnBus says which rule each event of the deployment's own bus matches, by the names of eventsOnBus.
func wantRulesOnBus() map[string]string {
	return map[string]string{
		"attached":         "AttachedMail",
		"failed":           "FailedMail",
		"moved":            "MovedMail",
		"monitor":          "Unreachable",
		"request to probe": "ProbeFunctionRequested",
		"answer to probe":  "ProbeVerdict",
		"verdict of probe": "ProbeVerdict",
	}
}

// eventsOnBus are the events that the functions, Lambda and monitors put on the deployment's own bus: the published
// samples, those of the probe as Lambda wraps them.
func eventsOnBus(t *testing.T) map[string]map[string]any {
	t.Helper()
	return map[string]map[string]any{
		"attached":         sampleEvent(t, "out/moved.json", setValue("attached", "detail", "outcome"), setValue("", "detail", "from")),
		"failed":           sampleEvent(t, "out/failed.json"),
		"moved":            sampleEvent(t, "out/moved.json"),
		"monitor":          sampleEvent(t, "unreachable-monitor.json"),
		"request to probe": sampleEvent(t, "out/probe.json"),
		"answer to probe":  wrapped(t, sampleEvent(t, "reached.json")),
		"verdict of probe": wrapped(t, sampleEvent(t, "unreachable.json")),
	}
}

// onBus returns one event of eventsOnBus, changed.
func onBus(t *testing.T, name string, changes ...sampleChange) map[string]any {
	t.Helper()
	return changed(t, eventsOnBus(t)[name], changes...)
}

// wrapped returns the record of a successful run of the probe that Lambda puts on the bus, as the Lambda Developer Guide
// has it ("Retaining records of asynchronous invocations").
func wrapped(t *testing.T, result any) map[string]any {
	t.Helper()
	return sampleEvent(t, "../internal/testing/deploytest/testdata/lambda-record.json", setValue(result, "detail", "responsePayload"))
}

// Each published sample of an event that the functions put on a bus is in a test.
func TestEachPublishedEventIsTested(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "events", "out", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		if name := filepath.Base(file); !strings.HasSuffix(name, ".schema.json") {
			names = append(names, name)
		}
	}
	if want := []string{"failed.json", "moved.json", "probe.json"}; !slices.Equal(names, want) {
		t.Errorf("samples %v; want %v, as eventsOnBus has them", names, want)
	}
}

// arnOfBus returns the ARN of a bus.
func arnOfBus(name string) string {
	return "arn:aws:events:" + region + ":" + account + ":event-bus/" + name
}

// ruleARN returns the ARN of a rule.
func ruleARN(id string) string {
	return "arn:aws:events:" + region + ":" + account + ":rule/" + physical(id)
}

// mails reports whether a rule sends e-mails.
func mails(rule string) bool { return strings.HasSuffix(rule, "Mail") }

// What is close to an event on the bus, and whether a rule takes it.
func TestNeighboursOnTheBus(t *testing.T) {
	s := deployEverything(t)
	const verdict, failed, moved, request = "verdict of probe", "failed", "moved", "request to probe"
	payload := func(key string) []any { return []any{"detail", "responsePayload", key} }
	functionOf := []any{"detail", "requestContext", "functionArn"}
	probe := functionARN("ProbeFunction")
	tests := map[string]struct {
		event map[string]any
		want  string
	}{
		"the probe without a qualifier":    {onBus(t, verdict, setValue(probe, functionOf...)), "ProbeVerdict"},
		"another function":                 {onBus(t, verdict, setValue(functionARN("FailoverFunction")+":$LATEST", functionOf...)), ""},
		"a function with a longer name":    {onBus(t, verdict, setValue(probe+"-2:$LATEST", functionOf...)), ""},
		"a run of the probe that failed":   {onBus(t, verdict, setValue("Lambda Function Invocation Result - Failure", "detail-type")), ""},
		"a run that found nothing new":     {onBus(t, verdict, setValue("ENI Failover Probed", payload("detail-type")...)), ""},
		"a result of another source":       {onBus(t, verdict, setValue("acme", payload("source")...)), ""},
		"an unwrapped verdict":             {onBus(t, verdict, setValue("eni-failover", "source"), setValue("ENI Failover Unreachable", "detail-type")), "Unreachable"},
		"a record that a person sends":     {onBus(t, verdict, setValue("acme", "source")), ""},
		"a verdict in another account":     {onBus(t, verdict, setValue("210987654321", "account")), ""},
		"a monitor of another source":      {onBus(t, "monitor", setValue("acme.monitor", "source")), ""},
		"a monitor that says reached":      {onBus(t, "monitor", setValue("ENI Failover Reached", "detail-type")), ""},
		"a monitor in another region":      {onBus(t, "monitor", setValue("us-east-1", "region")), ""},
		"a probe that is asked by another": {onBus(t, request, setValue("acme", "source")), ""},
		"the probe of another VPC":         {onBus(t, request, setValue([]any{"vpc-0a1b2c3d4e5f60002"}, "resources")), ""},
		"a VPC whose name is longer":       {onBus(t, request, setValue([]any{vpcID + "0"}, "resources")), ""},
		"a request about no VPC":           {onBus(t, request, setValue([]any{}, "resources")), ""},
		"a failure that was told before":   {onBus(t, failed, setValue(false, "detail", "first")), ""},
		"a failure that does not say":      {onBus(t, failed, setValue(nil, "detail", "first")), ""},
		"a further interface that moved":   {onBus(t, moved, setValue(false, "detail", "first")), ""},
		"a move that failed":               {onBus(t, failed, setValue("failed", "detail", "outcome")), "FailedMail"},
		"another source that failed":       {onBus(t, failed, setValue("acme", "source")), ""},
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

// Without a bus nothing is told to it, nothing is asked of it, and Lambda's own message stands for the mail. A monitor
// can use the account's default bus all the same.
func TestWithoutBus(t *testing.T) {
	s := deploy(t, "EventBus=")
	for _, id := range []string{"FailedMail", "MovedMail", "AttachedMail", "Moves", "MovesPolicy", "FailedEvents", "EventsNotPutAlarm"} {
		if s.Resources[id].Type != "" {
			t.Errorf("%s is there", id)
		}
	}
	if got := s.prop("FailoverInvocations", "DestinationConfig", "OnFailure", "Destination"); got != arn("sns", "Alerts") {
		t.Errorf("failures go to %v", got)
	}
	if bus := s.prop("FailoverFunctionUnreachable", "EventBusName"); bus != nil {
		t.Errorf("monitors report on %v; want the default bus, which needs no name", bus)
	}
	for _, g := range grantsOf(s.policies(t, "FailoverRole")) {
		if g.action == "events:PutEvents" {
			t.Errorf("%v, and there is no bus", g)
		}
	}
	if got := s.prop("FailoverFunction", "Environment", "Variables", "EVENT_BUS"); got != "" {
		t.Errorf("EVENT_BUS is %v", got)
	}
}

// A bus may be given by its ARN.
func TestBusByARN(t *testing.T) {
	s := deploy(t, "EventBus="+arnOfBus("corp"), "ProbeVpc="+vpcID, "ProbeSubnets="+probeSubnets)
	for name, got := range map[string]any{
		"the failover's permission": s.prop("FailoverRole", statement(7, "Resource")...),
		"the probe's permission":    s.prop("ProbeRole", "Policies", 0, "PolicyDocument", "Statement", 2, "Resource"),
		"the probe's results":       s.prop("ProbeInvocations", "DestinationConfig", "OnSuccess", "Destination"),
		"the rule for the mail":     s.prop("FailedMail", "EventBusName"),
	} {
		if got != arnOfBus("corp") {
			t.Errorf("%s: %v", name, got)
		}
	}
}
