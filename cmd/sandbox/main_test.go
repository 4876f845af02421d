package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// result is what a run of the command left behind.
type result struct {
	status   int
	out, err string
}

// sandbox runs the command in this process. env are NAME=value pairs.
func sandbox(t *testing.T, stdin string, env []string, args ...string) result {
	t.Helper()
	find := func(name string) (string, bool) {
		for _, pair := range env {
			if n, value, _ := strings.Cut(pair, "="); n == name {
				return value, true
			}
		}
		return "", false
	}
	var out, errs bytes.Buffer
	status := run(t.Context(), args, streams{in: strings.NewReader(stdin), out: &out, err: &errs}, find)
	return result{status: status, out: out.String(), err: errs.String()}
}

// conclusion is the outcome and the reason of a report.
type conclusion struct {
	Outcome plan.Outcome
	Reason  plan.Reason
}

// report reads the conclusion out of the output: the report's own, or the page's.
func (r result) report(t *testing.T) conclusion {
	t.Helper()
	if strings.HasPrefix(r.out, "{") {
		var report conclusion
		if err := json.Unmarshal([]byte(r.out), &report); err != nil {
			t.Fatalf("no report: %v\n%s", err, r.out)
		}
		return report
	}
	_, told, _ := strings.Cut(r.out, "\nOutcome: ")
	line, _, _ := strings.Cut(told, "\n")
	outcome, reason, _ := strings.Cut(line, " ")
	return conclusion{Outcome: plan.Outcome(outcome), Reason: plan.Reason(strings.Trim(reason, "()"))}
}

// The ids of the default account that tests name.
const (
	holderID    = "i-0a1b2c3d4e5f60001"
	standbyID   = "i-0a1b2c3d4e5f60002"
	interfaceID = "eni-0a1b2c3d4e5f60001"
	vpcID       = "vpc-0a1b2c3d4e5f60001"
)

// Most tests wait for a simulated AWS in real time, not for a processor: more of them run at once than there are processors.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	m.Run()
}

// fastWorld is the default account with delays that a test can wait for. An instance that stops or terminates
// takes long enough to be seen on a busy machine, too.
func fastWorld(t *testing.T) awssim.World {
	t.Helper()
	w, err := options{}.readWorld(nil)
	if err != nil {
		t.Fatal(err)
	}
	millis := func(n int) awssim.Duration { return awssim.Duration(time.Duration(n) * time.Millisecond) }
	w.Timing = awssim.Timing{Call: millis(1), Detach: millis(20), Attach: millis(10), Stop: millis(10000), Terminate: millis(10000)}
	return w
}

