package plan_test

import (
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// readTrigger reads a trigger from one line: its kind, an instance or several, and fields.
//
//	ago=10s                        its time; never: none (20s)
//	group=db interface=eni-1       what a request or an alarm is about
//	from=i-a target=b dry force    of a request
//	since=20s check=any no-data    of an alarm
//	eni-1/eni-attach-1/i-a         an interface that a verdict or an answer of the probe names; its attachment, its instance,
//	                               and the word unconfirmed may follow, each behind a slash. In a verdict, reached= before
//	                               it says that it has answered
func readTrigger(tb testing.TB, line string) trigger.Trigger {
	tb.Helper()
	words := strings.Fields(line)
	r := &reader{t: tb, name: line, fields: map[string]string{}}
	tr := trigger.Trigger{Kind: trigger.Kind(words[0])}
	for _, word := range words[1:] {
		switch answered, ok := strings.CutPrefix(word, "reached="); {
		case ok, tr.Kind == trigger.KindReached && strings.HasPrefix(word, "eni-"):
			tr.Answered = append(tr.Answered, readProbed(tb, answered))
			continue
		case strings.HasPrefix(word, "eni-"):
			tr.Unanswered = append(tr.Unanswered, readProbed(tb, word))
			continue
		}
		if key, value, ok := strings.Cut(word, "="); ok || !strings.HasPrefix(word, "i-") {
			r.fields[key] = value
			continue
		}
		if tr.Kind == trigger.KindHealth {
			tr.Instances = append(tr.Instances, word)
		} else {
			tr.Instance = word
		}
	}
	tr.Time, tr.Group, tr.Interface = r.ago("ago", "20s"), r.text("group", ""), r.text("interface", "")
	tr.From, tr.Target, tr.DryRun, tr.Force = r.text("from", ""), r.text("target", ""), r.has("dry"), r.has("force")
	if tr.Kind == trigger.KindAlarm {
		tr.Alarm = trigger.Alarm{Name: "unreachable", Since: r.ago("since", "20s"), FromInsufficientData: r.has("no-data")}
		usual := ""
		if tr.Instance != "" {
			usual = string(trigger.CheckAny)
		}
		tr.Alarm.Check = trigger.Check(r.text("check", usual))
	}
	if tr.Kind == trigger.KindUnknown {
		tr.Ignored = "no action for it"
	}
	r.done()
	return tr
}

// readProbed reads an interface that an event of the probe names.
func readProbed(tb testing.TB, word string) trigger.ProbedInterface {
	tb.Helper()
	parts := strings.Split(word, "/")
	p := trigger.ProbedInterface{Interface: parts[0]}
	for _, part := range parts[1:] {
		switch {
		case strings.HasPrefix(part, "eni-attach-"):
			p.Attachment = part
		case strings.HasPrefix(part, "i-"):
			p.Instance = part
		case part == "unconfirmed":
			p.Unconfirmed = true
		default:
			tb.Fatalf("%s: %s", word, part)
		}
	}
	return p
}

// readAction reads a lifecycle action from one line: its instance, fields, and what became of the interfaces that moved
// or should have.
//
//	hook=NAME           the name of the hook (eni-failover)
//	dry                 the plan was only to be tried
//	asked=STATE         what Auto Scaling said when it was asked once more
//	ago=10s             its time (20s)
//	eni-1=OUTCOME[/REASON]
func readAction(tb testing.TB, line string) (t trigger.Trigger, dryRun bool, asked inventory.Scaling, results map[string]plan.Result) {
	tb.Helper()
	words := strings.Fields(line)
	r := &reader{t: tb, name: line, fields: map[string]string{}}
	results = map[string]plan.Result{}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		if !strings.HasPrefix(key, "eni-") {
			r.fields[key] = value
			continue
		}
		outcome, reason, _ := strings.Cut(value, "/")
		results[key] = plan.Result{Outcome: plan.Outcome(outcome), Reason: plan.Reason(reason)}
	}
	t = trigger.Trigger{Kind: trigger.KindLifecycle, Instance: words[0], Time: r.ago("ago", "20s")}
	t.Hook = trigger.Hook{AutoScalingGroup: "asg", Name: r.text("hook", trigger.HookPrefix)}
	dryRun, asked = r.has("dry"), inventory.Scaling(r.text("asked", ""))
	r.done()
	return t, dryRun, asked, results
}
