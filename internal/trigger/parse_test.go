package trigger_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestMeaning has events that differ from the samples, in a way that must matter or must not.
func TestMeaning(t *testing.T) {
	all := samples(t)
	like := func(name string, change func(*trigger.Trigger)) trigger.Trigger {
		want := all[name]
		change(&want)
		return want
	}
	same := func(*trigger.Trigger) {}
	tests := []struct {
		name  string
		event []byte
		want  trigger.Trigger
	}{
		// The envelope: version is never looked at, resources only of a Health event; the rest may be missing.
		{"no version", edit(t, "spot-interruption", "version", nil), like("spot-interruption", same)},
		{"version is a number", edit(t, "spot-interruption", "version", 0), like("spot-interruption", same)},
		{"no id", edit(t, "spot-interruption", "id", nil), like("spot-interruption", func(t *trigger.Trigger) { t.ID = "" })},
		{"null id", edit(t, "spot-interruption", "id", raw("null")), like("spot-interruption", func(t *trigger.Trigger) { t.ID = "" })},
		{"no account", edit(t, "spot-interruption", "account", nil), like("spot-interruption", func(t *trigger.Trigger) { t.Account = "" })},
		{"no region", edit(t, "spot-interruption", "region", nil), like("spot-interruption", func(t *trigger.Trigger) { t.Region = "" })},
		{"no resources", edit(t, "spot-interruption", "resources", nil), like("spot-interruption", same)},
		{"resources with an Availability Zone for a region", edit(t, "spot-interruption", "resources.0", "arn:aws:ec2:eu-west-1a:instance/"+instance2), like("spot-interruption", same)},
		{"resources is a string", edit(t, "spot-interruption", "resources", "arn:aws:ec2:eu-west-1a:instance/"+instance2), like("spot-interruption", same)},
		{"resources is null", edit(t, "spot-interruption", "resources", raw("null")), like("spot-interruption", same)},
		{"resources is a number", edit(t, "spot-interruption", "resources", 7), like("spot-interruption", same)},
		{"another field", edit(t, "spot-interruption", "replay-name", "again"), like("spot-interruption", same)},
		{"another field in the detail", edit(t, "spot-interruption", "detail.azId", 7), like("spot-interruption", same)},
		{"time with an offset", edit(t, "spot-interruption", "time", "2026-11-23T11:00:00+01:00"), like("spot-interruption", func(tr *trigger.Trigger) {
			tr.Time = atTen.In(time.FixedZone("", 3600))
		})},
		{"time with a fraction", edit(t, "spot-interruption", "time", "2026-11-23T10:00:00.5Z"), like("spot-interruption", func(t *trigger.Trigger) {
			t.Time = atTen.Add(500 * time.Millisecond)
		})},
		{"indented, with blanks around it", concat([]byte("\n\t "), sample(t, "spot-interruption"), []byte(" \r\n")), like("spot-interruption", same)},

		// Instance ids.
		{"blank before the instance id", edit(t, "instance-stopping", "detail.instance-id", " "+instance1), like("instance-stopping", same)},
		{"blanks around the instance id", edit(t, "instance-stopping", "detail.instance-id", "\t"+instance1+" \n"), like("instance-stopping", same)},
		{"instance id of 8 digits", edit(t, "instance-stopping", "detail.instance-id", "i-0a1b2c3d"), like("instance-stopping", func(t *trigger.Trigger) { t.Instance = "i-0a1b2c3d" })},
		{"escaped instance id", edit(t, "instance-stopping", "detail.instance-id", raw(`"\u0069-0a1b2c3d"`)), like("instance-stopping", func(t *trigger.Trigger) { t.Instance = "i-0a1b2c3d" })},
		{"the last of two instance ids counts", []byte(strings.Replace(string(sample(t, "instance-stopping")), `"detail": {`, `"detail": {"instance-id": "`+instance2+`",`, 1)), like("instance-stopping", same)},

		// What is to happen to a Spot instance makes no difference.
		{"stop", edit(t, "spot-interruption", "detail.instance-action", "stop"), like("spot-interruption", same)},
		{"hibernate", edit(t, "spot-interruption", "detail.instance-action", "hibernate"), like("spot-interruption", same)},

		// Auto Scaling: older samples lack most fields.
		{
			"no token", edit(t, "lifecycle-terminate", "detail.LifecycleActionToken", nil, "detail.Origin", nil, "detail.Destination", nil, "detail.NotificationMetadata", nil),
			like("lifecycle-terminate", func(t *trigger.Trigger) { t.Hook.Token = "" }),
		},
		{
			"another tool's hook", edit(t, "lifecycle-terminate", "detail.LifecycleHookName", "drain, then eni-failover"),
			like("lifecycle-terminate", func(t *trigger.Trigger) { t.Hook.Name = "drain, then eni-failover" }),
		},
		{"another destination", edit(t, "lifecycle-terminate", "detail.Destination", "Elsewhere"), like("lifecycle-terminate", same)},

		// Schedules say nothing in their detail, and need not have a time.
		{"sweep without detail", edit(t, "sweep-rule", "detail", nil), like("sweep-rule", same)},
		{"sweep with a number for detail", edit(t, "sweep-rule", "detail", 7), like("sweep-rule", same)},
		{"sweep without time", edit(t, "sweep-rule", "time", nil), like("sweep-rule", func(t *trigger.Trigger) { t.Time = time.Time{} })},
		{"scheduler with an object for detail", edit(t, "sweep-scheduler", "detail", raw("{}")), like("sweep-scheduler", same)},
		{"rehearsal with an envelope", edit(t, "sweep-rule", "source", "eni-failover", "detail-type", "ENI Failover Rehearsal"), like("sweep-rule", func(t *trigger.Trigger) { t.Kind = trigger.KindRehearsal })},
		{"rehearsal with a detail", edit(t, "rehearsal", "detail", raw(`{"a":1}`)), like("rehearsal", same)},

		// Health.
		{
			"entities of other kinds", edit(t, "health-retirement", "detail.affectedEntities", raw(`[{"entityValue":"vol-0a1b2c3d"},{},{"entityValue":" `+instance2+`"},{"entityValue":"i-*"},{"entityValue":"`+instance1+`"},{"entityValue":"`+instance2+`"}]`)),
			like("health-retirement", func(t *trigger.Trigger) { t.Instances = []string{instance2, instance1} }),
		},
		{"Health without entities", edit(t, "health-retirement", "detail.affectedEntities", nil), like("health-retirement", same)},
		{
			"Health without entities, and other resources",
			edit(t, "health-retirement", "detail.affectedEntities", nil, "resources", raw(`[
				"arn:aws:ec2:eu-west-1:123456789012:instance/`+instance2+`", "vol-0a1b2c3d", 7, null, "i-*", "arn:aws:ec2:eu-west-1:123456789012:instance/i-*",
				"arn:aws:ec2:eu-west-1:123456789012:volume/`+instance1+`", "x:instance/`+instance1+`", "`+instance2+`", " i-0a1b2c3d4e5f60001\n"]`)),
			like("health-retirement", func(t *trigger.Trigger) { t.Instances = []string{instance2, instance1} }),
		},
		{"another event region", edit(t, "health-retirement", "detail.eventRegion", "us-east-1"), like("health-retirement", func(t *trigger.Trigger) { t.EventRegion = "us-east-1" })},
		{"no event region", edit(t, "health-retirement", "detail.eventRegion", nil), like("health-retirement", func(t *trigger.Trigger) { t.EventRegion = "" })},
		{"page is a number", edit(t, "health-retirement", "detail.page", 1), like("health-retirement", same)},
		{"Health event without time", edit(t, "health-retirement", "time", nil), like("health-retirement", func(t *trigger.Trigger) { t.Time = time.Time{} })},

		// Requests.
		{
			"request with all fields", edit(t, "manual-request", "detail", map[string]any{"networkInterfaceId": eni1, "from": instance1, "target": instance2, "dryRun": true, "force": true}),
			like("manual-request", func(t *trigger.Trigger) {
				t.Group, t.Interface, t.From, t.Target, t.DryRun, t.Force = "", eni1, instance1, instance2, true, true
			}),
		},
		{"null is as good as missing", edit(t, "manual-request", "detail", raw(`{"group":"db","networkInterfaceId":null,"from":null,"target":null,"dryRun":null,"force":null}`)), like("manual-request", same)},
		{"flags that are off", edit(t, "manual-request", "detail", raw(`{"group":"db","dryRun":false,"force":false}`)), like("manual-request", same)},
		{"request without time, with target", edit(t, "manual-request", "time", nil, "detail.target", instance2), like("manual-request", func(t *trigger.Trigger) { t.Time, t.Target = time.Time{}, instance2 })},
		{"request without time, with from", edit(t, "manual-request", "time", nil, "detail.from", instance2), like("manual-request", func(t *trigger.Trigger) { t.Time, t.From = time.Time{}, instance2 })},
		{"longest group", edit(t, "manual-request", "detail.group", strings.Repeat("g", 64)), like("manual-request", func(t *trigger.Trigger) { t.Group = strings.Repeat("g", 64) })},
		{"all that a group may have", edit(t, "manual-request", "detail.group", "aZ09._-"), like("manual-request", func(t *trigger.Trigger) { t.Group = "aZ09._-" })},
		{"bare, with null for an envelope", []byte(`{"source":null,"group":"db","target":"` + instance1 + `"}`), trigger.Trigger{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.want.Kind == "" {
				wantBad(t, tt.event, `"source"`)
				return
			}
			wantTrigger(t, tt.event, tt.want)
		})
	}
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestHookOurs(t *testing.T) {
	for name, want := range map[string]bool{
		"eni-failover": true, "eni-failover-db": true, "eni-failove": false, "": false, "my-eni-failover": false, "Eni-Failover": false,
	} {
		if got := (trigger.Hook{Name: name}).Ours(); got != want {
			t.Errorf("Ours of %q = %v, want %v", name, got, want)
		}
	}
}

// TestIgnored has events that are left alone. An event of an unknown type is ignored, however malformed the rest of it
// is. One of a known type keeps its kind.
func TestIgnored(t *testing.T) {
	tests := []struct {
		name  string
		event []byte
		kind  trigger.Kind
		words string
	}{
		{"unknown type", sample(t, "unknown"), trigger.KindUnknown, "no action for events"},
		{"unknown type, malformed", edit(t, "unknown", "account", 7, "time", "yesterday", "region", raw("[]"), "detail", "{", "resources", 7, "id", raw("{}"), "version", raw("{}")), trigger.KindUnknown, "no action"},
		{"unknown type, empty", []byte(`{"source":"a","detail-type":"b"}`), trigger.KindUnknown, "no action"},
		{"known type from another source", edit(t, "spot-interruption", "source", "my.app"), trigger.KindUnknown, "my.app"},
		{"request from another source", edit(t, "manual-request", "source", "my.app"), trigger.KindUnknown, "my.app"},
		{"schedule from another source", edit(t, "sweep-rule", "source", "aws.ec2"), trigger.KindUnknown, "Scheduled Event"},
		{"source in another case", edit(t, "spot-interruption", "source", "AWS.EC2"), trigger.KindUnknown, "AWS.EC2"},
		{"type in another case", edit(t, "spot-interruption", "detail-type", "EC2 spot instance interruption warning"), trigger.KindUnknown, "spot instance"},
		{"launch lifecycle action", edit(t, "lifecycle-terminate", "detail-type", "EC2 Instance-launch Lifecycle Action"), trigger.KindUnknown, "launch"},
		{"terminated by Auto Scaling", edit(t, "lifecycle-terminate", "detail-type", "EC2 Instance Terminate Successful"), trigger.KindUnknown, "Terminate Successful"},
		{"alarm's configuration changed", edit(t, "alarm-status-check", "detail-type", "CloudWatch Alarm Configuration Change"), trigger.KindUnknown, "Configuration"},
		{"result of a Lambda function", edit(t, "unknown", "source", "lambda", "detail-type", "Lambda Function Invocation Result - Failure"), trigger.KindUnknown, "lambda"},
		{"long hostile type", edit(t, "unknown", "detail-type", strings.Repeat("\x00\n\u202e", 1000), "source", strings.Repeat("é", 1000)), trigger.KindUnknown, "no action"},
		{"pending", edit(t, "instance-running", "detail.state", "pending"), trigger.KindUnknown, "pending"},
		{"Health of another service", edit(t, "health-retirement", "detail.service", "RDS"), trigger.KindHealth, "RDS"},
		{"Health of a hostile service", edit(t, "health-retirement", "detail.service", "R\nDS\x00"), trigger.KindHealth, "no action"},
		{"suppressed by something hostile", edit(t, "alarm-suppressed", "detail.state.actionsSuppressedBy", "A\nB\x00"), trigger.KindAlarm, "suppressed"},
		{"Health without entities and resources", edit(t, "health-retirement", "detail.affectedEntities", nil, "resources", nil), trigger.KindHealth, "no instance"},
		{"Health with resources of another form", edit(t, "health-retirement", "detail.affectedEntities", nil, "resources", instance1), trigger.KindHealth, "no instance"},
		{"Health with no entities", edit(t, "health-retirement", "detail.affectedEntities", raw("[]")), trigger.KindHealth, "no instance"},
		{"Health of a volume", edit(t, "health-retirement", "detail.affectedEntities.0.entityValue", "vol-0a1b2c3d"), trigger.KindHealth, "no instance"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wantIgnored(t, tt.event, tt.words)
			if got.Kind != tt.kind {
				t.Errorf("kind %q, want %q", got.Kind, tt.kind)
			}
			checkText(t, "Ignored", got.Ignored)
		})
	}
}

