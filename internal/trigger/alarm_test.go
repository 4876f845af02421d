package trigger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// metric writes an entry of an alarm's metrics.
func metric(namespace, name, instance string) string {
	dimensions := `{}`
	if instance != "" {
		dimensions = fmt.Sprintf(`{"InstanceId":%q}`, instance)
	}
	return fmt.Sprintf(`{"id":"m","metricStat":{"metric":{"namespace":%q,"name":%q,"dimensions":%s},"period":60,"stat":"Maximum"},"returnData":true}`, namespace, name, dimensions)
}

func checkMetric(suffix, instance string) string {
	return metric("AWS/EC2", "StatusCheckFailed"+suffix, instance)
}

const notReachability = "not about reachability"

// TestAlarmAbout: which alarms are about reachability, and of which instance, group or interface.
func TestAlarmAbout(t *testing.T) {
	const expression = `{"id":"e1","expression":"MAX(METRICS())","label":"l","returnData":true}`
	tests := []struct {
		name        string
		description any
		metrics     string // elements; "-": no metrics at all
		// what is wanted: an instance with a check, a group, an interface, or, without any, ignored
		instance, group, eni string
		check                trigger.Check
	}{
		{"any check", "", checkMetric("", instance1), instance1, "", "", trigger.CheckAny},
		{"instance check", "", checkMetric("_Instance", instance1), instance1, "", "", trigger.CheckInstance},
		{"system check", "", checkMetric("_System", instance1), instance1, "", "", trigger.CheckSystem},
		{"EBS check", "", checkMetric("_AttachedEBS", instance1), instance1, "", "", trigger.CheckEBS},
		{"application checks", "", checkMetric("_Application", instance1), instance1, "", "", trigger.CheckApplication},
		{"one application check", "", checkMetric("_Application_asc-1234567890abcdef0", instance1), instance1, "", "", trigger.CheckOther},
		{"a check to come", "", checkMetric("_Other", instance1), instance1, "", "", trigger.CheckOther},
		{"application and instance check", "", checkMetric("_Application", instance1) + "," + checkMetric("_Instance", instance1), instance1, "", "", trigger.CheckAny},
		{"one application check, and others", "", checkMetric("_System", instance1) + "," + checkMetric("_Application_asc-1", instance1) + "," + checkMetric("_Instance", instance1), instance1, "", "", trigger.CheckOther},
		{"blank before the id", "", checkMetric("", " "+instance1), instance1, "", "", trigger.CheckAny},
		{"the same check twice", "", checkMetric("_System", instance1) + "," + checkMetric("_System", instance1), instance1, "", "", trigger.CheckSystem},
		{"two checks", "", checkMetric("_System", instance1) + "," + checkMetric("_Instance", instance1), instance1, "", "", trigger.CheckAny},
		{"two checks and back", "", checkMetric("_System", instance1) + "," + checkMetric("_Instance", instance1) + "," + checkMetric("_System", instance1), instance1, "", "", trigger.CheckAny},
		{"metric math", "", expression + "," + checkMetric("_System", instance1), instance1, "", "", trigger.CheckSystem},
		{"two instances", "", checkMetric("", instance1) + "," + checkMetric("", instance2), "", "", "", ""},
		{"and the CPU", "", checkMetric("", instance1) + "," + metric("AWS/EC2", "CPUUtilization", instance1), "", "", "", ""},
		{"the CPU first", "", metric("AWS/EC2", "CPUUtilization", instance1) + "," + checkMetric("", instance1), "", "", "", ""},
		{"no instance", "", checkMetric("", ""), "", "", "", ""},
		{"another namespace", "", metric("CWAgent", "StatusCheckFailed", instance1), "", "", "", ""},
		{"another metric that begins alike", "", metric("AWS/EC2", "StatusCheck", instance1), "", "", "", ""},
		{"another case", "", metric("AWS/EC2", "statuscheckfailed", instance1), "", "", "", ""},
		{"another metric", "", metric("AWS/EC2", "CPUUtilization", instance1), "", "", "", ""},
		{"load balancer", "", `{"id":"m","metricStat":{"metric":{"namespace":"AWS/ApplicationELB","name":"UnHealthyHostCount","dimensions":{"TargetGroup":"t"}},"period":60,"stat":"Sum"}}`, "", "", "", ""},
		{"only an expression", "", expression, "", "", "", ""},
		{"no metrics", "", "", "", "", "", ""},
		{"composite", "", "-", "", "", "", ""},
		{"another alarm's dimensions", "", `{"metricStat":{"metric":{"namespace":"AWS/EC2","name":"StatusCheckFailed","dimensions":{"InstanceId":7}}}}`, "", "", "", ""},
		{"metrics of another form", "", `7`, "", "", "", ""},

		{"interface", "eni-failover:interface=" + eni1, "-", "", "", eni1, ""},
		{"group", "eni-failover:group=db", "-", "", "db", "", ""},
		{"in a sentence", "See the run book (eni-failover:group=db), then call.", "-", "", "db", "", ""},
		{"at the end of a sentence", "It moves eni-failover:interface=" + eni1 + ".", "-", "", "", eni1, ""},
		{"in quotes", `"eni-failover:group=db"`, "-", "", "db", "", ""},
		{"on a line of its own", "Database\neni-failover:group=db\nsee wiki", "-", "", "db", "", ""},
		{"with dots and dashes within", "eni-failover:group=a.b-c_d", "-", "", "a.b-c_d", "", ""},
		{"twice the same", "eni-failover:group=db eni-failover:group=db", "-", "", "db", "", ""},
		{"metric math on anything", "eni-failover:group=db", expression + "," + metric("AWS/NetworkELB", "HealthyHostCount", ""), "", "db", "", ""},
		{"on the CPU, if a person says so", "eni-failover:interface=" + eni1, metric("AWS/EC2", "CPUUtilization", instance1), "", "", eni1, ""},
		{"an interface, and a status check", "eni-failover:interface=" + eni1, checkMetric("_System", instance2), "", "", eni1, trigger.CheckSystem},
		{"a group, and status checks of several", "eni-failover:group=db", checkMetric("", instance1) + "," + checkMetric("", instance2), "", "db", "", ""},
		{"behind another word of ours", "eni-failover:eni-failover:group=db", "-", "", "db", "", ""},
		{"before a tab", "eni-failover:group=db\tsee wiki", "-", "", "db", "", ""},
		{"other words of ours", "eni-failover:audit, eni-failover:groups=db, eni-failover group=db", "-", "", "", "", ""},
		{"no description", nil, "-", "", "", "", ""},
		{"null description", raw("null"), "-", "", "", "", ""},
		{"description of another type", raw(`["eni-failover:group=db"]`), "-", "", "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			event := edit(t, "alarm-status-check", "detail.configuration.description", tt.description)
			if tt.metrics == "-" {
				event = edit(t, "alarm-composite", "detail.configuration.description", tt.description)
			} else {
				event = editBytes(t, event, "detail.configuration.metrics", raw("["+tt.metrics+"]"))
			}
			if tt.instance == "" && tt.group == "" && tt.eni == "" {
				wantIgnored(t, event, notReachability)
				return
			}
			got, err := trigger.Parse(event)
			if err != nil || got.Ignored != "" {
				t.Fatalf("ignored %q, error %v", got.Ignored, err)
			}
			checked := tt.instance
			if tt.check != "" && checked == "" {
				checked = instance2 // a status check of it, beside the directive
			}
			if got.Alarm.Instance != checked {
				t.Errorf("the status check is of %q, want %q", got.Alarm.Instance, checked)
			}
			if got.Instance != tt.instance || got.Group != tt.group || got.Interface != tt.eni || got.Alarm.Check != tt.check {
				t.Errorf("about instance %q, group %q, interface %q, check %q", got.Instance, got.Group, got.Interface, got.Alarm.Check)
			}
		})
	}
}

