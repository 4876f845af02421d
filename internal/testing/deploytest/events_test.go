package deploytest_test

import (
	"encoding/json"
	"time"
)

func rehearsal() []byte {
	return []byte(`{"source": "eni-failover", "detail-type": "ENI Failover Rehearsal"}`)
}

// event makes an event of now, as EventBridge sends it.
func event(source, detailType string, detail map[string]any) []byte {
	b, err := json.Marshal(map[string]any{
		"version": "0", "id": "12345678-1234-1234-1234-123456789012", "source": source, "detail-type": detailType,
		"account": account, "region": region, "time": time.Now().UTC().Format(time.RFC3339), "resources": []string{}, "detail": detail,
	})
	if err != nil {
		panic(err)
	}
	return b
}

func spotWarning() []byte {
	return event("aws.ec2", "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": holder, "instance-action": "terminate"})
}

func stateChange(instance, state string) []byte {
	return event("aws.ec2", "EC2 Instance State-change Notification", map[string]any{"instance-id": instance, "state": state})
}

func lifecycleAction() []byte {
	return event("aws.autoscaling", "EC2 Instance-terminate Lifecycle Action", map[string]any{
		"LifecycleActionToken": "87654321-4321-4321-4321-210987654321", "AutoScalingGroupName": scalingGroup, "LifecycleHookName": "eni-failover",
		"EC2InstanceId": holder, "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "Destination": "EC2",
	})
}

func alarm() []byte {
	return event("aws.cloudwatch", "CloudWatch Alarm State Change", map[string]any{
		"alarmName": "unreachable", "configuration": map[string]any{"description": "eni-failover:group=db"},
		"state":         map[string]any{"value": "ALARM", "timestamp": time.Now().UTC().Format("2006-01-02T15:04:05.000+0000")},
		"previousState": map[string]any{"value": "OK"},
	})
}

func sweep() []byte { return event("aws.scheduler", "Scheduled Event", nil) }

func request() []byte {
	return event("eni-failover", "ENI Failover Request", map[string]any{"group": "db", "target": standby})
}

// verdictOnHolder is the probe's verdict on the holder's interface, changed.
func verdictOnHolder() []byte { return verdictOf(func(map[string]any) {}) }

// verdictOf makes a verdict of the probe, from a run in which the service has answered.
func verdictOf(change func(interfaceVerdict map[string]any)) []byte {
	v := map[string]any{
		"networkInterfaceId": eniID, "attachmentId": attachmentID, "instanceId": holder, "check": "tcp:5432", "evidence": "refused",
		"since": time.Now().UTC().Format(time.RFC3339Nano), "reachedAt": time.Now().UTC().Format(time.RFC3339Nano), "confirmed": true,
	}
	change(v)
	return event("eni-failover", "ENI Failover Unreachable", map[string]any{"interfaces": []any{v}})
}

func answerOfHolder() []byte {
	return event("eni-failover", "ENI Failover Reached", map[string]any{"interfaces": []any{map[string]any{
		"networkInterfaceId": eniID, "attachmentId": attachmentID, "reachedAt": time.Now().UTC().Format(time.RFC3339Nano),
	}}})
}
