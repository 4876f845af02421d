package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/lambdasim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// holder is the instance that the sample accounts' interface is on.
func (a *account) holder(t *testing.T) string {
	t.Helper()
	e, ok := a.sim.Interface(interfaceID)
	if !ok || e.Attachment == nil {
		return ""
	}
	return e.Attachment.Instance
}

// changed counts the calls that have changed something.
func (a *account) changed() int {
	n := 0
	for _, c := range a.sim.Calls() {
		if c.Mutating && c.Code == "" {
			n++
		}
	}
	return n
}

// answer runs a command on the account, and types this at its question.
func (a *account) answer(t *testing.T, typed string, args ...string) result {
	t.Helper()
	return eniFailover(t, typed, nil, append(args, "-endpoint", a.url)...)
}

// A move shows the function's dry run, asks, and is carried out by the function.
func TestMove(t *testing.T) {
	for _, what := range []string{interfaceID, "db"} {
		a := serve(t, "healthy-pair.json")
		r := a.answer(t, "y\n", "move", what)
		r.checkPage(t, "Outcome: planned", "from "+holderID+" to "+standbyID, "Ask "+failoverName+" to move "+what+". Open connections to its address break.",
			"Go on? [y/N]", "Outcome: moved")
		if a.holder(t) != standbyID {
			t.Errorf("%s is on %s", interfaceID, a.holder(t))
		}
		if len(a.events) != 2 || !strings.Contains(a.events[0], `"dryRun":true`) || strings.Contains(a.events[1], `"dryRun"`) || !strings.Contains(a.events[1], `"from":"`+holderID+`"`) {
			t.Errorf("events %s", a.events)
		}
	}
}

// Without a yes, nothing is changed.
func TestChangesAsk(t *testing.T) {
	for _, args := range [][]string{{"move", interfaceID}, {"pause", interfaceID}, {"off"}} {
		for _, typed := range []string{"", "n\n", "\n", "yo\n"} {
			a := serve(t, "healthy-pair.json")
			r := a.answer(t, typed, args...)
			if r.status != exitFailed || !strings.Contains(r.err, "nothing was changed; next: answer y, or give -yes") || !strings.Contains(r.out, "Go on? [y/N]") {
				t.Errorf("%s, answered with %q: status %d\n%s%s", args, typed, r.status, r.out, r.err)
			}
			if _, off := a.lambda.Reserved(failoverName); a.changed() > 0 || off {
				t.Errorf("%s, answered with %q: it was changed", args, typed)
			}
		}
	}
}

// For scripts: no question, no dry run, and JSON only.
func TestMoveInAScript(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	var report failover.Report
	a.read(t, &report, nil, "move", "db", "-target", standbyID, "-yes")
	if report.Outcome != plan.OutcomeMoved || a.holder(t) != standbyID || len(a.events) != 1 {
		t.Errorf("%+v, %s", report, a.events)
	}
	// What is asked besides goes to standard error.
	r := eniFailover(t, "y\n", nil, "move", "db", "-target", holderID, "-json", "-endpoint", a.url)
	if err := json.Unmarshal([]byte(r.out), &report); err != nil || report.Outcome != plan.OutcomeMoved || !strings.Contains(r.err, "Go on? [y/N]") {
		t.Errorf("%v\n%s%s", err, r.out, r.err)
	}
}

// A dry run asks nothing and changes nothing. A move to where it is has nothing to ask.
func TestNothingToMove(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "move", "db", "-dry-run").checkPage(t, "Outcome: planned")
	a.ask(t, "move", "db", "-target", holderID).checkPage(t, "Outcome: nothing-to-do (already-there)")
	if a.changed() != 0 {
		t.Errorf("%d calls have changed something", a.changed())
	}
}