// worldFile writes an account for -world.
func worldFile(t *testing.T, w awssim.World) string {
	t.Helper()
	data, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "world.json")
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestEverySampleEvent(t *testing.T) {
	t.Parallel()
	type want struct {
		status  int
		outcome plan.Outcome
		reason  plan.Reason
	}
	moved := want{outcome: plan.OutcomeMoved}
	wants := map[string]want{
		"alarm-application.json":        moved,
		"alarm-composite.json":          moved,
		"alarm-cpu.json":                {outcome: plan.OutcomeIgnored, reason: plan.ReasonNoAction},
		"alarm-metric-math.json":        moved,
		"alarm-status-check.json":       moved,
		"alarm-suppressed.json":         {outcome: plan.OutcomeIgnored, reason: plan.ReasonSuppressed},
		"health-retirement.json":        {outcome: plan.OutcomePlanned, reason: plan.ReasonReportOnly},
		"instance-running.json":         {outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes},
		"instance-shutting-down.json":   moved,
		"instance-stopped.json":         moved,
		"instance-stopping.json":        moved,
		"instance-terminated.json":      {outcome: plan.OutcomeAttached},
		"lifecycle-terminate.json":      moved,
		"lifecycle-warm-pool.json":      moved,
		"manual-bare.json":              moved,
		"manual-dry-run.json":           {outcome: plan.OutcomePlanned},
		"manual-request.json":           moved,
		"reached.json":                  {outcome: plan.OutcomeNothingToDo, reason: plan.ReasonReached},
		"rebalance-recommendation.json": {outcome: plan.OutcomePlanned, reason: plan.ReasonReportOnly},
		"rehearsal.json":                {outcome: plan.OutcomePlanned},
		"spot-interruption.json":        moved,
		"sweep-rule.json":               {outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes},
		"sweep-scheduler.json":          {outcome: plan.OutcomeNothingToDo, reason: plan.ReasonHolderServes},
		"unreachable-monitor.json":      moved,
		"unreachable.json":              moved,
		"unknown.json":                  {outcome: plan.OutcomeIgnored, reason: plan.ReasonNoAction},
	}
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sample events (%v)", err)
	}
	world := worldFile(t, fastWorld(t))
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			t.Parallel() // they wait for the simulated AWS
			w, ok := wants[name]
			if !ok {
				t.Fatal("this sample is not in the table: say what the sandbox should make of it")
			}
			r := sandbox(t, "", nil, "-world", world, "-event", file)
			if r.status != w.status || r.err != "" {
				t.Errorf("status %d, want %d; standard error: %q\n%s", r.status, w.status, r.err, r.out)
			}
			if got := r.report(t); got.Outcome != w.outcome || got.Reason != w.reason {
				t.Errorf("%s (%s), want %s (%s)\n%s", got.Outcome, got.Reason, w.outcome, w.reason, r.out)
			}
			checkPage(t, r.out)
			arrived := w.outcome == plan.OutcomeMoved || w.outcome == plan.OutcomeAttached
			if strings.Contains(r.out, ", verify ") != arrived {
				t.Errorf("the time that it took should be shown of what arrived only\n%s", r.out)
			}
		})
	}
	for name := range wants {
		if _, err := os.Stat("../../events/" + name); err != nil {
			t.Errorf("the table has a sample that does not exist: %v", err)
		}
	}
}

// flat is text without its line breaks and its alignment.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

// checkPage checks that the page has its sections in order, the outcome last, and suits a narrow terminal.
func checkPage(t *testing.T, page string) {
	t.Helper()
	last := 0
	for _, title := range []string{"eni-failover sandbox", "Calls, in seconds", "Before and after", "\nOutcome: "} {
		at := strings.Index(page, title)
		if at < last {
			t.Errorf("section %q is missing or out of order\n%s", title, page)
		}
		last = at
	}
	if strings.Contains(page[last:], "\n\n") || strings.Contains(page, "{") {
		t.Errorf("the outcome is not the last, or there is JSON\n%s", page)
	}
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		if n := utf8.RuneCountInString(line); n > display.DefaultWidth || strings.HasSuffix(line, " ") || strings.Contains(line, "\x1b") {
			t.Errorf("a line is %d columns wide, has trailing blanks or escapes: %q", n, line)
		}
	}
}

func TestTheSampleIsTheDefaultEvent(t *testing.T) {
	r := sandbox(t, "", nil, "-world", worldFile(t, fastWorld(t)))
	if r.status != exitOK || !strings.Contains(r.out, "event    "+sample) || r.report(t).Outcome != plan.OutcomeMoved {
		t.Errorf("status %d, standard error %q\n%s", r.status, r.err, r.out)
	}
	for _, want := range []string{
		" was  on i-0a1b2c3d4e5f60001 (db-1) index 1, 10.0.1.10\n", " is   on i-0a1b2c3d4e5f60002 (db-2) index 1, 10.0.1.10\n",
		" was  eu-west-1a t3.medium spot running\n", "db.corp.internal       is   10.0.1.10",
		"chosen       " + standbyID + " (db-2)", "eligible     ", "doomed       " + holderID, "t3.micro on-demand running, 2 interfaces",
		"other-az     i-0a1b2c3d4e5f60004 (db-4)  eu-west-1b", "not-running  i-0a1b2c3d4e5f60005 (db-5)  eu-west-1a t3.medium on-demand stopped",
		"interrupted  ", "instance-terminated-no-capacity", "impaired     ", "instance status impaired",
		"DetachNetworkInterface " + interfaceID, "record db.corp.internal: ok", "DescribeNetworkInterfaces " + interfaceID + ": unattached",
		"AttachNetworkInterface " + interfaceID, " s after the event: detach ",
	} {
		if !strings.Contains(flat(r.out), flat(want)) {
			t.Errorf("%q is not on the page\n%s", want, r.out)
		}
	}
}

