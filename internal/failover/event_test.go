package failover_test

import (
	"encoding/json"
	"time"
)

// event makes an event in its envelope, with the present time.
func event(source, detailType string, detail map[string]any, change ...func(map[string]any)) []byte {
	e := map[string]any{
		"version": "0", "id": "12345678-1234-1234-1234-123456789012", "source": source, "detail-type": detailType,
		"account": account, "region": region, "time": time.Now().UTC().Format(time.RFC3339),
		"resources": []string{}, "detail": detail,
	}
	for _, f := range change {
		f(e)
	}
	b, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}
	return b
}

// fields are the fields of a JSON object.
type fields = map[string]any

// ago makes an event older.
func ago(d time.Duration) func(map[string]any) {
	return func(e map[string]any) { e["time"] = time.Now().Add(-d).UTC().Format(time.RFC3339) }
}

func spotWarning(short string, change ...func(map[string]any)) []byte {
	return event("aws.ec2", "EC2 Spot Instance Interruption Warning",
		map[string]any{"instance-id": instanceID(short), "instance-action": "terminate"}, change...)
}

func stateChange(short, state string, change ...func(map[string]any)) []byte {
	return event("aws.ec2", "EC2 Instance State-change Notification",
		map[string]any{"instance-id": instanceID(short), "state": state}, change...)
}

func request(detail map[string]any, change ...func(map[string]any)) []byte {
	return event("eni-failover", "ENI Failover Request", detail, change...)
}

// bareRequest makes a request without an envelope, as `aws lambda invoke` sends it.
func bareRequest(detail map[string]any) []byte {
	b, err := json.Marshal(detail)
	if err != nil {
		panic(err)
	}
	return b
}

func sweep() []byte { return event("aws.events", "Scheduled Event", map[string]any{}) }

func rehearsal() []byte {
	b, err := json.Marshal(map[string]any{"source": "eni-failover", "detail-type": "ENI Failover Rehearsal"})
	if err != nil {
		panic(err)
	}
	return b
}

func rebalance(short string) []byte {
	return event("aws.ec2", "EC2 Instance Rebalance Recommendation", map[string]any{"instance-id": instanceID(short)})
}

// alarmEvent makes the event of an alarm that goes from the previous state to ALARM.
func alarmEvent(configuration, state map[string]any, previous string) []byte {
	return event("aws.cloudwatch", "CloudWatch Alarm State Change", map[string]any{
		"alarmName": "unreachable", "configuration": configuration, "state": state,
		"previousState": map[string]any{"value": previous, "timestamp": "2026-11-23T09:56:40.987+0000"},
	})
}

// alarmState is the state of an alarm that went off that long ago.
func alarmState(age time.Duration) map[string]any {
	return map[string]any{
		"value": "ALARM", "timestamp": time.Now().Add(-age).UTC().Format("2006-01-02T15:04:05.000+0000"), "reason": "Threshold Crossed",
	}
}

// statusCheckMetrics is the configuration of an alarm on metrics of an instance.
func statusCheckMetrics(short string, names ...string) map[string]any {
	var list []map[string]any
	for _, name := range names {
		list = append(list, map[string]any{"id": "m1", "returnData": true, "metricStat": map[string]any{
			"metric": map[string]any{
				"namespace": "AWS/EC2", "name": name, "dimensions": map[string]string{"InstanceId": instanceID(short)},
			}, "period": 60, "stat": "Maximum",
		}})
	}
	return map[string]any{"metrics": list}
}

// alarmDescription is the configuration of a composite alarm with a description.
func alarmDescription(text string) map[string]any {
	return map[string]any{"description": text, "alarmRule": "ALARM(a) OR ALARM(b)"}
}

func lifecycleAction(short, hook string) []byte {
	return event("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action", map[string]any{
		"LifecycleActionToken": "87654321-4321-4321-4321-210987654321", "AutoScalingGroupName": "asg",
		"LifecycleHookName": hook, "EC2InstanceId": instanceID(short),
		"LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "Origin": "AutoScalingGroup", "Destination": "EC2",
	})
}

// unreachable makes a verdict of the probe, or of a monitor, on interfaces.
func unreachable(interfaces []fields, change ...func(map[string]any)) []byte {
	return event("eni-failover", "ENI Failover Unreachable", fields{"interfaces": interfaces}, change...)
}

// reached makes the probe's note that interfaces have answered.
func reached(interfaces []fields, change ...func(map[string]any)) []byte {
	return event("eni-failover", "ENI Failover Reached", fields{"interfaces": interfaces}, change...)
}

// withRest hands targets back.
func withRest(rest any) func(map[string]any) {
	return func(e map[string]any) {
		if detail, ok := e["detail"].(fields); ok {
			detail["rest"] = rest
		}
	}
}
