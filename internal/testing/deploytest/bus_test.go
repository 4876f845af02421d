package deploytest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// wantRulesOnBus says which rule each event in testdata matches. They are the events that the functions, Lambda and
// monitors put on the deployment's own bus. Lambda's are records of a successful invocation, as the Lambda Developer
// Guide has them ("Retaining records of asynchronous invocations").
func wantRulesOnBus() map[string]string {
	return map[string]string{
		"attached.json":            "AttachedMail",
		"failed.json":              "FailedMail",
		"monitor-unreachable.json": "Unreachable",
		"moved.json":               "MovedMail",
		"probe-reached.json":       "ProbeVerdict",
		"probe-request.json":       "ProbeFunctionRequested",
		"probe-unreachable.json":   "ProbeVerdict",
	}
}

// busEvent reads an event in testdata and changes it.
func busEvent(t *testing.T, name string, changes ...sampleChange) map[string]any {
	t.Helper()
	return sampleEvent(t, "../internal/testing/deploytest/testdata/"+name, changes...)
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

// Each event in testdata is in a test.
func TestEachEventOnTheBusIsTested(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(wantRulesOnBus())), names); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// What is close to an event on the bus, and whether a rule takes it.
func TestNeighboursOnTheBus(t *testing.T) {
	s := deployEverything(t)
	const verdict, failed, moved = "probe-unreachable.json", "failed.json", "moved.json"
	payload := func(key string) []any { return []any{"detail", "responsePayload", key} }
	functionOf := []any{"detail", "requestContext", "functionArn"}
	probe := functionARN("ProbeFunction")
	tests := map[string]struct {
		event map[string]any
		want  string
	}{
		"the probe without a qualifier":    {busEvent(t, verdict, setValue(probe, functionOf...)), "ProbeVerdict"},
		"another function":                 {busEvent(t, verdict, setValue(functionARN("FailoverFunction")+":$LATEST", functionOf...)), ""},
		"a function with a longer name":    {busEvent(t, verdict, setValue(probe+"-2:$LATEST", functionOf...)), ""},
		"a run of the probe that failed":   {busEvent(t, verdict, setValue("Lambda Function Invocation Result - Failure", "detail-type")), ""},
		"a run that found nothing new":     {busEvent(t, verdict, setValue("ENI Failover Probed", payload("detail-type")...)), ""},
		"a result of another source":       {busEvent(t, verdict, setValue("acme", payload("source")...)), ""},
		"an unwrapped verdict":             {busEvent(t, verdict, setValue("eni-failover", "source"), setValue("ENI Failover Unreachable", "detail-type")), "Unreachable"},
		"a record that a person sends":     {busEvent(t, verdict, setValue("acme", "source")), ""},
		"a verdict in another account":     {busEvent(t, verdict, setValue("210987654321", "account")), ""},
		"a monitor of another source":      {busEvent(t, "monitor-unreachable.json", setValue("acme.monitor", "source")), ""},
		"a monitor that says reached":      {busEvent(t, "monitor-unreachable.json", setValue("ENI Failover Reached", "detail-type")), ""},
		"a monitor in another region":      {busEvent(t, "monitor-unreachable.json", setValue("us-east-1", "region")), ""},
		"a probe that is asked by another": {busEvent(t, "probe-request.json", setValue("acme", "source")), ""},
		"a failure that was told before":   {busEvent(t, failed, setValue(false, "detail", "first")), ""},
		"a failure that does not say":      {busEvent(t, failed, setValue(nil, "detail", "first")), ""},
		"a further interface that moved":   {busEvent(t, moved, setValue(false, "detail", "first")), ""},
		"a stranded interface":             {busEvent(t, failed, setValue("stranded", "detail", "outcome")), "FailedMail"},
		"another source that failed":       {busEvent(t, failed, setValue("acme", "source")), ""},
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

// Deployments that share a bus send the mails about their own groups.
func TestMailsAreAboutTheGroupsServed(t *testing.T) {
	s := deploy(t, "Groups=web,cache")
	events, want := map[string]any{}, map[string][]string{}
	for _, name := range []string{"failed.json", "moved.json", "attached.json"} {
		events[name], want[name] = busEvent(t, name), []string{}
		events["own "+name], want["own "+name] = busEvent(t, name, setValue("cache", "detail", "group")), []string{wantRulesOnBus()[name]}
	}
	if diff := cmp.Diff(want, matchingPatterns(t, rulePatterns(s), events)); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
}

// Each mail goes to its topic, which lets exactly its rule publish; what can't be delivered is kept.
func TestMailsAreDelivered(t *testing.T) {
	s := deployEverything(t)
	rules := map[string][]any{}
	for rule, topic := range map[string]string{"FailedMail": "Alerts", "MovedMail": "Moves", "AttachedMail": "Moves"} {
		rules[topic] = append(rules[topic], ruleARN(rule))
		targets := asList(s.prop(rule, "Targets"))
		if len(targets) != 1 {
			t.Fatalf("%s has %d targets", rule, len(targets))
		}
		want := map[string]any{
			"Arn": arn("sns", topic), "Id": topic, "InputTransformer": at(targets[0], "InputTransformer"),
			"RetryPolicy":      map[string]any{"MaximumEventAgeInSeconds": 3600.0, "MaximumRetryAttempts": 185.0},
			"DeadLetterConfig": map[string]any{"Arn": arn("sqs", "LostEvents")},
		}
		if diff := cmp.Diff(any(want), targets[0]); diff != "" {
			t.Errorf("target of %s (-want +got):\n%s", rule, diff)
		}
		if got := s.prop(rule, "EventBusName"); got != "default" {
			t.Errorf("%s is on the bus %v", rule, got)
		}
	}
	for topic, statement := range map[string]any{
		"Alerts": at(s.prop("AlertsPolicy", "PolicyDocument", "Statement"), 1),
		"Moves":  at(s.prop("MovesPolicy", "PolicyDocument", "Statement"), 0),
	} {
		sources := slices.Clone(asList(at(statement, "Condition", "ArnEquals", "aws:SourceArn"))) // renderings are shared
		inOrder := func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
		slices.SortFunc(sources, inOrder)
		slices.SortFunc(rules[topic], inOrder)
		if diff := cmp.Diff(rules[topic], sources); diff != "" {
			t.Errorf("rules that publish to %s (-want +got):\n%s", topic, diff)
		}
		if at(statement, "Effect") != "Allow" || at(statement, "Principal", "Service") != "events.amazonaws.com" ||
			at(statement, "Action") != "sns:Publish" || at(statement, "Resource") != arn("sns", topic) {
			t.Errorf("policy of %s: %s", topic, toJSON(statement))
		}
	}
	if got := len(asList(s.prop("AlertsPolicy", "PolicyDocument", "Statement"))); got != 2 {
		t.Errorf("the policy of Alerts has %d statements", got)
	}
}

// mail is the message that a rule makes of an event. EventBridge puts values between the quotation marks of the template
// as they are, without escapes (EventBridge User Guide, "Amazon EventBridge input transformation"). So the message is a
// string of JSON only if no value has a quotation mark.
func mail(t *testing.T, s stack, rule string, event map[string]any) string {
	t.Helper()
	transformer := s.prop(rule, "Targets", 0, "InputTransformer")
	template := fmt.Sprint(at(transformer, "InputTemplate"))
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllStringFunc(template, func(name string) string {
		path, ok := at(transformer, "InputPathsMap", strings.Trim(name, "<>")).(string)
		if !ok {
			t.Errorf("%s: no path for %s", rule, name)
		}
		var steps []any
		for step := range strings.SplitSeq(strings.TrimPrefix(path, "$."), ".") {
			steps = append(steps, step)
		}
		value := at(event, steps...)
		if value == nil {
			t.Errorf("%s: the event has no %s", rule, path)
		}
		return fmt.Sprint(value)
	})
	var message string
	if err := json.Unmarshal([]byte(text), &message); err != nil {
		t.Errorf("%s: %v: %s", rule, err, text)
	}
	return message
}

// A mail is plain sentences with the next step.
func TestMailsAreSentences(t *testing.T) {
	const runbook = "What to do: https://github.com/eni-failover/eni-failover/blob/main/docs/runbook.md "
	failed := busEvent(t, "failed.json")
	said := fmt.Sprintf("A failover did not succeed. %v. The event was spot-interruption. ", at(failed, "detail", "error"))
	plain, without := deploy(t), deploy(t, "Dashboard=false")
	for _, test := range []struct {
		stack      stack
		rule, want string
	}{
		{plain, "failed.json", said + "What happened: " + plain.Outputs["DashboardUrl"] + " " + runbook},
		{without, "failed.json", said + runbook},
		{plain, "moved.json", "Interface eni-0a1b2c3d4e5f60001 of group db moved from i-0a1b2c3d4e5f60001 to i-0a1b2c3d4e5f60002. " +
			"The event was spot-interruption. Further interfaces that it moved: 0."},
		{plain, "attached.json", "Interface eni-0a1b2c3d4e5f60001 of group db was attached to no instance, and is on i-0a1b2c3d4e5f60002 now. " +
			"The event was sweep. Further interfaces that it moved: 2."},
	} {
		if got := mail(t, test.stack, wantRulesOnBus()[test.rule], busEvent(t, test.rule)); got != test.want {
			t.Errorf("%s: %q; want %q", test.rule, got, test.want)
		}
	}
}

// Without a bus nothing is told to it, nothing is asked of it, and Lambda's own message stands for the mail. A monitor
// can use the account's default bus all the same.
func TestWithoutBus(t *testing.T) {
	s := deploy(t, "EventBus=")
	for _, id := range []string{"FailedMail", "MovedMail", "AttachedMail", "Moves", "MovesPolicy", "FailedEvents"} {
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

// The failover's role lets it put its own events on the deployment's bus, and nothing else; without PutEvents it is
// denied. These are real calls of the client in the simulator, which enforces the policy.
func TestFailoverMayPutEvents(t *testing.T) {
	s := deployEverything(t)
	role := s.policies(t, "FailoverRole")
	withoutPut := func(g grant) bool { return g.action == "events:PutEvents" }
	for _, test := range []struct {
		name, bus string
		policies  [][]byte
		want      bool
	}{
		{"its bus", "default", policyDocuments(role, dropNothing), true},
		{"its bus by ARN", arnOfBus("default"), policyDocuments(role, dropNothing), true},
		{"another bus", "corp", policyDocuments(role, dropNothing), false},
		{"without the permission", "default", policyDocuments(role, withoutPut), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			sim, err := awssim.New(world())
			if err != nil {
				t.Fatal(err)
			}
			if err := sim.Policy(accessKey, test.policies...); err != nil {
				t.Fatal(err)
			}
			cfg := simclient.Config(sim.Client())
			cfg.Credentials = simclient.Credentials(accessKey)
			client := eventbridgeapi.New(eventbridge.NewFromConfig(cfg), test.bus)
			event := eventbridgeapi.Event{DetailType: "ENI Failover Moved", Time: time.Now(), Detail: json.RawMessage(`{"first":true}`)}
			err = client.Put(t.Context(), []eventbridgeapi.Event{event})
			if (err == nil) != test.want || len(sim.BusEvents()) != map[bool]int{true: 1}[test.want] {
				t.Errorf("%s: %v, and %d events on the bus; want it allowed: %t", test.name, err, len(sim.BusEvents()), test.want)
			}
		})
	}
}