// editBytes sets a field of an event that is given as bytes, as edit does with a sample.
func editBytes(tb testing.TB, event []byte, path string, value any) []byte {
	tb.Helper()
	return setField(tb, event, strings.Split(path, "."), value)
}

func TestAlarmState(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed
	}
	for stamp, want := range map[string]string{
		"2026-11-23T10:04:40.989+0000":    "2026-11-23T10:04:40.989Z",
		"2026-11-23T10:04:40+0000":        "2026-11-23T10:04:40Z",
		"2026-11-23T12:04:40.989+0200":    "2026-11-23T10:04:40.989Z",
		"2026-11-23T10:04:40.989Z":        "2026-11-23T10:04:40.989Z",
		"2026-11-23T10:04:40.989123456Z":  "2026-11-23T10:04:40.989123456Z",
		"2026-11-23T04:04:40.000-06:00":   "2026-11-23T10:04:40Z",
		"2026-11-23T10:04:40.9891+00:00":  "2026-11-23T10:04:40.9891Z",
		"2026-11-23T10:04:40.98912+0000":  "2026-11-23T10:04:40.98912Z",
		"2026-11-23T10:04:40.989123-0000": "2026-11-23T10:04:40.989123Z",
	} {
		got, err := trigger.Parse(edit(t, "alarm-status-check", "detail.state.timestamp", stamp))
		if err != nil || !got.Alarm.Since.Equal(at(want)) {
			t.Errorf("since %v of %q (%v)", got.Alarm.Since, stamp, err)
		}
	}
	for _, value := range []string{"OK", "INSUFFICIENT_DATA"} {
		wantIgnored(t, edit(t, "alarm-status-check", "detail.state.value", value), value)
		wantIgnored(t, edit(t, "alarm-composite", "detail.state.value", value), value)
	}
	for name, value := range map[string]any{"Alarm": "Alarm", "WaitPeriod": "WaitPeriod", "of another type": 7} {
		got := wantIgnored(t, edit(t, "alarm-status-check", "detail.state.actionsSuppressedBy", value), "suppressed")
		if got.IgnoredFor != trigger.IgnoredSuppressed {
			t.Errorf("suppressed by %s: ignored for %q", name, got.IgnoredFor)
		}
	}
	for name, value := range map[string]any{"missing": nil, "null": raw("null")} {
		if got, err := trigger.Parse(edit(t, "alarm-suppressed", "detail.state.actionsSuppressedBy", value)); err != nil || got.Ignored != "" {
			t.Errorf("suppressed by %s: ignored %q, error %v", name, got.Ignored, err)
		}
	}
	for name, tt := range map[string]struct {
		previous any
		want     bool
	}{
		"OK":            {raw(`{"value":"OK"}`), false},
		"no data":       {raw(`{"value":"INSUFFICIENT_DATA","timestamp":7}`), true},
		"nothing":       {nil, false},
		"null":          {raw("null"), false},
		"no value":      {raw("{}"), false},
		"another value": {raw(`{"value":7}`), false},
	} {
		got, err := trigger.Parse(edit(t, "alarm-status-check", "detail.previousState", tt.previous))
		if err != nil || got.Alarm.FromInsufficientData != tt.want {
			t.Errorf("previous state %s: %v, error %v", name, got.Alarm.FromInsufficientData, err)
		}
	}
}

