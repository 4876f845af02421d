package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// sweepLine is the line that a sweep logs which has nothing to do.
const sweepLine = `{"level":"INFO","message":"failover","outcome":"nothing-to-do","reason":"holder-serves","trigger":{"kind":"sweep"},"interfaces":[]}`

// Status says what the handler itself has logged: a move, and after it a sweep; then a failure, with its next step.
func TestLastReports(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "move", "db", "-yes").checkPage(t)
	a.logs.Write(logGroup, time.Now(), "START RequestId: 1 Version: $LATEST") // Lambda's own lines are no reports
	a.logs.Write(logGroup, time.Now(), `{"_aws":{},"Moves":1,"outcome":"moved"}`)
	a.logs.Write(logGroup, time.Now().Add(time.Millisecond), sweepLine)
	a.ask(t, "status").checkPage(t, "What the failover said last", "ago: sweep: nothing-to-do (holder-serves)", "ago: manual: moved",
		interfaceID+" moved from "+holderID+" (db-a) to "+standbyID+" (db-b)")
	var s status
	a.read(t, &s, nil, "status")
	if n := s.Reports.Notable; s.Reports.Function != failoverName || n == nil || n.Outcome != plan.OutcomeMoved || len(n.Interfaces) != 1 || n.Time == "" ||
		s.Reports.Last == nil || s.Reports.Last.Outcome != plan.OutcomeNothingToDo || len(s.Reports.Notes) != 0 {
		t.Errorf("%+v", s.Reports)
	}

	stranded := serve(t, "no-standby.json")
	if r := stranded.ask(t, "move", "db", "-yes"); r.status != exitFailed {
		t.Errorf("status %d", r.status)
	}
	stranded.ask(t, "status", "-stack", "eni-failover").checkPage(t, "ago: manual: stranded (no-standby)", "; next: ")
	stranded.read(t, &s, nil, "status")
	if s.Reports.Notable == nil || !strings.Contains(s.Reports.Notable.Error, "next:") {
		t.Errorf("%+v", s.Reports)
	}
}

// The last report is found behind many pages and in each window, and none that is older than a day.
func TestReportsOfLongAgo(t *testing.T) {
	moved := `{"level":"INFO","message":"failover","outcome":"moved","trigger":{"kind":"stopping"},"interfaces":[{"interface":"eni-1","outcome":"moved","to":"i-1"}]}`
	for ago, found := range map[time.Duration]bool{time.Minute: true, 2 * time.Hour: true, 23 * time.Hour: true, 25 * time.Hour: false} {
		a := serve(t, "healthy-pair.json")
		a.logs.Write(logGroup, time.Now().Add(-ago), strings.Replace(moved, "eni-1", "eni-0", 1))
		a.logs.Write(logGroup, time.Now().Add(-ago).Add(time.Second), moved)
		for n := range 50 {
			a.logs.Write(logGroup, time.Now().Add(-time.Duration(50-n)*time.Second), sweepLine)
		}
		var s status
		a.read(t, &s, nil, "status")
		n := s.Reports.Notable
		if (n != nil) != found || found && n.Interfaces[0].Interface != "eni-1" {
			t.Errorf("after %s: %+v", ago, n)
		}
		if s.Reports.Last == nil || s.Reports.Last.Trigger.Kind == "" {
			t.Errorf("after %s: %+v", ago, s.Reports.Last)
		}
		if !found {
			a.ask(t, "status").checkPage(t, "Nothing was moved, and nothing failed, in the last day.")
		}
	}
}

// A success that leaves something to a person is shown with the next step, like an alarm in the cool-down.
func TestReportForAPerson(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.logs.Write(logGroup, time.Now().Add(-time.Minute), `{"level":"WARN","message":"failover","outcome":"ignored","reason":"cooldown","detail":"eni-1 is left; next: decide","trigger":{"kind":"alarm"},"interfaces":[]}`)
	a.logs.Write(logGroup, time.Now().Add(-time.Second), sweepLine)
	a.ask(t, "status").checkPage(t, "ago: sweep: nothing-to-do", "ago: alarm: ignored (cooldown)", "eni-1 is left; next: decide")
}

// What is not known is said, with the next step, and the rest of the page is there.
func TestReportsThatAreNotKnown(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(a *account)
		want  string
	}{
		"not deployed":  {func(a *account) { a.deploy() }, "eu-west-1 has no deployment of eni-failover; next: "},
		"several":       {func(a *account) { a.deploy(other("one"), other("two")) }, "accepted: -stack with one of one, two"},
		"no log group":  {func(a *account) { a.deploy(logging("elsewhere", "")) }, "FilterLogEvents of elsewhere: gone"},
		"no place":      {func(a *account) { a.deploy(logging("", "")) }, "Lambda does not say where " + failoverName + " logs to"},
		"denied":        {func(a *account) { a.logs.Deny() }, "next: allow these credentials what `eni-failover policy` prints"},
		"silent":        {func(*account) {}, "it has reported nothing for 15 minutes, not even a sweep; next: see NoSweepAlarm"},
		"only warnings": {func(a *account) { a.deploy(logging(logGroup, "WARN")) }, "LogLevel is WARN, so the log has no reports of successes"},
		"a line that is bad": {func(a *account) {
			a.logs.Write(logGroup, time.Now().Add(-time.Second), `{"message":"failover","interfaces":1}`)
		}, "which is no report"},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, "healthy-pair.json")
			test.spoil(a)
			a.ask(t, "status").checkPage(t, "Group db", "Findings: no finding", test.want)
			var s status
			a.read(t, &s, nil, "status")
			if len(s.Reports.Notes) != 1 || s.Reports.Last != nil {
				t.Errorf("%+v", s.Reports)
			}
		})
	}
}

func other(stack string) lambdasim.Function {
	return lambdasim.Function{Name: stack + "-FailoverFunction-Ab3dEf6hIj9k", LogGroup: logGroup}
}

func logging(group, level string) lambdasim.Function {
	return lambdasim.Function{Name: failoverName, LogGroup: group, LogLevel: level}
}

// The printed policy lets a person read the failover's log, and no other.
func TestPolicyForTheLog(t *testing.T) {
	document, _ := printedPolicy(t)
	p, err := iam.Parse(document)
	if err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]bool{logGroup: true, "eni-failover-AuditLogs-Ab3dEf6hIj9k": false, "/aws/lambda/another": false} {
		resource := fmt.Sprintf("arn:aws:logs:eu-west-1:%s:log-group:%s:*", "123456789012", group)
		got := iam.Decide([]iam.Policy{p}, iam.Request{Action: "logs:FilterLogEvents", Resource: resource})
		if (got == iam.Allowed) != want {
			t.Errorf("%s: %s", group, got)
		}
	}
}