// hostile lists strings that must not get into a request: none is an id or the name of a group.
func hostile() map[string]string {
	return map[string]string{
		"empty":              "",
		"blank":              " ",
		"wildcard":           "i-0a1b2c3d4e5f6000*",
		"question mark":      "i-0a1b2c3d4e5f6000?",
		"only a wildcard":    "*",
		"prefix only":        "i-",
		"upper case":         "I-0A1B2C3D4E5F60001",
		"9 digits":           "i-0a1b2c3d4",
		"18 digits":          "i-0a1b2c3d4e5f600011",
		"no hexadecimal":     "i-0a1b2c3d4e5f6000g",
		"other kind":         "vol-0a1b2c3d4e5f60001",
		"two":                instance1 + "," + instance2,
		"two lines":          instance1 + "\n" + instance2,
		"nul":                instance1 + "\x00",
		"escape sequence":    "\x1b[31mi-0a1b2c3d",
		"right to left":      "\u202e" + instance1,
		"other script":       "і-0a1b2c3d4e5f60001", // a Cyrillic і
		"fullwidth digits":   "i-０a1b2c3d4e5f60001",
		"line separator":     "i-0a1b\u20282c3d",
		"emoji":              strings.Repeat("💥", 50),
		"bytes cut in runes": "x" + strings.Repeat("é", 200),
		"long":               "i-" + strings.Repeat("0", 10_000),
		"long and hostile":   strings.Repeat("\n\x00\u202e", 2_000),
		"query":              "i-0a1b2c3d&Action=TerminateInstances",
		"json":               `","force":true,"x":"`,
		"path":               "../../i-0a1b2c3d",
	}
}

