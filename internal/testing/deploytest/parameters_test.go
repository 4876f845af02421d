package deploytest_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/audit"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// effect is what one value of a parameter does: the value at a path of a resource's properties. No path: the
// resource is made, or with a nil value it is not.
type effect struct {
	resource string
	path     []any
	want     any
}

func sets(resource string, want any, path ...any) effect { return effect{resource, path, want} }

func variable(function, name string, want any) effect {
	return sets(function, want, "Environment", "Variables", name)
}

// effects has, for each parameter, a value other than its default and all that it changes.
func effects() map[string]struct {
	value   string
	effects []effect
} {
	const failoverFunction, auditFunction = "FailoverFunction", "AuditFunction"
	both := func(name string, want any) []effect {
		return []effect{variable(failoverFunction, name, want), variable(auditFunction, name, want)}
	}
	return map[string]struct {
		value   string
		effects []effect
	}{
		"AlertEmail": {"ops@example.com", []effect{
			sets("AlertsByEmail", "ops@example.com", "Endpoint"), sets("AlertsByEmail", "email", "Protocol"),
			sets("AlertsByEmail", arn("sns", "Alerts"), "TopicArn"),
			sets("MovesByEmail", "ops@example.com", "Endpoint"), sets("MovesByEmail", "email", "Protocol"),
			sets("MovesByEmail", arn("sns", "Moves"), "TopicArn"),
			variable(auditFunction, "ALERTS_UNSUBSCRIBED", "false"),
		}},
		"NotifyMoves": {"false", []effect{sets("Moves", nil), sets("MovesPolicy", nil), sets("MovedMail", nil), sets("AttachedMail", nil)}},
		"EventBus": {"corp", []effect{
			variable(failoverFunction, "EVENT_BUS", "corp"),
			sets("FailoverFunctionUnreachable", "corp", "EventBusName"), sets("FailedMail", "corp", "EventBusName"),
			sets("MovedMail", "corp", "EventBusName"), sets("AttachedMail", "corp", "EventBusName"),
			sets("FailoverRole", arnOfBus("corp"), statement(7, "Resource")...),
		}},
		"Dashboard": {"false", []effect{
			sets("FailoverDashboard", nil),
			sets("FailedMail", `"A failover did not succeed. <error>. The event was <kind>. What to do: https://github.com/eni-failover/eni-failover/blob/main/docs/runbook.md "`,
				"Targets", 0, "InputTransformer", "InputTemplate"),
		}},
		"Groups": {"db,web", append(both("GROUPS", "db,web"),
			// Of the policies only the conditions on the interface.
			sets("FailoverRole", []any{"db", "web"}, statement(2, "Condition", "StringLike", "aws:ResourceTag/eni-failover:group")...),
			sets("FailoverRole", []any{"db", "web"}, statement(5, "Condition", "StringLike", "aws:ResourceTag/eni-failover:group")...),
			sets("FailedMail", []any{"db", "web"}, "EventPattern", "detail", "group"),
			sets("MovedMail", []any{"db", "web"}, "EventPattern", "detail", "group"),
			sets("AttachedMail", []any{"db", "web"}, "EventPattern", "detail", "group"),
		)},
		// One is refused without the other; see TestProbeParameters.
		"ProbeVpc": {"", nil}, "ProbeSubnets": {"", nil},
		"DryRun":         {"true", []effect{variable(failoverFunction, "DRY_RUN", "true")}},
		"DetachGrace":    {"1m", []effect{variable(failoverFunction, "DETACH_GRACE", "1m")}},
		"Cooldown":       {"1h", both("COOLDOWN", "1h")},
		"ImpairedAfter":  {"0", both("IMPAIRED_AFTER", "0")},
		"ActOnRebalance": {"true", both("ACT_ON_REBALANCE", "true")},
		"RecordZones": {"Z1,Z2", []effect{
			sets("FailoverRole", []any{"arn:*:route53:::hostedzone/Z1", "arn:*:route53:::hostedzone/Z2"}, statement(9, "Resource")...),
			sets("AuditRole", []any{"arn:*:route53:::hostedzone/Z1", "arn:*:route53:::hostedzone/Z2"}, statement(3, "Resource")...),
			sets("FailoverRole", nil, statement(10)...),
		}},
		// With RecordZones, without which it is refused; see TestRepairNeedsZones.
		"RepairRecords": {"", nil},
		"SweepMinutes": {"5", []effect{
			sets("FailoverFunctionSweep", "rate(5 minutes)", "ScheduleExpression"),
			sets("StrandedAlarm", 300.0, "Period"), sets("StrandedAlarm", 1.0, "EvaluationPeriods"),
			variable(failoverFunction, "PROBE_RUN", "305s"),
		}},
		"RehearsalSchedule":   {"rate(6 hours)", []effect{sets("FailoverFunctionRehearsal", "rate(6 hours)", "ScheduleExpression")}},
		"AuditSchedule":       {"cron(0 6 * * ? *)", []effect{sets("AuditFunctionAudit", "cron(0 6 * * ? *)", "ScheduleExpression")}},
		"ReservedConcurrency": {"0", []effect{sets(failoverFunction, "0", "ReservedConcurrentExecutions")}},
		"LogLevel": {"WARN", []effect{
			sets(failoverFunction, "WARN", "LoggingConfig", "ApplicationLogLevel"),
			sets(auditFunction, "WARN", "LoggingConfig", "ApplicationLogLevel"),
		}},
		"LogRetentionDays": {"7", []effect{sets("FailoverLogs", "7", "RetentionInDays"), sets("AuditLogs", "7", "RetentionInDays")}},
	}
}