// The user's own AWS environment is never used.
func TestTheUsersAWSIsNotUsed(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": "http://192.0.2.1", "AWS_ENDPOINT_URL_EC2": "http://192.0.2.1", "AWS_PROFILE": "prod",
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_CONFIG_FILE": "/nonexistent",
	} {
		t.Setenv(name, value)
	}
	s, err := session.New(fastWorld(t), func(session.CallLine) {})
	if err != nil {
		t.Fatal(err)
	}
	at, err := listen(t.Context(), s, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := at.close(); err != nil {
			t.Error(err)
		}
	}()
	request := session.Event{Data: []byte(`{"group":"db","target":"` + standbyID + `"}`)}
	h := handle(t.Context(), s, session.NewHandler(failoverSettings(t), at.config("eu-west-1"), t.Output()), request, true)
	if h.err != nil || h.report.Outcome != plan.OutcomeMoved {
		t.Errorf("outcome %s, error %v", h.report.Outcome, h.err)
	}
	for _, c := range s.Sim().Calls() {
		if c.AccessKey != session.Key {
			t.Errorf("%s is signed with %q", c.Action, c.AccessKey)
		}
	}
	calls := len(s.Sim().Calls())
	if _, err := get(t, at.config("eu-west-1").HTTPClient, "http://192.0.2.1/"); err != nil || len(s.Sim().Calls()) != calls+1 {
		t.Errorf("a request to another host does not go to the simulated AWS: error %v", err)
	}
}

func TestAnErrorOfTheHandlerIsShown(t *testing.T) {
	world := fastWorld(t)
	world.Instances, world.Interfaces = world.Instances[:1], world.Interfaces[:1] // no standby
	file := worldFile(t, world)
	r := sandbox(t, "", nil, "-world", file)
	if r.status != exitFailed || r.report(t).Outcome != plan.OutcomeStranded || !strings.Contains(r.out, "The function returned an error, StrandedError:") {
		t.Errorf("status %d, standard error %q\n%s", r.status, r.err, r.out)
	}
	checkPage(t, r.out)
	r = sandbox(t, "", nil, "-world", file, "-json")
	if r.status != exitFailed || r.report(t).Outcome != plan.OutcomeStranded || !strings.HasPrefix(r.out, "{\n") || !strings.HasPrefix(r.err, "stranded: ") {
		t.Errorf("-json: status %d, standard error %q\n%s", r.status, r.err, r.out)
	}
}

func TestEventsFromStandardInput(t *testing.T) {
	world := worldFile(t, fastWorld(t))
	old := `{"source":"aws.ec2","detail-type":"EC2 Instance State-change Notification","time":"2020-01-01T00:00:00Z",` +
		`"detail":{"instance-id":"` + holderID + `","state":"stopped"}}`
	for _, c := range []struct {
		name, event string
		flags       []string
		status      int
		outcome     plan.Outcome
	}{
		{"happens now", old, nil, exitOK, plan.OutcomeMoved},
		{"late", old, []string{"-keep-time"}, exitOK, plan.OutcomeIgnored},
		{"no JSON", "hello", nil, exitFailed, plan.OutcomeFailed},
		{"nothing", "", nil, exitFailed, plan.OutcomeFailed},
		{"too large", `{"x":"` + strings.Repeat("x", 300<<10) + `"}`, nil, exitFailed, plan.OutcomeFailed},
		{"bad id", `{"group":"db","target":"i-zzz"}`, nil, exitFailed, plan.OutcomeFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := sandbox(t, c.event, nil, append(c.flags, "-json", "-world", world, "-event", "-")...)
			if r.status != c.status || r.report(t).Outcome != c.outcome {
				t.Errorf("status %d, want %d, %s; standard error %q\n%s", r.status, c.status, c.outcome, r.err, r.out)
			}
		})
	}
}