// TestBadInput: what each kind of event must have, and which field the error names.
func TestBadInput(t *testing.T) {
	notStrings := map[string]any{
		"number": 7, "boolean": true, "array": raw(`["` + instance1 + `"]`), "object": raw("{}"), "null": raw("null"), "missing": nil,
	}
	type test struct {
		name  string
		event []byte
		field string
	}
	var tests []test
	add := func(name string, event []byte, field string) { tests = append(tests, test{name, event, field}) }
	broken := func(sample, path string, required bool) {
		for what, value := range notStrings {
			if required || (what != "null" && what != "missing") {
				add(fmt.Sprintf("%s: %s is %s", sample, path, what), edit(t, sample, path, value), path)
			}
		}
	}
	ids := func(sample, path string) {
		broken(sample, path, true)
		for what, value := range hostile() {
			add(fmt.Sprintf("%s: %s is %s", sample, path, what), edit(t, sample, path, value), path)
		}
	}

	// The event as a whole.
	for what, text := range map[string]string{
		"empty": "", "blank": " \n", "no JSON": "i-0a1b2c3d", "null": "null", "array": "[]", "array of events": "[" + string(sample(t, "spot-interruption")) + "]",
		"string": `"{}"`, "number": "1", "boolean": "true", "trailing garbage": string(sample(t, "spot-interruption")) + "x",
		"two events": string(sample(t, "spot-interruption")) + string(sample(t, "spot-interruption")), "cut off": string(sample(t, "spot-interruption"))[:100],
		"nul": "\x00", "byte order mark": "\ufeff{}", "no UTF-8": "\xff\xfe{", "single quotes": "{'group':'db'}", "comment": "{} // none", "deep": strings.Repeat("[", 100_000),
	} {
		add("event is "+what, []byte(text), "event")
	}
	add("nil event", nil, "event")

	// The envelope.
	broken("spot-interruption", "source", true)
	broken("spot-interruption", "detail-type", true)
	add("source is empty", edit(t, "spot-interruption", "source", ""), "source")
	add("detail-type is blank", edit(t, "spot-interruption", "detail-type", " "), "detail-type")
	for _, name := range []string{"spot-interruption", "instance-stopping", "lifecycle-terminate", "alarm-status-check", "health-retirement", "manual-request", "sweep-rule"} {
		broken(name, "account", false)
		broken(name, "region", false)
		broken(name, "time", false)
		broken(name, "id", false)
		for _, account := range []string{"", "12345678901", "1234567890123", "12345678901a", "123456789012\n123456789012", "１２３４５６７８９０１２"} {
			add(fmt.Sprintf("%s: account is %q", name, account), edit(t, name, "account", account), "account")
		}
		for _, at := range []string{"", " ", "yesterday", "1764000000", "2026-11-23", "2026-11-23 10:00:00Z", "2026-11-23T10:00:00", "2026-11-23T25:00:00Z", "2026-11-23T10:00:00.000+0000", "0001-01-01T00:00:00Z"} {
			add(fmt.Sprintf("%s: time is %q", name, at), edit(t, name, "time", at), "time")
		}
		add(name+": empty region", edit(t, name, "region", ""), "region")
	}
	for _, name := range []string{"spot-interruption", "instance-stopping", "instance-running", "lifecycle-terminate", "alarm-status-check", "rebalance-recommendation"} {
		add(name+": no time", edit(t, name, "time", nil), "time")
	}
	for _, name := range []string{"spot-interruption", "instance-stopped", "lifecycle-terminate", "alarm-status-check", "health-retirement", "rebalance-recommendation", "manual-request"} {
		for what, value := range map[string]any{"null": raw("null"), "missing": nil, "string": "{}", "array": raw("[]"), "number": 7} {
			add(fmt.Sprintf("%s: detail is %s", name, what), edit(t, name, "detail", value), "detail")
		}
	}

	// Fields in another case are other fields.
	add("Source", edit(t, "spot-interruption", "source", nil, "Source", "aws.ec2"), "source")
	add("Detail-Type", edit(t, "spot-interruption", "detail-type", nil, "Detail-Type", "EC2 Spot Instance Interruption Warning"), "detail-type")
	add("Instance-Id", edit(t, "spot-interruption", "detail.instance-id", nil, "detail.Instance-Id", instance1), "detail.instance-id")
	add("Group", []byte(`{"Group":"db","target":"`+instance1+`"}`), `"Group"`)
	add("NetworkInterfaceId", []byte(`{"NetworkInterfaceId":"`+eni1+`","target":"`+instance1+`"}`), `"NetworkInterfaceId"`)

	// The details.
	for _, name := range []string{"spot-interruption", "instance-stopping", "instance-running", "rebalance-recommendation"} {
		ids(name, "detail.instance-id")
	}
	broken("spot-interruption", "detail.instance-action", true)
	add("no action of Spot's", edit(t, "spot-interruption", "detail.instance-action", "explode"), "detail.instance-action")
	broken("instance-stopping", "detail.state", true)
	add("no state", edit(t, "instance-stopping", "detail.state", "rebooting"), "detail.state")
	add("state in upper case", edit(t, "instance-stopping", "detail.state", "STOPPED"), "detail.state")
	ids("lifecycle-terminate", "detail.EC2InstanceId")
	broken("lifecycle-terminate", "detail.LifecycleTransition", true)
	add("launching", edit(t, "lifecycle-terminate", "detail.LifecycleTransition", "autoscaling:EC2_INSTANCE_LAUNCHING"), "detail.LifecycleTransition")
	for _, path := range []string{"detail.AutoScalingGroupName", "detail.LifecycleHookName", "detail.LifecycleActionToken"} {
		broken("lifecycle-terminate", path, path != "detail.LifecycleActionToken")
		for what, value := range map[string]string{"empty": "", "blank": " ", "long": strings.Repeat("a", 256), "two lines": "a\nb", "nul": "a\x00b", "delete": "a\x7fb"} {
			add(fmt.Sprintf("%s is %s", path, what), edit(t, "lifecycle-terminate", path, value), path)
		}
	}
	broken("health-retirement", "detail.service", true)
	broken("health-retirement", "detail.eventRegion", false)
	add("empty service", edit(t, "health-retirement", "detail.service", ""), "detail.service")
	for what, value := range map[string]string{"string": `"x"`, "object": "{}", "strings": `["i-0a1b2c3d"]`, "number for a value": `[{"entityValue":7}]`} {
		add("entities is "+what, edit(t, "health-retirement", "detail.affectedEntities", raw(value)), "detail.affectedEntities")
	}

	// Wrapped events.
	inner := string(sample(t, "spot-interruption"))
	for field, event := range map[string]string{
		"Records":        `{"Records":[{"messageId":"1","body":` + string(marshal(t, inner)) + `,"eventSource":"aws:sqs"}]}`,
		"requestPayload": `{"version":"1.0","timestamp":"2026-11-23T10:18:16.568Z","requestContext":{"condition":"RetriesExhausted"},"requestPayload":` + inner + `,"responseContext":{"statusCode":200}}`,
		"alarmData":      `{"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a","accountId":"123456789012","time":"2026-11-23T10:00:00.000+0000","region":"eu-west-1","alarmData":{"alarmName":"a"}}`,
	} {
		add("wrapped in "+field, []byte(event), field)
	}
	add("null Records", []byte(`{"Records":null}`), "Records")
	add("SNS", []byte(`{"Records":[{"EventSource":"aws:sns","Sns":{"Message":"{}"}}]}`), "Records")

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantBad(t, tt.event, tt.field) })
	}
}

