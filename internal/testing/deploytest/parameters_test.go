package deploytest_test

import (
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/audit"
)

// effect is one effect of a parameter: the value that it gives a property of a resource. Without a path it is the
// resource itself, which is made, or not made if want is nil.
type effect struct {
	resource string
	path     []any
	want     any
}

func sets(resource string, want any, path ...any) effect { return effect{resource, path, want} }

func variable(function, name string, want any) effect {
	return sets(function, want, "Environment", "Variables", name)
}

// effects has, for each parameter, a value that differs from its default, and everything that this value changes.
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
			// In the policies only the conditions on the interface change.
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
		"StartStandbys": {"true", append(both("START_STANDBYS", "true"),
			sets("FailoverRole", "StartColdStandby", statement(5, "Sid")...),
			sets("AuditRole", "ObserveVolumes", statement(2, "Sid")...),
		)},
		"StartSettle": {"1m", []effect{variable(failoverFunction, "START_SETTLE", "1m")}},
		// It is refused without StartStandbys; see TestKeysNeedStarts.
		"StartKeys": {"", nil},
		"RecordZones": {"Z1,Z2", []effect{
			sets("FailoverRole", []any{"arn:*:route53:::hostedzone/Z1", "arn:*:route53:::hostedzone/Z2"}, statement(9, "Resource")...),
			sets("AuditRole", []any{"arn:*:route53:::hostedzone/Z1", "arn:*:route53:::hostedzone/Z2"}, statement(3, "Resource")...),
			sets("FailoverRole", nil, statement(10)...),
		}},
		// It is refused without RecordZones; see TestRepairNeedsZones.
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

// statement is the path of a statement in a role's second policy, the one for its task.
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
		all = append(all, deploymentWith(name+"="+test.value))
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
						continue // it has no rules for these mails
					}
					t.Errorf("%s changed: %s", id, cmp.Diff(plain.Resources[id], now))
				}
			}
		})
	}
}

// Each parameter refuses bad values. (For the values that it accepts see FuzzPatternsAcceptOnlySettings.)
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
		"StartStandbys":       {"yes"},
		"StartSettle":         {"30", "-1s", ""},
		"StartKeys":           {"alias/aws/ebs", strings.Replace(volumeKey, ":key/", ":alias/", 1), "*", volumeKey + ",", volumeKey + "*", volumeKey + ", " + volumeKey, "1a2b3c4d-0000-4000-8000-000000000000"},
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
			all = append(all, deploymentWith(parameter+"="+value))
		}
	}
	for i, r := range render(t, all...) {
		if r.Refused == "" {
			t.Errorf("accepted: %v", all[i].Parameters)
		}
	}
}

func TestRepairNeedsZones(t *testing.T) {
	if reason := render(t, deploymentWith("RepairRecords=true"))[0].Refused; !strings.Contains(reason, "RecordZones must list") {
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

// The keys are named in the role and to the audit, and only where something is started.
func TestKeysNeedStarts(t *testing.T) {
	otherKey := strings.Replace(volumeKey, "1a2b3c4d", "mrk-5e6f", 1)
	keys := volumeKey + "," + otherKey
	if reason := render(t, deploymentWith("StartKeys="+keys))[0].Refused; !strings.Contains(reason, "StartStandbys must be true") {
		t.Errorf("keys without starts: refused: %q; want it to say what is missing", reason)
	}
	s := deploy(t, "StartStandbys=true", "StartKeys="+keys)
	if got, want := s.prop("FailoverRole", statement(6, "Resource")...), any([]any{volumeKey, otherKey}); !cmp.Equal(got, want) {
		t.Errorf("may use the keys %v; want %v", got, want)
	}
	set, err := audit.ReadSettings(environment(s, "AuditFunction"))
	if err != nil || !cmp.Equal(set.StartKeys, []string{volumeKey, otherKey}) {
		t.Errorf("the audit knows the keys %v, %v", set.StartKeys, err)
	}
	if slices.ContainsFunc(grantsOf(deploy(t, "StartStandbys=true").policies(t, "FailoverRole")), func(g grant) bool { return g.action == "kms:CreateGrant" }) {
		t.Error("without keys, it may use some")
	}
}

// An output says who receives the alarms, and a setting tells the audit, which reports it too.
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

// A guided deployment asks for parameters in the template's order, and AlertEmail is the first.
func TestAlertEmailIsAskedFirst(t *testing.T) {
	_, parameters, _ := strings.Cut(readFile(t, filepath.Join(root, "template.yaml")), "\nParameters:\n")
	first := regexp.MustCompile(`(?m)^  ([A-Za-z]+):$`).FindStringSubmatch(parameters)
	if first == nil || first[1] != "AlertEmail" {
		t.Errorf("the first parameter is %v", first)
	}
}
