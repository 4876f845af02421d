package deploytest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two stacks in one account and region share no name: CloudFormation makes the names of all resources.
func TestNoFixedNames(t *testing.T) {
	s := deployEverything(t)
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

// Everything resolves in the other partitions too, and without the options.
func TestOtherPartitions(t *testing.T) {
	for region, partition := range map[string]string{"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"} {
		d := deploymentWith("RecordZones=Z1", "RepairRecords=true", "AlertEmail=ops@example.com", "Dashboard=false", "NotifyMoves=false",
			"ProbeVpc="+vpcID, "ProbeSubnets="+probeSubnets)
		d.Region = region
		r := render(t, d)[0]
		if r.Refused != "" {
			t.Errorf("%s: %s", region, r.Refused)
			continue
		}
		for id, res := range r.Resources {
			if strings.Contains(toJSON(res), "arn:aws:") {
				t.Errorf("%s: %s has an ARN of another partition than %s: %s", region, id, partition, toJSON(res))
			}
		}
	}
}

// The outputs are values to paste into commands.
func TestOutputs(t *testing.T) {
	want := map[string]string{
		"FailoverFunctionName": physical("FailoverFunction"), "FailoverFunctionArn": functionARN("FailoverFunction"),
		"AuditFunctionName": physical("AuditFunction"), "FailoverRoleArn": "arn:aws:iam::" + account + ":role/" + physical("FailoverRole"),
		"FailoverLogGroup": physical("FailoverLogs"), "AuditLogGroup": physical("AuditLogs"),
		"AlertsGoTo":     "the subscribers of AlertsTopicArn", // see TestWhoHearsOfAlarmsIsSaid
		"AlertsTopicArn": arn("sns", "Alerts"), "MovesTopicArn": arn("sns", "Moves"),
		"FailedEventsQueueUrl": "https://sqs." + region + ".amazonaws.com/" + account + "/" + physical("FailedEvents"),
		"LostEventsQueueUrl":   "https://sqs." + region + ".amazonaws.com/" + account + "/" + physical("LostEvents"),
		"DashboardUrl":         "https://" + region + ".console.aws.amazon.com/cloudwatch/home?region=" + region + "#dashboards:name=" + physical("FailoverDashboard"),
	}
	if diff := cmp.Diff(want, deploy(t, "AlertEmail=elsewhere").Outputs); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
	for option, fewer := range map[string]int{"NotifyMoves=false": 1, "Dashboard=false": 1, "EventBus=": 2} {
		if got := len(deploy(t, option).Outputs); got != len(want)-fewer {
			t.Errorf("%s: %d outputs; want %d", option, got, len(want)-fewer)
		}
	}
}