// TestBadInputText has whole messages, as a person reads them.
func TestBadInputText(t *testing.T) {
	tests := []struct {
		event []byte
		want  string
	}{
		{[]byte(""), "bad input: event is empty; accepted: one JSON object"},
		{[]byte("null"), "bad input: event is null; accepted: a JSON object"},
		{edit(t, "spot-interruption", "detail.instance-id", nil), "bad input: detail.instance-id is missing; accepted: an instance id, i- and 8 or 17 hexadecimal digits"},
		{edit(t, "spot-interruption", "detail.instance-id", ""), `bad input: detail.instance-id is ""; accepted: an instance id, i- and 8 or 17 hexadecimal digits`},
		{edit(t, "spot-interruption", "account", 123456789012), "bad input: account is 123456789012; accepted: an account id, 12 digits in a string"},
		{edit(t, "manual-request", "detail", raw(`{"group":"db","interface":"x"}`)), `bad input: detail."interface" is "x"; accepted: only the fields group, networkInterfaceId, from, target, dryRun, force`},
	}
	for _, tt := range tests {
		_, err := trigger.Parse(tt.event)
		if err == nil || err.Error() != tt.want {
			t.Errorf("error %v\nwant  %s", err, tt.want)
		}
	}
	for field, words := range map[string]string{"Records": "send the body of the record", "requestPayload": "send what requestPayload holds", "alarmData": "make a rule"} {
		bad := wantBad(t, []byte(`{"`+field+`":{}}`), field)
		if !strings.Contains(bad.Accepted, words) {
			t.Errorf("the error for %s does not say how to unwrap it: %s", field, bad.Accepted)
		}
	}
}