func TestSettingsComeFromTheEnvironment(t *testing.T) {
	r := sandbox(t, "", []string{"DRY_RUN=true", "GROUPS=db"}, "-world", worldFile(t, fastWorld(t)), "-v")
	if r.status != exitOK || r.report(t).Outcome != plan.OutcomePlanned || !strings.Contains(r.out, "settings  GROUPS=db DRY_RUN=true") {
		t.Errorf("status %d\n%s", r.status, r.out)
	}
	if !strings.Contains(r.err, `"message":"failover"`) {
		t.Errorf("-v logged %q", r.err)
	}
}

func TestWrongUse(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte(`{"instances":[{"id":"x"}],"timing":{"call":"fast"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, env []string
		want      []string // in the message
	}{
		{args: []string{"-nope"}, want: []string{"-nope"}},
		{args: []string{"events/unknown.json"}, want: []string{`"events/unknown.json"`, "-event events/unknown.json"}},
		{args: []string{"-interrupt", "i-0a1b2c3d4e5f69999"}, want: []string{`-interrupt is "i-0a1b2c3d4e5f69999"`, "accepted: an instance of the account", holderID}},
		{args: []string{"-interrupt", standbyID}, want: []string{"it is on-demand", "accepted: a Spot instance"}},
		{args: []string{"-stop", holderID, "-terminate", holderID}, want: []string{"-stop and -terminate", "one of them"}},
		{args: []string{"-stop", holderID, "-event", "-"}, want: []string{"-event and -stop", "one of them"}},
		{args: []string{"-stop", holderID, "-keep-time"}, want: []string{"-keep-time and -stop"}},
		{args: []string{"-invoke", "sweep"}, want: []string{`"sweep"`, "-invoke", "accepted: failover or audit"}},
		{args: []string{"-invoke", "failover", "-v"}, want: []string{"-v does not go with -invoke", "accepted: -endpoint -binary"}},
		{args: []string{"-invoke", "failover", "-binary", dir + "/none"}, want: []string{"-binary", "accepted: the function's executable"}},
		{args: []string{"-invoke", "failover", "-endpoint", "http://127.0.0.1:1"}, want: []string{"-endpoint", "refused", "sandbox -serve"}},
		{args: []string{"-invoke", "failover", "-endpoint", "http://127.0.0.1:1", "-world", "-"}, want: []string{"-endpoint and -world"}},
		{args: []string{"-story", "thriller"}, want: []string{`-story is "thriller"`, "accepted: unreachable, ", "or list"}},
		{args: []string{"-story="}, want: []string{"-story", "accepted: the name of a story, or list"}},
		{args: []string{"-story", "unreachable", "-world", "-"}, want: []string{"-world does not go with -story", "accepted: -json -v"}},
		{args: []string{"-story", "unreachable"}, env: []string{"COOLDOWN=soon"}, want: []string{"COOLDOWN", `"soon"`, "accepted: "}},
		{args: []string{"-fresh"}, want: []string{"-fresh does not go with one event"}},
		{args: []string{"-event", dir + "/none.json"}, want: []string{"-event", "none.json", "accepted: a file"}},
		{args: []string{"-event", dir}, want: []string{"-event", "directory"}},
		{args: []string{"-event="}, want: []string{"-event", "accepted: a file"}},
		{args: []string{"-world", dir + "/none.json"}, want: []string{"-world", "none.json", "accepted: a JSON file"}},
		{args: []string{"-world", bad}, want: []string{"bad.json", "line 1", "timing.call", `"fast"`}},
		{args: []string{"-world", "-"}, want: []string{"-world standard input", "it is empty"}},
		{args: []string{"-world", "-", "-event", "-"}, want: []string{"only one"}},
		{args: []string{"-serve", "0.0.0.0:0"}, want: []string{`"0.0.0.0:0"`, "other machines", "accepted: a loopback address"}},
		{args: []string{"-serve", "example.com:80"}, want: []string{`"example.com:80"`, "not an IP address", "accepted"}},
		{args: []string{"-serve", "4566"}, want: []string{`"4566"`, "missing port", "accepted"}},
		{args: []string{"-serve", "127.0.0.1:99999"}, want: []string{"99999", "from 0 to 65535"}},
		{args: []string{"-serve", ":80a"}, want: []string{"80a", "from 0 to 65535"}},
		{args: []string{"-serve", ":0", "-json"}, want: []string{"-json does not go with -serve"}},
		{args: []string{"-print-world", "-serve", ":0"}, want: []string{"-print-world does not go with -serve"}},
		{args: []string{"-print-world", "-event", "-"}, want: []string{"-event does not go with -print-world"}},
		{env: []string{"DRY_RUN=maybe", "COOLDOWN=soon"}, want: []string{"DRY_RUN", `"maybe"`, "COOLDOWN", `"soon"`, "accepted: "}},
	} {
		t.Run(strings.Join(append(c.args, c.env...), " "), func(t *testing.T) {
			r := sandbox(t, "", c.env, c.args...)
			if r.status != exitUsage || r.out != "" {
				t.Errorf("status %d, want %d; standard output %q", r.status, exitUsage, r.out)
			}
			for _, want := range c.want {
				if !strings.Contains(r.err, want) {
					t.Errorf("the message does not say %q: %s", want, r.err)
				}
			}
		})
	}
}

// The samples are in the binary.
func TestOutsideTheRepository(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: the default account takes its time")
	}
	t.Chdir(t.TempDir())
	for _, args := range [][]string{nil, {"-event", "events/manual-bare.json"}} {
		if r := sandbox(t, "", nil, args...); r.status != exitOK || r.report(t).Outcome != plan.OutcomeMoved {
			t.Errorf("%v: status %d, %s\n%s", args, r.status, r.err, r.out)
		}
	}
	for _, args := range [][]string{{"-event", "manual-bare.json"}, {"-event", "events/none.json"}} {
		if r := sandbox(t, "", nil, args...); r.status != exitUsage || !strings.Contains(r.err, "no such file") {
			t.Errorf("%v: status %d, %s", args, r.status, r.err)
		}
	}
	if r := sandbox(t, "", nil, "-invoke", "failover"); r.status != exitFailed || !strings.Contains(r.err, "go.mod file not found") || !strings.Contains(r.err, "-binary") {
		t.Errorf("status %d, %s", r.status, r.err)
	}
}

func TestHelp(t *testing.T) {
	r := sandbox(t, "", nil, "-h")
	if r.status != exitOK || r.out != manual || r.err != "" {
		t.Errorf("status %d, standard error %q", r.status, r.err)
	}
	for line := range strings.Lines(manual) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > display.DefaultWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	for _, name := range settingNames() {
		if !strings.Contains(manual, name) {
			t.Errorf("the manual does not name %s", name)
		}
	}
}

func TestPrintedWorldCanBeUsed(t *testing.T) {
	printed := sandbox(t, "", nil, "-print-world")
	if printed.status != exitOK {
		t.Fatalf("status %d, %s", printed.status, printed.err)
	}
	again := sandbox(t, printed.out, nil, "-print-world", "-world", "-")
	if again.status != exitOK || again.out != printed.out {
		t.Errorf("status %d, %s\n%s", again.status, again.err, again.out)
	}
}