// What moves is what was shown: an interface that is elsewhere by the time of the yes stays there.
func TestMovedMeanwhile(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "move", "db", "-yes", "-target", standbyID).checkPage(t, "Outcome: moved")
	r := request{Interface: interfaceID, From: onlyFrom(failover.Report{Interfaces: []failover.InterfaceReport{{Outcome: plan.OutcomePlanned, From: holderID}}}, "")}
	f := function{client: lambdaClientOf(t, a), name: failoverName}
	report, err := f.request(t.Context(), "ENI Failover Request", r)
	if err != nil || report.Outcome != plan.OutcomeNothingToDo || a.holder(t) != standbyID {
		t.Errorf("%+v, %v", report, err)
	}
	several := failover.Report{Interfaces: []failover.InterfaceReport{{Outcome: plan.OutcomePlanned, From: holderID}, {Outcome: plan.OutcomePlanned, From: standbyID}}}
	if from := onlyFrom(several, ""); from != "" {
		t.Errorf("from %s of several", from)
	}
}

// The function's error has the next step; it is shown as it is.
func TestFunctionError(t *testing.T) {
	a := serve(t, "no-standby.json")
	r := a.ask(t, "move", "db")
	if r.status != exitFailed || !strings.Contains(r.out, "The function returned an error, StrandedError:") || !strings.Contains(r.out, "next:") || r.err != "" {
		t.Errorf("status %d\n%s%s", r.status, r.out, r.err)
	}
	j := a.ask(t, "move", "db", "-json")
	var failed struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal([]byte(j.out), &failed); err != nil || failed.ErrorType != "StrandedError" || failed.ErrorMessage == "" || j.status != exitFailed {
		t.Errorf("status %d, %v\n%s%s", j.status, err, j.out, j.err)
	}
}

func TestRehearse(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "rehearse").checkPage(t, "Outcome: planned", interfaceID+" planned")
	if len(a.events) != 1 || a.changed() != 0 {
		t.Errorf("events %s, %d calls have changed something", a.events, a.changed())
	}
	denied := serve(t, "denied.json").ask(t, "rehearse")
	if !strings.Contains(denied.out, "UnauthorizedOperation") {
		t.Errorf("status %d\n%s%s", denied.status, denied.out, denied.err)
	}
}

func TestPause(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.answer(t, "y\n", "pause", interfaceID).checkPage(t, "Pause "+interfaceID+" of group db, which is on "+holderID, interfaceID+" is paused now.")
	a.ask(t, "status").checkPage(t, "left alone (paused)")
	a.ask(t, "pause", interfaceID).checkPage(t, "is paused already. Nothing was changed.")
	a.answer(t, "YES\n", "unpause", interfaceID).checkPage(t, "If no running instance holds it, the next sweep moves it.", "is not paused now.")
	a.ask(t, "unpause", interfaceID).checkPage(t, "is not paused already")
	if e, _ := a.sim.Interface(interfaceID); e.Tags["eni-failover:paused"] != "" || e.Tags["eni-failover:group"] != "db" {
		t.Errorf("tags %v", e.Tags)
	}
	var got map[string]any
	a.read(t, &got, nil, "pause", interfaceID, "-yes")
	if got["paused"] != true || got["changed"] != true || got["group"] != "db" {
		t.Errorf("%v", got)
	}
	other := a.ask(t, "pause", "eni-0123456789abcdef0")
	if other.status != exitUsage || !strings.Contains(other.err, "accepted: one of "+interfaceID) {
		t.Errorf("status %d, %s", other.status, other.err)
	}
}

func TestOffAndOn(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "on").checkPage(t, "is on already, with reserved concurrency none. Nothing was changed.")
	a.ask(t, "on", "-concurrency", "7", "-yes").checkPage(t, "its reserved concurrency is none, and becomes 7", "is on.")
	a.answer(t, "y\n", "off").checkPage(t, "Switch "+failoverName+" off (its reserved concurrency is 7, and becomes 0)", "To switch it on again: eni-failover on -concurrency 7")
	a.ask(t, "off").checkPage(t, "is off already. Nothing was changed.")
	if n, limited := a.lambda.Reserved(failoverName); n != 0 || !limited {
		t.Errorf("reserved %d, %t", n, limited)
	}
	r := a.ask(t, "move", "db", "-yes")
	if r.status != exitFailed || !strings.Contains(r.err, "TooManyRequestsException") || !strings.Contains(r.err, "next: it may be switched off; see `eni-failover on`") {
		t.Errorf("status %d, %s", r.status, r.err)
	}
	var got map[string]any
	a.read(t, &got, nil, "on", "-yes")
	if _, limited := a.lambda.Reserved(failoverName); limited || got["on"] != true || got["changed"] != true {
		t.Errorf("%v", got)
	}
}

