package deploytest_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/trigger"
)

// judge returns what of a template would undo a move, lose the interface, or keep eni-failover from its work.
func judge(t *testing.T, resources map[string]declared) []string {
	t.Helper()
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	var interfaces []string
	kinds := make(map[string]int)
	letIn := 0 // security groups that let the probe in
	for name, r := range resources {
		kinds[r.Type]++
		if _, managed := tagValue(r.Properties["Tags"], groupTag); managed && r.Type == "AWS::EC2::NetworkInterface" {
			interfaces = append(interfaces, name)
		}
		for _, rule := range append(list(r.Properties["SecurityGroupIngress"]), any(r.Properties)) {
			if at(rule, "SourceSecurityGroupId") != nil && at(rule, "Description") == "The probe of eni-failover" {
				letIn++
			}
		}
	}
	if len(interfaces) == 0 {
		fault("no interface has the tag %s", groupTag)
	}
	if kinds["AWS::EC2::SecurityGroup"] != 2 || letIn != 2 {
		fault("%d of %d security groups let the probe in", letIn, kinds["AWS::EC2::SecurityGroup"])
	}
	after := func(name string, r declared) {
		on := fmt.Sprint(r.DependsOn)
		if !slices.ContainsFunc(interfaces, func(i string) bool { return strings.Contains(on, i) }) {
			fault("%s would be deleted after the interface", name)
		}
	}
	acts := false
	for name, r := range resources {
		switch r.Type {
		case "AWS::EC2::NetworkInterfaceAttachment":
			fault("%s is an attachment, which an update would restore", name)
		case "AWS::EC2::Instance":
			if r.Properties["NetworkInterfaces"] != nil {
				fault("%s declares its interfaces", name)
			}
			if at(r.Properties, "MetadataOptions", "HttpTokens") != "required" {
				fault("%s allows version 1 of the metadata service", name)
			}
			if _, member := tagValue(r.Properties["Tags"], groupTag); !member {
				fault("%s is no member", name)
			}
			after(name, r)
		case "AWS::EC2::LaunchTemplate":
			data := r.Properties["LaunchTemplateData"]
			if at(data, "NetworkInterfaces") != nil {
				fault("%s declares its interfaces", name)
			}
			if at(data, "MetadataOptions", "HttpTokens") != "required" {
				fault("%s allows version 1 of the metadata service", name)
			}
			member := slices.ContainsFunc(list(at(data, "TagSpecifications")), func(spec any) bool {
				_, found := tagValue(at(spec, "Tags"), groupTag)
				return found && at(spec, "ResourceType") == "instance"
			})
			if !member {
				fault("the instances of %s are no members", name)
			}
		case "AWS::AutoScaling::AutoScalingGroup":
			if _, found := tagValue(r.Properties["Tags"], groupTag); !found {
				fault("%s does not allow its hook to be completed", name)
			}
			if kinds["AWS::AutoScaling::LifecycleHook"] != 1 || kinds["AWS::AutoScaling::WarmPool"] != 1 {
				fault("%s has no hook or no warm pool", name)
			}
			if r.Properties["MaxSize"] != "1" {
				fault("%s may have more than one instance", name)
			}
			after(name, r)
		case "AWS::AutoScaling::LifecycleHook":
			if hook, ok := r.Properties["LifecycleHookName"].(string); !ok || !strings.HasPrefix(hook, "eni-failover") {
				fault("the name of %s does not start with eni-failover", name)
			}
			if r.Properties["LifecycleTransition"] != "autoscaling:EC2_INSTANCE_TERMINATING" {
				fault("%s is about another transition", name)
			}
		case "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm":
			if description := text(r.Properties["AlarmDescription"]); strings.Contains(description, "eni-failover:") {
				acts = true
				if got := alarmOn(t, description); got != exampleInterface {
					fault("%s is about the interface %q", name, got)
				}
			}
		case "AWS::Route53::RecordSet":
			if !slices.ContainsFunc(interfaces, func(i string) bool {
				return strings.Contains(fmt.Sprint(r.Properties["ResourceRecords"]), i)
			}) {
				fault("%s has not the interface's address", name)
			}
		case "AWS::Route53::HostedZone":
			if len(list(r.Properties["VPCs"])) == 0 {
				fault("%s is public", name)
			}
		}
	}
	if !acts {
		fault("no alarm names the interface")
	}
	if kinds["AWS::AutoScaling::AutoScalingGroup"] == 0 {
		judgeMembers(resources, fault)
	}
	slices.Sort(faults)
	return faults
}

// judgeMembers reports what is missing of a holder, a standby, a cold standby, their alarms, and the service's record.
func judgeMembers(resources map[string]declared, fault func(string, ...any)) {
	counts := make(map[string]int)
	for name, r := range resources {
		counts[r.Type]++
		if r.Type == "AWS::CloudWatch::Alarm" && r.Properties["Namespace"] == "AWS/EC2" {
			counts["status alarm"]++
		}
		if r.Type != "AWS::EC2::Instance" {
			continue
		}
		priority, _ := tagValue(r.Properties["Tags"], "eni-failover:priority")
		counts[fmt.Sprintf("priority %v", priority)]++
		start, _ := tagValue(r.Properties["Tags"], "eni-failover:start")
		if cold := start == "true"; cold != (priority == "90") {
			fault("%s has the priority %v, and is a cold standby %v", name, priority, cold)
		}
	}
	for what, want := range map[string]int{
		"AWS::EC2::Instance": 3, "priority 10": 1, "priority 20": 1, "priority 90": 1, "status alarm": 2,
		"AWS::CloudWatch::CompositeAlarm": 1, "AWS::Route53::RecordSet": 1, "AWS::Route53::HostedZone": 1,
	} {
		if counts[what] != want {
			fault("%s: %d, want %d", what, counts[what], want)
		}
	}
}

// alarmOn returns the interface that the failover takes an alarm with this description to be about.
func alarmOn(t *testing.T, description string) string {
	t.Helper()
	quoted, err := json.Marshal(description)
	if err != nil {
		t.Fatal(err)
	}
	sample := readFile(t, filepath.Join(root, "events/alarm-composite.json"))
	event := regexp.MustCompile(`"description": "[^"]*"`).ReplaceAllLiteralString(sample, `"description": `+string(quoted))
	if event == sample {
		t.Fatal("events/alarm-composite.json has no description")
	}
	parsed, err := trigger.Parse([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Interface
}