// statement is the path of a statement in a role's second policy, which is the one for its task.
func statement(n int, path ...any) []any {
	return append([]any{"Policies", 1, "PolicyDocument", "Statement", n}, path...)
}

func TestEachParameterDoesWhatItSays(t *testing.T) {
	plain := deploy(t)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(plain.Parameters)), slices.Sorted(maps.Keys(effects()))); diff != "" {
		t.Errorf("parameters, and those tested (-want +got):\n%s", diff)
	}
	var all []deployment
	for name, test := range effects() {
		all = append(all, with(name+"="+test.value))
	}
	render(t, all...)
	for _, name := range slices.Sorted(maps.Keys(effects())) {
		test := effects()[name]
		if test.value == "" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			changed := deploy(t, name+"="+test.value)
			for _, e := range test.effects {
				_, made := changed.Resources[e.resource]
				switch got := changed.prop(e.resource, e.path...); {
				case len(e.path) == 0 && made != (e.want != nil):
					t.Errorf("%s made: %t", e.resource, made)
				case len(e.path) > 0 && !cmp.Equal(got, e.want):
					t.Errorf("%s %v is %v; want %v", e.resource, e.path, got, e.want)
				case len(e.path) > 0 && cmp.Equal(got, plain.prop(e.resource, e.path...)) && e.want != nil:
					t.Errorf("%s %v is %v with the default, too", e.resource, e.path, got)
				}
			}
			touched := map[string]bool{"FailoverDashboard": true} // the dashboard's body refers to everything
			for _, e := range test.effects {
				touched[e.resource] = true
			}
			for id := range maps.Keys(plain.Resources) {
				if now, still := changed.Resources[id]; !touched[id] && (!still || !cmp.Equal(now, plain.Resources[id])) {
					if id == "LostEventsPolicy" && name == "NotifyMoves" {
						continue // it has no rules for mails any more
					}
					t.Errorf("%s changed: %s", id, cmp.Diff(plain.Resources[id], now))
				}
			}
		})
	}
}

// A deployment with nothing but defaults has the function's own defaults. Only the bus is none by the function's default.
func TestDefaultsAreTheFunctions(t *testing.T) {
	s := deploy(t, "EventBus=")
	got, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := failover.ReadSettings(func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-function's own +template's):\n%s", diff)
	}
}

// environment looks up a function's environment variables.
func environment(s stack, function string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := s.prop(function, "Environment", "Variables", name).(string)
		return value, ok
	}
}

// Go finds the bundle of certificate authorities by itself, and nothing else to read.
func TestAuthoritiesAreReadOnce(t *testing.T) {
	s := deploy(t)
	for _, function := range []string{"FailoverFunction", "AuditFunction"} {
		lookup := environment(s, function)
		if file, set := lookup("SSL_CERT_FILE"); set {
			t.Errorf("%s: SSL_CERT_FILE is %q, and may be no file in a later image", function, file)
		}
		folder, set := lookup("SSL_CERT_DIR")
		if _, err := os.Stat(folder); !set || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: SSL_CERT_DIR is %q (%v); want a folder that is nowhere", function, folder, err)
		}
	}
}