func TestBadAlarm(t *testing.T) {
	const directive = "detail.configuration.description eni-failover:"
	tests := []struct {
		name, path string
		value      any
		field      string
	}{
		{"no state", "detail.state", nil, "detail.state"},
		{"state is null", "detail.state", raw("null"), "detail.state"},
		{"state is a string", "detail.state", "ALARM", "detail.state"},
		{"no value", "detail.state.value", nil, "detail.state.value"},
		{"another value", "detail.state.value", "alarm", "detail.state.value"},
		{"value is a number", "detail.state.value", 7, "detail.state.value"},
		{"no timestamp", "detail.state.timestamp", nil, "detail.state.timestamp"},
		{"empty timestamp", "detail.state.timestamp", "", "detail.state.timestamp"},
		{"timestamp is null", "detail.state.timestamp", raw("null"), "detail.state.timestamp"},
		{"timestamp is a number", "detail.state.timestamp", 1764000000, "detail.state.timestamp"},
		{"no time", "detail.state.timestamp", "just now", "detail.state.timestamp"},
		{"name is a number", "detail.alarmName", 7, "detail.alarmName"},
		{"previous state is a string", "detail.previousState", "OK", "detail.previousState"},
		{"interface without an id", "detail.configuration.description", "eni-failover:interface=", directive + "interface"},
		{"interface of another kind", "detail.configuration.description", "eni-failover:interface=" + instance1, directive + "interface"},
		{"interface with a wildcard", "detail.configuration.description", "eni-failover:interface=eni-*", directive + "interface"},
		{"group without a name", "detail.configuration.description", "eni-failover:group= db", directive + "group"},
		{"group with a wildcard", "detail.configuration.description", "eni-failover:group=*", directive + "group"},
		{"long group", "detail.configuration.description", "eni-failover:group=" + strings.Repeat("g", 65), directive + "group"},
		{"hostile group", "detail.configuration.description", "eni-failover:group=db\x00\u202e", directive + "group"},
		{"two groups without a blank", "detail.configuration.description", "eni-failover:group=db,eni-failover:group=db", directive + "group"},
		{"two groups", "detail.configuration.description", "eni-failover:group=db eni-failover:group=web", directive + "group"},
		{"two interfaces", "detail.configuration.description", "eni-failover:interface=" + eni1 + " eni-failover:interface=eni-0a1b2c3d", directive + "interface"},
		{"an interface and a group", "detail.configuration.description", "eni-failover:interface=" + eni1 + " eni-failover:group=db", directive + "group"},
		{"a group and an interface", "detail.configuration.description", "eni-failover:group=db eni-failover:interface=" + eni1, directive + "interface"},
		{"a group with an interface's name", "detail.configuration.description", "eni-failover:interface=" + eni1 + " eni-failover:group=" + eni1, directive + "group"},
		{"instance with a wildcard", "detail.configuration.metrics", raw("[" + checkMetric("", "i-*") + "]"), "detail.configuration.metrics InstanceId"},
		{"hostile instance", "detail.configuration.metrics", raw("[" + checkMetric("", `i-\n\u202e`) + "]"), "detail.configuration.metrics InstanceId"},
		{"long instance", "detail.configuration.metrics", raw("[" + checkMetric("", "i-"+strings.Repeat("0", 10_000)) + "]"), "detail.configuration.metrics InstanceId"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantBad(t, edit(t, "alarm-status-check", tt.path, tt.value), tt.field)
		})
	}
}

// TestOtherAlarms: an alarm that is not about reachability is ignored, however malformed the rest of it is.
func TestOtherAlarms(t *testing.T) {
	for path, values := range map[string][]any{
		"detail.state":                     {nil, raw("null"), 7, raw("{}"), raw(`{"value":"explode"}`)},
		"detail.state.value":               {7, "OK"},
		"detail.state.timestamp":           {nil, 7, ""},
		"detail.previousState":             {7},
		"detail.alarmName":                 {7, nil},
		"detail.configuration":             {nil, 7, raw("[]"), raw("null"), raw("{}")},
		"detail.configuration.metrics":     {7, nil, raw("{}"), raw("null")},
		"detail.configuration.description": {7, raw("null")},
	} {
		for _, value := range values {
			t.Run(fmt.Sprint(path, value), func(t *testing.T) {
				wantIgnored(t, edit(t, "alarm-cpu", path, value), notReachability)
			})
		}
	}
}
