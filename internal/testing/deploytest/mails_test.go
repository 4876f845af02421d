package deploytest_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Deployments that share a bus send the mails about their own groups.
func TestMailsAreAboutTheGroupsServed(t *testing.T) {
	s := deploy(t, "Groups=web,cache")
	events, want := map[string]any{}, map[string][]string{}
	for _, name := range []string{"failed", "moved", "attached"} {
		events[name], want[name] = onBus(t, name), []string{}
		events["own "+name], want["own "+name] = onBus(t, name, setValue("cache", "detail", "group")), []string{wantRulesOnBus()[name]}
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
	text := transformed(t, rule, s.prop(rule, "Targets", 0, "InputTransformer"), event)
	var message string
	if err := json.Unmarshal([]byte(text), &message); err != nil {
		t.Errorf("%s: %v: %s", rule, err, text)
	}
	return message
}

// transformed is what a rule's input transformer makes of an event.
func transformed(t *testing.T, rule string, transformer any, event map[string]any) string {
	t.Helper()
	template := fmt.Sprint(at(transformer, "InputTemplate"))
	return regexp.MustCompile(`<[^>]*>`).ReplaceAllStringFunc(template, func(name string) string {
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
}

// A mail is plain sentences with the next step.
func TestMailsAreSentences(t *testing.T) {
	const runbook = "What to do: https://github.com/eni-failover/eni-failover/blob/main/docs/runbook.md "
	failed := onBus(t, "failed")
	said := fmt.Sprintf("A failover did not succeed. %v. The event was spot-interruption. ", at(failed, "detail", "error"))
	plain, without := deploy(t), deploy(t, "Dashboard=false")
	for _, test := range []struct {
		stack       stack
		event, want string
	}{
		{plain, "failed", said + "What happened: " + plain.Outputs["DashboardUrl"] + " " + runbook},
		{without, "failed", said + runbook},
		{plain, "moved", "Interface eni-0a1b2c3d4e5f60001 of group db moved from i-0a1b2c3d4e5f60001 to i-0a1b2c3d4e5f60003. " +
			"The event was unreachable. Further interfaces that it moved: 0. "},
		{plain, "attached", "Interface eni-0a1b2c3d4e5f60001 of group db was attached to no instance, and is on i-0a1b2c3d4e5f60003 now. " +
			"The event was unreachable. Further interfaces that it moved: 0. "},
	} {
		if got := mail(t, test.stack, wantRulesOnBus()[test.event], onBus(t, test.event)); got != test.want {
			t.Errorf("%s: %q; want %q", test.event, got, test.want)
		}
	}
}

// What the failover puts on the bus in a run comes to the target that it is for, and a mail about it can be written.
func TestEventsOfRunsReachTheirTargets(t *testing.T) {
	want := map[string][]string{}
	for rule, runs := range map[string][]string{
		"MovedMail":              {"moved", "changed on the way", "started"},
		"AttachedMail":           {"attached"},
		"FailedMail":             {"failed", "no standby"},
		"ProbeFunctionRequested": {"unreached", "asked"},
	} {
		for _, name := range runs {
			want[name] = append(want[name], rule)
		}
	}
	s := deployEverything(t)
	events := map[string]any{}
	for name, run := range failoverRuns(t) {
		for _, e := range run.told {
			if events[name] != nil {
				t.Errorf("%s: a second event: %s", name, toJSON(e))
			}
			events[name] = e
		}
	}
	got := matchingPatterns(t, rulePatterns(s), events)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events of runs come to (-want +got):\n%s", diff)
	}
	for name, rules := range got {
		event, _ := events[name].(map[string]any)
		if len(rules) == 1 && mails(rules[0]) && !strings.Contains(mail(t, s, rules[0], event), eniID+" of group db") {
			t.Errorf("%s: the mail is %q", name, mail(t, s, rules[0], event))
		}
	}
}
