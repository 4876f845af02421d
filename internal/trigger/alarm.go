package trigger

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// Check says which of EC2's status checks an alarm is on. The zero value is none: the alarm is on something else.
type Check string

// The checks that the metrics StatusCheckFailed* name.
const (
	CheckNone     Check = ""
	CheckAny      Check = "any"
	CheckInstance Check = "instance"
	CheckSystem   Check = "system"
	CheckEBS      Check = "attached-ebs"
	// CheckApplication is the result of all application checks of an instance together.
	CheckApplication Check = "application"
	// CheckOther is a check whose own result EC2 does not tell: a single application check, which need not count in the
	// result of all together ("Application status checks" in the EC2 User Guide, "Aggregation"), or a check to come.
	CheckOther Check = "other"
)

// Alarm holds what an alarm says about itself.
type Alarm struct {
	Name string
	// Since is the time at which it went to ALARM, which may be long before the event came.
	Since time.Time
	// FromInsufficientData reports whether it had no data before: a new alarm has none.
	FromInsufficientData bool
	// Check is the status check that it is on, and Instance the instance whose check that is; both are empty for an alarm
	// that is on something else.
	Check    Check
	Instance string
}

// decodeAlarm reads the state change of an alarm. Most alarms of an account are not about reachability. So it looks first,
// leniently, for what makes an alarm ours, and only such an alarm can be bad input.
func decodeAlarm(t *Trigger, detail json.RawMessage) error {
	t.Kind = KindAlarm
	o, err := decodeObject("detail", detail)
	if err != nil {
		return err
	}
	var configuration struct {
		Description json.RawMessage
		Metrics     json.RawMessage
	}
	// A configuration of any other form does not make the alarm ours.
	_ = json.Unmarshal(o.fields["configuration"], &configuration)
	if err := t.readDescription(configuration.Description); err != nil {
		return err
	}
	instance, check := statusCheck(configuration.Metrics)
	if instance != "" && !ident.ValidInstanceID(instance) {
		return &BadInputError{Field: "detail.configuration.metrics InstanceId", Value: show([]byte(instance)), Accepted: ident.AcceptedInstanceID}
	}
	t.Alarm.Instance, t.Alarm.Check = instance, check
	if t.Group == "" && t.Interface == "" {
		if instance == "" {
			t.Ignored = "the alarm is not about reachability: it is on no status check of one instance, and its description does not say eni-failover:interface= or eni-failover:group="
			return nil
		}
		t.Instance = instance
	}
	return t.readAlarmState(o)
}

// readAlarmState reads the name of the alarm, and since when it is in which state.
func (t *Trigger) readAlarmState(o object) error {
	var err error
	if t.Alarm.Name, err = o.text("alarmName"); err != nil {
		return err
	}
	t.Alarm.Name = printable(t.Alarm.Name)
	state, err := decodeObject("detail.state", o.fields["state"])
	if err != nil {
		return err
	}
	value, err := state.checked("value", oneOf("ALARM", "OK", "INSUFFICIENT_DATA"), "ALARM, OK or INSUFFICIENT_DATA")
	if err != nil {
		return err
	}
	// A rule of a user's own may deliver the other states, too.
	if value != "ALARM" {
		t.Ignored = "no action for an alarm that goes to " + value
		return nil
	}
	// The event of a composite alarm comes also while a suppressor holds its actions back ("Alarm events and EventBridge" in
	// the CloudWatch User Guide).
	if state.has("actionsSuppressedBy") {
		t.Ignored = fmt.Sprintf("the alarm's actions are suppressed (by %s)", state.lenient("actionsSuppressedBy"))
		t.IgnoredFor = IgnoredSuppressed
		return nil
	}
	since, err := state.text("timestamp")
	if err != nil {
		return err
	}
	if t.Alarm.Since, err = alarmTime(since); err != nil {
		return state.bad("timestamp", "a time like 2026-11-23T10:04:40.989+0000")
	}
	if o.has("previousState") {
		previous, err := decodeObject("detail.previousState", o.fields["previousState"])
		if err != nil {
			return err
		}
		t.Alarm.FromInsufficientData = previous.lenient("value") == "INSUFFICIENT_DATA"
	}
	return nil
}

