package simulation

import (
	"encoding/json"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// Event is an event for the function. Its fields repeat the body in a form that the rules can read.
type Event struct {
	Name string // the happening's ID and the event's number in it
	Body []byte
	// Kind is the kind of trigger that the function should read from it, empty if none.
	Kind                      string
	Instance                  string
	Instances                 []string
	Interface, Group          string
	From, Target              string
	Time                      time.Time
	Alarm                     alarm
	Hook                      string
	DryRun, Force, Sync, Bare bool
	// Verdicts are what it says of interfaces that do not answer, and Rest the interfaces that the probe has still to ask.
	Verdicts []Verdict
	Rest     []string
	// Reached has the attachments on which the probe has been answered.
	Reached []string
}

// alarm has the contents of an alarm's event.
type alarm struct {
	since        time.Time
	statusCheck  bool
	noDataBefore bool
	suppressed   bool
}

// eventNow fills in the time and the body. The time is AWS's, in whole seconds.
func (r *run) eventNow(e Event, source, detailType string, detail any) Event {
	e.Time = time.Now().Add(r.scenario.Skew).UTC().Truncate(time.Second)
	return r.eventAt(e, source, detailType, detail)
}

// eventAt fills in the body of an event that has a time.
func (r *run) eventAt(e Event, source, detailType string, detail any) Event {
	e.Body = encode(map[string]any{
		"version": "0", "id": e.Name, "source": source, "detail-type": detailType, "account": account, "region": region,
		"time": e.Time.Format(time.RFC3339), "resources": []string{}, "detail": detail,
	})
	return e
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps of strings and numbers
	}
	return b
}

func (r *run) stateEvent(name, instance, state string) Event {
	e := Event{Name: name, Kind: state, Instance: instance}
	if state == "pending" {
		e.Kind = ""
	}
	return r.eventNow(e, "aws.ec2", "EC2 Instance State-change Notification", map[string]any{"instance-id": instance, "state": state})
}

func (r *run) spotEvent(name, instance, action string) Event {
	return r.eventNow(Event{Name: name, Kind: "spot-interruption", Instance: instance},
		"aws.ec2", "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": instance, "instance-action": action})
}

func (r *run) sweepEvent(name string) Event {
	return r.eventNow(Event{Name: name, Kind: "sweep"}, "aws.scheduler", "Scheduled Event", "{}")
}

func (r *run) lifecycleEvent(name, instance, group, hook string) Event {
	return r.eventNow(Event{Name: name, Kind: "lifecycle", Instance: instance, Hook: hook},
		"aws.autoscaling", "EC2 Instance-terminate Lifecycle Action", map[string]any{
			"LifecycleActionToken": hookToken, "AutoScalingGroupName": group, "LifecycleHookName": hook,
			"EC2InstanceId": instance, "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
			"Origin": "AutoScalingGroup", "Destination": "EC2",
		})
}

const hookToken = "87654321-4321-4321-4321-210987654321"

// alarmEvent returns an alarm of a variant that drawText returned.
func (r *run) alarmEvent(name, variant, instance, nthInterface, group string) Event {
	const layout = "2006-01-02T15:04:05.000-0700"
	e := Event{Name: name, Kind: "alarm"}
	e.Alarm.since = time.Now().Add(r.scenario.Skew).UTC().Truncate(time.Millisecond)
	configuration := map[string]any{}
	switch {
	case variant == "interface" && nthInterface != "":
		e.Interface = nthInterface
		configuration["description"] = "page ops; eni-failover:interface=" + nthInterface
	case variant == "group" && group != "":
		e.Group = group
		configuration["description"] = "eni-failover:group=" + group
		configuration["alarmRule"] = "ALARM(a) OR ALARM(b)"
	default:
		e.Instance, e.Alarm.statusCheck = instance, true
		configuration["metrics"] = []map[string]any{{"id": "m1", "returnData": true, "metricStat": map[string]any{
			"metric": map[string]any{
				"namespace": "AWS/EC2", "name": "StatusCheckFailed", "dimensions": map[string]string{"InstanceId": instance},
			}, "period": 60, "stat": "Maximum",
		}}}
	}
	previous, state := "OK", map[string]any{"value": "ALARM", "reason": "Threshold Crossed"}
	switch variant {
	case "old":
		e.Alarm.since = e.Alarm.since.Add(-11 * time.Minute)
	case "suppressed":
		e.Alarm.suppressed = true
		state["actionsSuppressedBy"] = "Alarm"
	case "no-data-before":
		e.Alarm.noDataBefore = true
		previous = "INSUFFICIENT_DATA"
	}
	state["timestamp"] = e.Alarm.since.Format(layout)
	return r.eventNow(e, "aws.cloudwatch", "CloudWatch Alarm State Change", map[string]any{
		"alarmName": "unreachable", "configuration": configuration, "state": state,
		"previousState": map[string]any{"value": previous},
	})
}

func (r *run) rebalanceEvent(name, instance string) Event {
	return r.eventNow(Event{Name: name, Kind: "rebalance", Instance: instance},
		"aws.ec2", "EC2 Instance Rebalance Recommendation", map[string]any{"instance-id": instance})
}

func (r *run) healthEvent(name, instance string) Event {
	return r.eventNow(Event{Name: name, Kind: "health", Instances: []string{instance}},
		"aws.health", "AWS Health Event", map[string]any{
			"service": "EC2", "eventTypeCode": "AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED", "eventTypeCategory": "scheduledChange",
			"eventRegion": region, "statusCode": "upcoming",
			"affectedEntities": []map[string]any{{"entityValue": instance}},
		})
}

func (r *run) rehearsalEvent(name string) Event {
	return r.eventNow(Event{Name: name, Kind: "rehearsal"}, "eni-failover", "ENI Failover Rehearsal", map[string]any{})
}

// requestEvent returns a manual request, without an envelope if it is bare.
func (r *run) requestEvent(e Event) Event {
	e.Kind = "manual"
	detail := map[string]any{}
	for name, value := range map[string]string{"group": e.Group, "networkInterfaceId": e.Interface, "from": e.From, "target": e.Target} {
		if value != "" {
			detail[name] = value
		}
	}
	if e.DryRun {
		detail["dryRun"] = true
	}
	if e.Force {
		detail["force"] = true
	}
	if e.Bare {
		e.Sync, e.Body = true, encode(detail)
		return e
	}
	return r.eventNow(e, "eni-failover", "ENI Failover Request", detail)
}

// monitorEvent returns what a monitor of the user's own says of an interface, in a variant that drawBreakdowns returned.
func (r *run) monitorEvent(name, variant string, e *awssim.Interface) Event {
	v := Verdict{Interface: e.ID, Confirmed: variant != "unconfirmed"}
	detail := map[string]any{"networkInterfaceId": e.ID}
	switch {
	case variant == "older-attachment":
		v.Attachment = "eni-attach-0abcdef0123456789"
	case variant == "attachment" && e.Attachment != nil:
		v.Attachment = e.Attachment.ID
	}
	if v.Attachment != "" {
		detail["attachmentId"] = v.Attachment
	}
	if !v.Confirmed {
		detail["confirmed"] = false
	}
	at := time.Now().Add(r.scenario.Skew)
	if variant == "old" {
		at = at.Add(-verdictLife - time.Minute)
	}
	return r.eventAt(Event{Name: name, Kind: "unreachable", Time: at.UTC().Truncate(time.Second), Verdicts: []Verdict{v}},
		verdict.Source, verdict.TypeUnreachable, map[string]any{"interfaces": []any{detail}})
}
