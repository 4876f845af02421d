package trigger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// MaxBytes is the size of the largest event that is read: EventBridge's limit for an event, 256 KiB.
const MaxBytes = 256 << 10

// decoder reads the detail of one kind of event into the trigger, whose envelope fields are set.
type decoder func(t *Trigger, detail json.RawMessage) error

// Parse turns an event into a trigger. Its error is a [*BadInputError]; an event that is of no interest
// is no error but a trigger with Ignored set.
func Parse(event []byte) (Trigger, error) {
	if len(event) > MaxBytes {
		return Trigger{}, &BadInputError{
			Field: "event", Value: fmt.Sprintf("%d bytes long", len(event)),
			Accepted: fmt.Sprintf("at most %d bytes, as EventBridge delivers", MaxBytes),
		}
	}
	if err := checkSyntax(event); err != nil {
		return Trigger{}, err
	}
	o, err := decodeObject("", event)
	if err != nil {
		return Trigger{}, err
	}
	if err := o.unwrapped(); err != nil {
		return Trigger{}, err
	}
	if err := checkNames(o, event); err != nil {
		return Trigger{}, err
	}
	if !o.has("source") && !o.has("detail-type") {
		t := Trigger{Kind: KindManual}
		return t, decodeManual(&t, o)
	}
	return parseEnvelope(o)
}

func parseEnvelope(o object) (Trigger, error) {
	source, err := o.checked("source", notEmpty, "the source of an event, like aws.ec2")
	if err != nil {
		return Trigger{}, err
	}
	detailType, err := o.checked("detail-type", notEmpty, "the type of an event")
	if err != nil {
		return Trigger{}, err
	}
	decode := decoderFor(source, detailType)
	if decode == nil {
		return Trigger{
			Kind: KindUnknown, ID: o.lenient("id"),
			Ignored: fmt.Sprintf("no action for events of type %s from %s", printable(detailType), printable(source)),
		}, nil
	}
	t, err := o.envelope()
	if err != nil {
		return Trigger{}, err
	}
	if err := decode(&t, o.fields["detail"]); err != nil {
		return Trigger{}, err
	}
	if t.Time.IsZero() && t.Ignored == "" && t.Kind.timed() {
		return Trigger{}, o.bad("time", acceptedTime)
	}
	return t, nil
}

// decoderFor finds the decoder for an event; nil if it is none of ours.
func decoderFor(source, detailType string) decoder {
	switch [2]string{source, detailType} {
	case [2]string{"aws.ec2", "EC2 Spot Instance Interruption Warning"}:
		return decodeSpotInterruption
	case [2]string{"aws.ec2", "EC2 Instance State-change Notification"}:
		return decodeStateChange
	case [2]string{"aws.ec2", "EC2 Instance Rebalance Recommendation"}:
		return decodeRebalance
	case [2]string{"aws.autoscaling", "EC2 Instance-terminate Lifecycle Action"}:
		return decodeLifecycle
	case [2]string{"aws.cloudwatch", "CloudWatch Alarm State Change"}:
		return decodeAlarm
	case [2]string{"aws.health", "AWS Health Event"}:
		return decodeHealth
	case [2]string{"aws.events", "Scheduled Event"}, [2]string{"aws.scheduler", "Scheduled Event"}:
		return scheduled(KindSweep)
	case [2]string{SourceManual, "ENI Failover Rehearsal"}:
		return scheduled(KindRehearsal)
	case [2]string{SourceManual, "ENI Failover Request"}:
		return decodeRequest
	}
	return nil
}

// scheduled decodes an event that asks for the same each time. Its detail says nothing: EventBridge Scheduler
// sends a string there.
func scheduled(k Kind) decoder {
	return func(t *Trigger, _ json.RawMessage) error {
		t.Kind = k
		return nil
	}
}

// timed reports whether an event of the kind is about something that happened at its time, so that it may
// be stale. A person's request and a schedule are about now.
func (k Kind) timed() bool {
	switch k {
	case KindManual, KindSweep, KindRehearsal, KindHealth, KindUnknown:
		return false
	case KindSpotInterruption, KindStopping, KindStopped, KindShuttingDown, KindTerminated, KindRunning,
		KindLifecycle, KindAlarm, KindRebalance:
		return true
	}
	return true
}

const acceptedTime = "an RFC 3339 time, like 2026-11-23T10:00:00Z"

const acceptedRegion = "a region, like eu-west-1"

// validEventID reports whether id may be the id of an event. EventBridge's are UUIDs; other senders may have ids of
// their own.
func validEventID(id string) bool {
	return 1 <= len(id) && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool { return r < '!' || r > '~' })
}

// envelope reads what all events share. The field version is not looked at: a sample in EC2's user guide
// lacks it. Neither is resources: its ARNs are malformed in Spot warnings.
func (o object) envelope() (Trigger, error) {
	t := Trigger{}
	var err error
	if t.ID, err = o.optional("id", validEventID, "an event's id, 1 to 128 printable characters without blanks"); err != nil {
		return t, err
	}
	if t.Account, err = o.optional("account", ident.ValidAccountID, "an account id, 12 digits in a string"); err != nil {
		return t, err
	}
	if t.Region, err = o.optional("region", ident.ValidRegion, acceptedRegion); err != nil {
		return t, err
	}
	if !o.has("time") {
		return t, nil
	}
	s, err := o.text("time")
	if err != nil {
		return t, o.bad("time", acceptedTime)
	}
	if t.Time, err = time.Parse(time.RFC3339, s); err != nil || t.Time.IsZero() {
		return t, o.bad("time", acceptedTime)
	}
	return t, nil
}

// unwrapped refuses an event that came inside another one, as queues, destinations and alarms' direct
// actions deliver it. It is most likely a stale one, so a person has to unwrap it.
func (o object) unwrapped() error {
	for _, w := range [...]struct{ field, accepted string }{
		{"Records", "the event itself: send the body of the record (Sns.Message for SNS), not the whole batch"},
		{"requestPayload", "the event itself: send what requestPayload holds, not the whole invocation record"},
		{"alarmData", "the alarm as an EventBridge event (CloudWatch Alarm State Change): make a rule for it instead of a Lambda action on the alarm"},
	} {
		if _, ok := o.fields[w.field]; ok {
			return o.bad(w.field, w.accepted)
		}
	}
	return nil
}

// lenient reads a string from an event that is ignored anyway: whatever is no string is empty.
func (o object) lenient(field string) string {
	s, err := o.text(field)
	if err != nil {
		return ""
	}
	return printable(s)
}

func notEmpty(s string) bool { return s != "" }

// oneOf reports by a function whether a string is among those given.
func oneOf(values ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(values, s) }
}