// TestSize: an event over EventBridge's limit is not read, and the message does not contain it.
func TestSize(t *testing.T) {
	event := sample(t, "spot-interruption")
	full := append(event, bytes.Repeat([]byte(" "), trigger.MaxBytes-len(event))...)
	wantTrigger(t, full, samples(t)["spot-interruption"])
	bad := wantBad(t, append(full, ' '), "event")
	if bad.Value != "262145 bytes long" {
		t.Errorf("value %q", bad.Value)
	}
	wantBad(t, bytes.Repeat([]byte("{"), 10*trigger.MaxBytes), "event")
}

// TestEnvelopeNames: hostile strings in ids are bad input, and all that leaves the package fits a log line ("Every id and
// name that leaves it has a valid form"). The region goes unchanged into the error about an event from another region.
func TestEnvelopeNames(t *testing.T) {
	names := map[string]struct {
		sample string
		get    func(trigger.Trigger) string
	}{
		"id":                 {"instance-stopped", func(t trigger.Trigger) string { return t.ID }},
		"region":             {"spot-interruption", func(t trigger.Trigger) string { return t.Region }},
		"detail.eventRegion": {"health-retirement", func(t trigger.Trigger) string { return t.EventRegion }},
		"detail.alarmName":   {"alarm-status-check", func(t trigger.Trigger) string { return t.Alarm.Name }},
	}
	for what, value := range map[string]string{
		"long":      strings.Repeat("e", 100_000),
		"two lines": "eu-west-1\nERROR forged",
		"nul":       "eu-west-1\x00",
	} {
		for path, tt := range names {
			t.Run(path+" "+what, func(t *testing.T) {
				got, err := trigger.Parse(edit(t, tt.sample, path, value))
				if err != nil {
					if bad := checkError(t, err); bad.Field != path {
						t.Errorf("the error names %q", bad.Field)
					}
					return
				}
				checkText(t, path, tt.get(got))
			})
		}
	}
}

// TestSameTwice: an event means the same each time, in whatever form its JSON is written.
func TestSameTwice(t *testing.T) {
	for name := range samples(t) {
		event := sample(t, name)
		want, _ := trigger.Parse(event)
		var compact bytes.Buffer
		if err := json.Compact(&compact, event); err != nil {
			t.Fatal(err)
		}
		var decoded any
		if err := json.Unmarshal(event, &decoded); err != nil {
			t.Fatal(err)
		}
		for _, again := range [][]byte{event, compact.Bytes(), marshal(t, decoded)} {
			got, err := trigger.Parse(again)
			if diff := cmp.Diff(want, got, byMeaning()); diff != "" || err != nil {
				t.Errorf("%s: %v, (-first +second):\n%s", name, err, diff)
			}
		}
	}
}