func TestSettingsReachTheFunction(t *testing.T) {
	s := deploy(t, "Groups=db,web", "DryRun=true", "DetachGrace=1m30s", "Cooldown=2h", "ImpairedAfter=0", "ActOnRebalance=true",
		"RecordZones=Z1", "RepairRecords=true")
	got, err := failover.ReadSettings(environment(s, "FailoverFunction"))
	if err != nil {
		t.Fatal(err)
	}
	want := failover.Settings{
		Policy: plan.Policy{
			Groups: []string{"db", "web"}, DetachGrace: 90 * time.Second, Cooldown: 2 * time.Hour, ImpairedAfter: 0, ActOnRebalance: true,
		},
		DryRun: true, RepairRecords: true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// What a parameter refuses, and what it accepts. What it accepts, the function must accept: see below.
func TestParametersRefuse(t *testing.T) {
	bad := map[string][]string{
		"AlertEmail":          {"ops", "ops@example", "a b@example.com", "none", "Elsewhere"},
		"NotifyMoves":         {"yes"},
		"Dashboard":           {"1"},
		"EventBus":            {"my bus", "bus/x", "arn:aws:sns:eu-west-1:123456789012:topic", "arn:aws:events:eu-west-1:123456789012:rule/x"},
		"ProbeVpc":            {"vpc", "subnet-0a1b2c3d4e5f60001", "vpc-0D0D0D0D0D0D0D0D0", "vpc-0d0d0d0d0d0d0d0d0,vpc-0d0d0d0d0d0d0d0d1"},
		"ProbeSubnets":        {"vpc-0d0d0d0d0d0d0d0d0", "subnet-1, subnet-2", "subnet-0a1b2c3d4e5f60001,"},
		"Groups":              {"db web", "db,", ",db", "db*", "a?", strings.Repeat("g", 65), "db, web"},
		"DryRun":              {"", "TRUE"},
		"DetachGrace":         {"15", "soon", "-1s", "", "1d", "1.5", "999999h"},
		"Cooldown":            {"10", "10 m"},
		"ImpairedAfter":       {"never", "00"},
		"ActOnRebalance":      {"1"},
		"RecordZones":         {"*", "Z1 Z2", "z1", "Z1,", "/hostedzone/Z1", "arn:aws:route53:::hostedzone/Z1"},
		"RepairRecords":       {"maybe"},
		"SweepMinutes":        {"0", "3", "60"},
		"RehearsalSchedule":   {"1 hour", "rate()", ""},
		"AuditSchedule":       {"daily"},
		"ReservedConcurrency": {"-2", "1001"},
		"LogLevel":            {"TRACE", "FATAL"},
		"LogRetentionDays":    {"8", "0"},
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(effects())), slices.Sorted(maps.Keys(bad))); diff != "" {
		t.Errorf("parameters, and those tested (-want +got):\n%s", diff)
	}
	var all []deployment
	for parameter, values := range bad {
		for _, value := range values {
			all = append(all, with(parameter+"="+value))
		}
	}
	for i, r := range render(t, all...) {
		if r.Refused == "" {
			t.Errorf("accepted: %v", all[i].Parameters)
		}
	}
}

// allowedPattern reads a parameter's pattern from the template's text, so that fuzzing needs no Python.
func allowedPattern(tb testing.TB, parameter string) *regexp.Regexp {
	tb.Helper()
	text := readFile(tb, filepath.Join(root, "template.yaml"))
	_, rest, found := strings.Cut(text, "\n  "+parameter+":\n    Type:")
	if !found {
		tb.Fatalf("no parameter %s", parameter)
	}
	_, rest, _ = strings.Cut(rest, "AllowedPattern: ")
	line, _, _ := strings.Cut(rest, "\n")
	return regexp.MustCompile(line)
}

// Whatever gets through a parameter's pattern is good for the function: a bad setting must fail at the
// deployment, not at 3 a.m.
func FuzzPatternsAcceptOnlySettings(f *testing.F) {
	for _, seed := range []string{"", "0", "15s", "1h2m3s", "99999h99999h99999h", "007s", "0ms", "db", "a,b.c_d-e", "1s1", "s", "5m 1s", "1.5h", strings.Repeat("a", 64)} {
		f.Add(seed)
	}
	patterns := map[string]*regexp.Regexp{}
	names := map[string]string{"Groups": "GROUPS", "DetachGrace": "DETACH_GRACE", "Cooldown": "COOLDOWN", "ImpairedAfter": "IMPAIRED_AFTER"}
	for parameter := range names {
		patterns[parameter] = allowedPattern(f, parameter)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for parameter, name := range names {
			if !patterns[parameter].MatchString(value) {
				continue
			}
			_, err := failover.ReadSettings(func(n string) (string, bool) {
				if n == name {
					return value, true
				}
				return "", false
			})
			if err != nil {
				t.Errorf("%s=%q passes %s: %v", parameter, value, patterns[parameter], err)
			}
		}
	})
}

