package deploytest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// judgeDrill returns what is wrong with the experiment of docs/drill.md: whom it may interrupt, and what holds it back.
func judgeDrill(resources map[string]declared, alarms []string) []string {
	var faults []string
	experiment, role := resources["Experiment"].Properties, resources["Role"].Properties
	tags := at(experiment, "Targets", "Holder", "ResourceTags")
	allowed := map[string]any{} // actions, with the condition on the target's tags
	for _, s := range list(at(role, "Policies", 0, "PolicyDocument", "Statement")) {
		allowed[fmt.Sprint(at(s, "Action"))] = at(s, "Condition", "StringEquals")
	}
	want := map[string]any{}
	if tags, ok := tags.(map[string]any); ok {
		for key, value := range tags {
			want["aws:ResourceTag/"+key] = value
		}
	}
	if len(want) < 2 || !cmp.Equal(any(want), allowed["ec2:SendSpotInstanceInterruptions"]) {
		faults = append(faults, fmt.Sprintf("the role may interrupt %v, and the target is %v", allowed["ec2:SendSpotInstanceInterruptions"], want))
	}
	if _, reads := allowed["ec2:DescribeInstances"]; len(allowed) != 2 || !reads {
		faults = append(faults, fmt.Sprintf("the role may do %v", allowed))
	}
	if at(experiment, "Targets", "Holder", "SelectionMode") != "COUNT(1)" {
		faults = append(faults, "more than one instance is interrupted")
	}
	if at(role, "AssumeRolePolicyDocument", "Statement", 0, "Condition", "StringEquals", "aws:SourceAccount") == nil {
		faults = append(faults, "FIS may assume the role for another account")
	}
	stops := list(experiment["StopConditions"])
	for _, s := range stops {
		_, name, _ := strings.Cut(fmt.Sprint(at(s, "Value", "Fn::Sub")), ":alarm:${")
		if at(s, "Source") != "aws:cloudwatch:alarm" || !slices.Contains(alarms, strings.TrimSuffix(name, "}")) {
			faults = append(faults, fmt.Sprintf("%v names no alarm of template.yaml", s))
		}
	}
	if len(stops) == 0 {
		faults = append(faults, "nothing holds it back")
	}
	return faults
}

// The drill's experiment interrupts the instance that a person has tagged for it, and no other.
func TestDrill(t *testing.T) {
	alarms := deploy(t).ofType("AWS::CloudWatch::Alarm")
	sound := decodedTemplate(t, toolPath(t, samVariable, "bin/python"), exampleFiles(t, "drill/spot-interruption.yaml")[0])
	if faults := judgeDrill(sound, alarms); len(faults) > 0 {
		t.Error(strings.Join(faults, "\n"))
	}
	text, err := json.Marshal(sound)
	if err != nil {
		t.Fatal(err)
	}
	for old, spoilt := range map[string]string{
		`"eni-failover-drill":"yes",`:                  ``,
		`"COUNT(1)"`:                                   `"ALL"`,
		`alarm:${AuditCriticalAlarm}`:                  `alarm:${AnotherAlarm}`,
		`"aws:cloudwatch:alarm"`:                       `"none"`,
		`"Action":"ec2:DescribeInstances"`:             `"Action":"ec2:*"`,
		`"aws:SourceAccount"`:                          `"aws:PrincipalAccount"`,
		`"aws:ResourceTag/eni-failover-drill":"yes",`:  ``,
		`"Action":"ec2:SendSpotInstanceInterruptions"`: `"Action":"ec2:TerminateInstances"`,
	} {
		var resources map[string]declared
		changed := strings.Replace(string(text), old, spoilt, 1)
		if err := json.Unmarshal([]byte(changed), &resources); err != nil || changed == string(text) {
			t.Errorf("%s: %v", old, err)
			continue
		}
		if len(judgeDrill(resources, alarms)) == 0 {
			t.Errorf("%s instead of %s is not found", spoilt, old)
		}
	}
}

// The stack set gives the template parameters that it has, and the capability that its transform needs.
func TestStackSet(t *testing.T) {
	s := deploy(t)
	set := decodedTemplate(t, toolPath(t, samVariable, "bin/python"), exampleFiles(t, "stacksets/stackset.yaml")[0])["StackSet"].Properties
	given := list(set["Parameters"])
	for _, p := range given {
		if _, ok := s.Parameters[fmt.Sprint(at(p, "ParameterKey"))]; !ok {
			t.Errorf("template.yaml has no parameter %v", at(p, "ParameterKey"))
		}
	}
	if len(given) < 3 {
		t.Errorf("it gives %v", given)
	}
	if !slices.Contains(list(set["Capabilities"]), any("CAPABILITY_AUTO_EXPAND")) || set["PermissionModel"] != "SELF_MANAGED" {
		t.Errorf("CloudFormation would refuse the transform: %v, %v", set["Capabilities"], set["PermissionModel"])
	}
}
