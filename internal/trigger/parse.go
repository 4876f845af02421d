package trigger

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/ident"
)

// MaxBytes limits the size of an event that is read: EventBridge's limit for an event, 256 KiB.
const MaxBytes = 256 << 10

// Parse turns an event into a trigger. Its error is a [*BadInputError]. An event that is of no interest makes a trigger
// with Ignored set, and no error.
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
	// Without an envelope it is a person's request, as from aws lambda invoke.
	if !o.has("source") && !o.has("detail-type") {
		t := Trigger{Kind: KindManual}
		return t, readRequest(&t, o)
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
	known := eventTypes()
	at := slices.IndexFunc(known, func(e eventType) bool { return e.source == source && e.detailType == detailType })
	if at < 0 {
		return Trigger{
			Kind: KindUnknown, ID: o.lenient("id"),
			Ignored: fmt.Sprintf("no action for events of type %s from %s", printable(detailType), printable(source)),
		}, nil
	}
	// Only now the rest of the envelope: an event of an unknown type is ignored, however malformed it is.
	t, err := o.envelope()
	if err != nil {
		return Trigger{}, err
	}
	if source == sourceHealth {
		t.Instances = o.instancesInResources()
	}
	event := known[at]
	if err := event.decode(&t, o.fields["detail"]); err != nil {
		return Trigger{}, err
	}
	if t.Time.IsZero() && t.Ignored == "" && event.needsTime {
		return Trigger{}, o.bad("time", acceptedTime)
	}
	return t, nil
}

// eventType is a type of event that this package knows, by the source and the detail-type of its envelope.
type eventType struct {
	source, detailType string
	// decode reads the detail into the trigger, whose envelope fields are set, and sets the kind.
	decode func(t *Trigger, detail json.RawMessage) error
	// needsTime makes an event without a time bad input: it is about something that happened at its time, so that it may
	// be stale. A person's request and a schedule are about now.
	needsTime bool
}

// eventTypes lists all types of events that make a trigger.
func eventTypes() []eventType {
	return []eventType{
		{"aws.ec2", "EC2 Spot Instance Interruption Warning", decodeSpotInterruption, true},
		{"aws.ec2", "EC2 Instance State-change Notification", decodeStateChange, true},
		{"aws.ec2", "EC2 Instance Rebalance Recommendation", decodeRebalance, true},
		{"aws.autoscaling", "EC2 Instance-terminate Lifecycle Action", decodeLifecycle, true},
		{"aws.cloudwatch", "CloudWatch Alarm State Change", decodeAlarm, true},
		{sourceHealth, "AWS Health Event", decodeHealth, false},
		{"aws.events", "Scheduled Event", scheduled(KindSweep), false},
		{"aws.scheduler", "Scheduled Event", scheduled(KindSweep), false},
		{SourceOwn, "ENI Failover Rehearsal", scheduled(KindRehearsal), false},
		{SourceOwn, "ENI Failover Request", decodeManual, false},
		{SourceOwn, "ENI Failover Unreachable", decodeUnreachable, false}, // or else it names attachments
		// Its attachment, not its time, says whether it is still true.
		{SourceOwn, "ENI Failover Reached", decodeReached, false},
	}
}

// scheduled returns the decoder of an event that asks for the same each time. Its detail says nothing: EventBridge
// Scheduler sends a string there.
func scheduled(k Kind) func(*Trigger, json.RawMessage) error {
	return func(t *Trigger, _ json.RawMessage) error {
		t.Kind = k
		return nil
	}
}

const acceptedTime = "an RFC 3339 time, like 2026-11-23T10:00:00Z"

const acceptedRegion = "a region, like eu-west-1"

// validEventID reports whether id may be the id of an event. EventBridge's ids are UUIDs; other senders may use ids of
// another form.
func validEventID(id string) bool {
	return 1 <= len(id) && len(id) <= 128 && !strings.ContainsFunc(id, func(r rune) bool { return r < '!' || r > '~' })
}

// envelope reads what all events share. It does not read the field version, which a sample in the EC2 User Guide lacks,
// nor the field resources, whose ARNs are malformed in Spot warnings ("Spot Instance interruption notices"); see
// instancesInResources.
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
	t.Time, err = o.instant("time")
	return t, err
}

// unwrapped refuses an event that came inside another one: queues, destinations and the direct actions of alarms deliver
// it so. Such an event is most likely stale, so a person has to unwrap it.
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

// lenient reads a string whose value decides nothing, as in an event that is ignored: any other value reads as empty.
func (o object) lenient(field string) string {
	s, err := o.text(field)
	if err != nil {
		return ""
	}
	return printable(s)
}

func notEmpty(s string) bool { return s != "" }

// oneOf returns a function that reports whether a string is among the values.
func oneOf(values ...string) func(string) bool {
	return func(s string) bool { return slices.Contains(values, s) }
}