// The deployment is found by its functions' names, and its settings are theirs.
func TestStack(t *testing.T) {
	a := serve(t, "healthy-pair.json")
	a.ask(t, "status", "-stack", "eni-failover").checkPage(t, "Judged by the settings of the stack eni-failover.", "nothing is protected") // GROUPS=web
	functions := func(stacks ...string) {
		var list []lambdasim.Function
		for _, stack := range stacks {
			list = append(list, lambdasim.Function{Name: stack + "-FailoverFunction-1", Handle: func(context.Context, []byte) ([]byte, *lambdasim.Error) { return []byte(`"hello"`), nil }})
		}
		for n := range 60 { // more than a page
			list = append(list, lambdasim.Function{Name: fmt.Sprintf("a-%d", n)})
		}
		a.deploy(list...)
	}
	for _, tt := range []struct {
		stacks, args []string
		status       int
		want         string
	}{
		{nil, nil, exitFailed, "eu-west-1 has no deployment of eni-failover; next: "},
		{[]string{"x", "y"}, nil, exitUsage, "eu-west-1 has several deployments; accepted: -stack with one of x, y"},
		{[]string{"x", "y"}, []string{"-stack", "z"}, exitUsage, `-stack is "z", and eu-west-1 has no function of such a deployment`},
		{[]string{"x", "x-y"}, []string{"-stack", "x-y"}, exitFailed, `x-y-FailoverFunction-1 answers "\"hello\"", which is no report`},
		{[]string{"a-name-that-is-too-long-for"}, []string{"-stack", "a-name-that-is-too-long-for-a-function"}, exitFailed, "which is no report"},
	} {
		functions(tt.stacks...)
		r := a.ask(t, append([]string{"rehearse"}, tt.args...)...)
		if r.status != tt.status || !strings.Contains(r.err, tt.want) || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%q %q: status %d, %s; want %d, %s", tt.stacks, tt.args, r.status, r.err, tt.status, tt.want)
		}
	}
}

// The policy for changes allows to pause managed interfaces, and neither other tags nor other interfaces.
func TestPolicyOfChanges(t *testing.T) {
	r := eniFailover(t, "", nil, "policy", "changes")
	a := serve(t, "healthy-pair.json", func(w *awssim.World) {
		w.Interfaces = append(w.Interfaces, awssim.Interface{ID: "eni-00000000000000002", AZ: "eu-west-1a"})
	})
	if err := a.sim.Policy(dummyKey, []byte(r.out)); err != nil || r.status != exitOK {
		t.Fatal(err, r.err)
	}
	for _, args := range [][]string{{"pause", interfaceID}, {"unpause", interfaceID}} {
		a.ask(t, append(args, "-yes")...).checkPage(t, " now.")
	}
	for _, tt := range []struct{ id, key string }{{interfaceID, "eni-failover:group"}, {"eni-00000000000000002", "eni-failover:paused"}} {
		if code := a.createTag(t, tt.id, tt.key); code != "UnauthorizedOperation" {
			t.Errorf("the tag %s on %s: %q", tt.key, tt.id, code)
		}
	}
	// What the commands call is in it; the calls to Lambda are known from the edge.
	for _, action := range []string{"lambda:ListFunctions", "lambda:InvokeFunction", "lambda:GetFunctionConcurrency", "lambda:PutFunctionConcurrency", "lambda:DeleteFunctionConcurrency"} {
		if !strings.Contains(r.out, `"`+action+`"`) {
			t.Errorf("%s is missing", action)
		}
	}
	none := serve(t, "healthy-pair.json")
	document, _ := printedPolicy(t)
	if err := none.sim.Policy(dummyKey, document); err != nil {
		t.Fatal(err)
	}
	denied := none.ask(t, "pause", interfaceID, "-yes")
	if denied.status != exitFailed || !strings.HasSuffix(denied.err, "next: allow these credentials what `eni-failover policy changes` prints\n") {
		t.Errorf("status %d, %s", denied.status, denied.err)
	}
	if slices.ContainsFunc(none.sim.Calls(), func(c awssim.Call) bool { return c.Mutating && c.Code == "" }) {
		t.Error("the policy for reading allows a change")
	}
}