func TestRepairNeedsZones(t *testing.T) {
	if reason := render(t, with("RepairRecords=true"))[0].Refused; !strings.Contains(reason, "RecordZones must list") {
		t.Errorf("repair without zones: refused: %q; want it to say what is missing", reason)
	}
	s := deploy(t, "RepairRecords=true", "RecordZones=Z1,Z2")
	if got := s.prop("FailoverFunction", "Environment", "Variables", "REPAIR_RECORDS"); got != "true" {
		t.Errorf("REPAIR_RECORDS is %v", got)
	}
	want := []any{"arn:*:route53:::hostedzone/Z1", "arn:*:route53:::hostedzone/Z2"}
	if got := s.prop("FailoverRole", statement(10, "Resource")...); !cmp.Equal(got, any(want)) {
		t.Errorf("may change the records of %v; want %v", got, want)
	}
	if s.prop("AuditRole", statement(4)...) != nil {
		t.Error("the audit may change records, too")
	}
}

// Who hears of an alarm is said where a person looks after a deployment, and to the audit, which says it again.
func TestWhoHearsOfAlarmsIsSaid(t *testing.T) {
	for email, want := range map[string]struct {
		says         string
		unsubscribed bool
		mails        bool
	}{
		"":                {"NOBODY.", true, false},
		"elsewhere":       {"the subscribers of AlertsTopicArn", false, false},
		"ops@example.com": {"ops@example.com, once its owner has confirmed", false, true},
	} {
		s := deploy(t, "AlertEmail="+email)
		if says := s.Outputs["AlertsGoTo"]; !strings.HasPrefix(says, want.says) {
			t.Errorf("AlertEmail=%q: the output says %q; want %q", email, says, want.says)
		}
		set, err := audit.ReadSettings(environment(s, "AuditFunction"))
		if err != nil || set.AlertsUnsubscribed != want.unsubscribed {
			t.Errorf("AlertEmail=%q: settings of the audit %+v, %v", email, set, err)
		}
		if got := s.Resources["AlertsByEmail"].Type != "" && s.Resources["MovesByEmail"].Type != ""; got != want.mails {
			t.Errorf("AlertEmail=%q: subscribed by e-mail: %t", email, got)
		}
	}
}

// The first question of a guided deployment, whose order is the template's.
func TestAlertEmailIsAskedFirst(t *testing.T) {
	_, parameters, _ := strings.Cut(readFile(t, filepath.Join(root, "template.yaml")), "\nParameters:\n")
	first := regexp.MustCompile(`(?m)^  ([A-Za-z]+):$`).FindStringSubmatch(parameters)
	if first == nil || first[1] != "AlertEmail" {
		t.Errorf("the first parameter is %v", first)
	}
}

// Two stacks in one account and region share no name: CloudFormation makes the names of all resources.
func TestNoFixedNames(t *testing.T) {
	s := everything(t)
	names := map[string]string{
		"AWS::Lambda::Function": "FunctionName", "AWS::IAM::Role": "RoleName", "AWS::Events::Rule": "Name",
		"AWS::Scheduler::Schedule": "Name", "AWS::Logs::LogGroup": "LogGroupName", "AWS::SNS::Topic": "TopicName",
		"AWS::SQS::Queue": "QueueName", "AWS::CloudWatch::Alarm": "AlarmName", "AWS::CloudWatch::Dashboard": "DashboardName",
		"AWS::EC2::SecurityGroup": "GroupName",
		// These have none, or one within their role.
		"AWS::IAM::RolePolicy":  "",
		"AWS::SNS::TopicPolicy": "", "AWS::SNS::Subscription": "", "AWS::SQS::QueuePolicy": "",
		"AWS::Lambda::Permission": "", "AWS::Lambda::EventInvokeConfig": "",
	}
	for id, r := range s.Resources {
		name, known := names[r.Type]
		switch {
		case !known:
			t.Errorf("%s: what names a %s?", id, r.Type)
		case name != "" && r.Properties[name] != nil:
			t.Errorf("%s has the name %v", id, r.Properties[name])
		}
	}
}

// Everything resolves in the other partitions, too, and without any of the options.
func TestOtherPartitions(t *testing.T) {
	for region, partition := range map[string]string{"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"} {
		d := with("RecordZones=Z1", "RepairRecords=true", "AlertEmail=ops@example.com", "Dashboard=false", "NotifyMoves=false",
			"ProbeVpc="+theVPC, "ProbeSubnets="+theSubnets)
		d.Region = region
		r := render(t, d)[0]
		if r.Refused != "" {
			t.Errorf("%s: %s", region, r.Refused)
			continue
		}
		for id, res := range r.Resources {
			if strings.Contains(show(res), "arn:aws:") {
				t.Errorf("%s: %s has an ARN of another partition than %s: %s", region, id, partition, show(res))
			}
		}
	}
}