// alarmTime reads the time of an alarm's state. CloudWatch writes the offset without a colon, unlike RFC 3339.
func alarmTime(s string) (time.Time, error) {
	t, err := time.Parse("2006-01-02T15:04:05.999999999-0700", s)
	if err != nil {
		return time.Parse(time.RFC3339, s)
	}
	return t, nil
}

// directive names an interface or a group in an alarm's description: eni-failover:KIND=VALUE.
type directive struct{ kind, value string }

// directivesOf finds the directives in a description. A value ends at a blank.
func directivesOf(description string) []directive {
	var list []directive
	for {
		_, rest, found := strings.Cut(description, "eni-failover:")
		if !found {
			return list
		}
		description = rest
		for _, kind := range [...]string{"interface", "group"} {
			if value, ok := strings.CutPrefix(rest, kind+"="); ok {
				end := len(value)
				if blank := strings.IndexAny(value, " \t\n\f\r"); blank >= 0 {
					end = blank
				}
				list = append(list, directive{kind: kind, value: value[:end]})
				description = value[end:]
			}
		}
	}
}

// readDescription reads which interface or group an alarm's description names, if any. A name that is not valid is bad
// input: an alarm that a person meant for us must not be ignored for a typo.
func (t *Trigger) readDescription(raw json.RawMessage) error {
	var description string
	_ = json.Unmarshal(raw, &description) // any other value has no directive
	for _, d := range directivesOf(description) {
		// The name may end a sentence or stand in brackets.
		name := strings.TrimRight(d.value, ".,;:)]}\"'")
		bad := &BadInputError{Field: "detail.configuration.description eni-failover:" + d.kind, Value: show([]byte(d.value))}
		switch {
		case d.kind == "interface" && !ident.ValidInterfaceID(name):
			bad.Accepted = ident.AcceptedInterfaceID
			return bad
		case d.kind == "group" && !ident.ValidGroup(name):
			bad.Accepted = ident.AcceptedGroup
			return bad
		case (d.kind == "interface" && t.Group != "") || (d.kind == "group" && t.Interface != ""),
			t.Interface != "" && t.Interface != name, t.Group != "" && t.Group != name:
			bad.Accepted = "one interface or one group in the description of one alarm"
			return bad
		case d.kind == "interface":
			t.Interface = name
		default:
			t.Group = name
		}
	}
	return nil
}

// statusCheck returns the instance whose status checks the alarm is on, and which check that is. Both are empty if any of
// its metrics is something else, or if they are of several instances. A metric math alarm has an entry without a metric
// for its expression.
func statusCheck(raw json.RawMessage) (instance string, check Check) {
	var metrics []struct {
		MetricStat *struct {
			Metric struct {
				Namespace  string
				Name       string
				Dimensions map[string]string
			}
		}
	}
	if json.Unmarshal(raw, &metrics) != nil {
		return "", CheckNone
	}
	for _, m := range metrics {
		if m.MetricStat == nil {
			continue
		}
		metric := m.MetricStat.Metric
		id := strings.TrimSpace(metric.Dimensions["InstanceId"])
		if metric.Namespace != "AWS/EC2" || !strings.HasPrefix(metric.Name, "StatusCheckFailed") || id == "" || (instance != "" && instance != id) {
			return "", CheckNone
		}
		// Several checks of one instance count together; with one that has no result of its own, EC2 can't contradict.
		switch c := checkOf(metric.Name); {
		case check == CheckNone, check == c:
			check = c
		case check == CheckOther, c == CheckOther:
			check = CheckOther
		default:
			check = CheckAny
		}
		instance = id
	}
	return instance, check
}

// checkOf returns the check that a metric of the namespace AWS/EC2 is about.
func checkOf(metric string) Check {
	switch metric {
	case "StatusCheckFailed":
		return CheckAny
	case "StatusCheckFailed_Instance":
		return CheckInstance
	case "StatusCheckFailed_System":
		return CheckSystem
	case "StatusCheckFailed_AttachedEBS":
		return CheckEBS
	case "StatusCheckFailed_Application":
		return CheckApplication
	}
	return CheckOther
}
