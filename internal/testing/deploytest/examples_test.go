package deploytest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	exampleInterface = "eni-0a1b2c3d4e5f60001"
	groupTag         = "eni-failover:group"
)

// declared is a resource of a template of CloudFormation.
type declared struct {
	Type       string
	DependsOn  any
	Properties map[string]any
}

// templates are the resources of each CloudFormation template among the examples, and of the stacks that the CDK makes.
func templates(t *testing.T) map[string]map[string]declared {
	t.Helper()
	all := make(map[string]map[string]declared)
	python := toolPath(t, samVariable, "bin/python")
	for _, path := range exampleFiles(t, "cloudformation/*.yaml") {
		all[filepath.Base(path)] = decodedTemplate(t, python, path)
	}
	return all
}

// decodedTemplate reads a template with cfn-lint's own reader, which knows the short forms of CloudFormation's functions.
func decodedTemplate(t *testing.T, python, path string) map[string]declared {
	t.Helper()
	text, bad, err := runCommand(t, nil, python, "-c",
		"import json, sys; from cfnlint.decode import decode; print(json.dumps(decode(sys.argv[1])[0]))", path)
	if err != nil {
		t.Fatalf("%s: %v\n%s", path, err, bad)
	}
	return parseTemplate(t, text)
}

func parseTemplate(t *testing.T, text []byte) map[string]declared {
	t.Helper()
	var template struct{ Resources map[string]declared }
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	return template.Resources
}

// exampleFiles are the files in examples/ that match a pattern.
func exampleFiles(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "examples", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s: %v", pattern, err)
	}
	return paths
}

// list is a JSON array; nil if it is none.
func list(value any) []any {
	values, _ := value.([]any)
	return values
}

// tagValue is the value of a tag, and whether it is there.
func tagValue(tags any, key string) (value any, found bool) {
	for _, tag := range list(tags) {
		if at(tag, "Key") == key {
			return at(tag, "Value"), true
		}
	}
	return nil, false
}

// text writes a value of a template as text: a function that joins or substitutes has its references replaced by the example's
// interface.
func text(value any) string {
	switch v := value.(type) {
	case string:
		return regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(v, exampleInterface)
	case map[string]any:
		if s, ok := v["Fn::Sub"].(string); ok {
			return text(s)
		}
		if parts := list(v["Fn::Join"]); len(parts) == 2 {
			var all []string
			for _, part := range list(parts[1]) {
				all = append(all, text(part))
			}
			return strings.Join(all, "")
		}
		return exampleInterface
	default:
		return fmt.Sprint(value)
	}
}

// The examples of CloudFormation do what docs/infrastructure.md says.
func TestExampleTemplates(t *testing.T) {
	for name, resources := range templates(t) {
		if faults := judge(t, resources); len(faults) > 0 {
			t.Errorf("%s:\n%s", name, strings.Join(faults, "\n"))
		}
	}
}

// judge finds what it is made for.
func TestExampleFaults(t *testing.T) {
	sound, err := json.Marshal(templates(t))
	if err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(service, group map[string]declared){
		"is an attachment": func(service, _ map[string]declared) {
			service["Attachment"] = declared{Type: "AWS::EC2::NetworkInterfaceAttachment"}
		},
		"Holder declares its interfaces": func(service, _ map[string]declared) { service["Holder"].Properties["NetworkInterfaces"] = []any{1} },
		"Holder allows version 1":        func(service, _ map[string]declared) { delete(service["Holder"].Properties, "MetadataOptions") },
		"Holder is no member":            func(service, _ map[string]declared) { delete(service["Holder"].Properties, "Tags") },
		"no interface has the tag":       func(service, _ map[string]declared) { delete(service["Interface"].Properties, "Tags") },
		"1 of 2 security groups": func(service, _ map[string]declared) {
			delete(service["MemberSecurityGroup"].Properties, "SecurityGroupIngress")
		},
		"no alarm names the interface": func(service, _ map[string]declared) { delete(service, "DeadAlarm") },
		"DeadAlarm is about the interface \"\"": func(service, _ map[string]declared) {
			service["DeadAlarm"].Properties["AlarmDescription"] = "eni-failover:group=db"
		},
		"Record has not the interface's address":     func(service, _ map[string]declared) { delete(service["Record"].Properties, "ResourceRecords") },
		"Zone is public":                             func(service, _ map[string]declared) { delete(service["Zone"].Properties, "VPCs") },
		"AWS::EC2::Instance: 2, want 3":              func(service, _ map[string]declared) { delete(service, "ColdStandby") },
		"AWS::Route53::RecordSet: 0, want 1":         func(service, _ map[string]declared) { delete(service, "Record") },
		"AWS::Route53::HostedZone: 0, want 1":        func(service, _ map[string]declared) { delete(service, "Zone") },
		"AWS::CloudWatch::CompositeAlarm: 0, want 1": func(service, _ map[string]declared) { delete(service, "DeadAlarm") },
		"status alarm: 1, want 2":                    func(service, _ map[string]declared) { delete(service, "HolderAlarm") },
		"Holder has the priority 10, and is a cold standby true": func(service, _ map[string]declared) {
			service["Holder"].Properties["Tags"] = append(list(service["Holder"].Properties["Tags"])[:2:2],
				map[string]any{"Key": "eni-failover:priority", "Value": "10"}, map[string]any{"Key": "eni-failover:start", "Value": "true"})
		},
		"Standby would be deleted after": func(service, _ map[string]declared) {
			r := service["Standby"]
			r.DependsOn = nil
			service["Standby"] = r
		},
		"ScalingGroup would be deleted after": func(_, group map[string]declared) {
			r := group["ScalingGroup"]
			r.DependsOn = nil
			group["ScalingGroup"] = r
		},
		"does not allow its hook":          func(_, group map[string]declared) { delete(group["ScalingGroup"].Properties, "Tags") },
		"may have more than one":           func(_, group map[string]declared) { group["ScalingGroup"].Properties["MaxSize"] = "2" },
		"no hook or no warm pool":          func(_, group map[string]declared) { delete(group, "WarmPool") },
		"does not start with eni-failover": func(_, group map[string]declared) { group["Hook"].Properties["LifecycleHookName"] = "terminate" },
		"is about another transition": func(_, group map[string]declared) {
			group["Hook"].Properties["LifecycleTransition"] = "autoscaling:EC2_INSTANCE_LAUNCHING"
		},
		"instances of LaunchTemplate are": func(_, group map[string]declared) { delete(launchData(group), "TagSpecifications") },
		"LaunchTemplate declares":         func(_, group map[string]declared) { launchData(group)["NetworkInterfaces"] = []any{1} },
		"LaunchTemplate allows version 1": func(_, group map[string]declared) { delete(launchData(group), "MetadataOptions") },
	} {
		all := make(map[string]map[string]declared)
		if err := json.Unmarshal(sound, &all); err != nil {
			t.Fatal(err)
		}
		spoil(all["service.yaml"], all["scaling-group.yaml"])
		faults := append(judge(t, all["service.yaml"]), judge(t, all["scaling-group.yaml"])...)
		if len(faults) == 0 || !strings.Contains(strings.Join(faults, "\n"), want) {
			t.Errorf("%q is not found, but %q", want, faults)
		}
	}
}

// launchData is the content of the launch template.
func launchData(group map[string]declared) map[string]any {
	data, _ := group["LaunchTemplate"].Properties["LaunchTemplateData"].(map[string]any)
	return data
}

// cfn-lint finds nothing in the templates of the examples.
func TestExamplesLint(t *testing.T) {
	t.Parallel()
	lint := toolPath(t, samVariable, "bin/cfn-lint")
	for _, folder := range []string{"cloudformation", "recipes", "drill", "stacksets"} {
		for _, path := range exampleFiles(t, folder+"/*.yaml") {
			if out, bad, err := runCommand(t, nil, lint, path); err != nil {
				t.Errorf("%s: %v\n%s%s", path, err, out, bad)
			}
		}
	}
}

// The CDK makes the same of its example, and cfn-lint finds nothing in it either.
func TestExampleCDK(t *testing.T) {
	t.Parallel()
	modules := toolPath(t, cdkVariable, "node_modules/aws-cdk-lib/package.json")
	lint := toolPath(t, samVariable, "bin/cfn-lint")
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "node", "app.js")
	cmd.Dir = filepath.Join(root, "examples/cdk")
	cmd.Env = append(os.Environ(), "NODE_PATH="+filepath.Dir(filepath.Dir(modules)), "CDK_OUTDIR="+out)
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	paths, err := filepath.Glob(filepath.Join(out, "*.template.json"))
	if err != nil || len(paths) != 2 {
		t.Fatalf("%v: %v", paths, err)
	}
	for _, path := range paths {
		if faults := judge(t, parseTemplate(t, []byte(readFile(t, path)))); len(faults) > 0 {
			t.Errorf("%s:\n%s", filepath.Base(path), strings.Join(faults, "\n"))
		}
		// The example has its Availability Zone in the text, where people put their own.
		if log, bad, err := runCommand(t, nil, lint, "--ignore-checks", "W3010", "--", path); err != nil {
			t.Errorf("%s: %v\n%s%s", path, err, log, bad)
		}
	}
}

// Each tag that an example names is one that docs/concepts.md explains.
func TestExampleTags(t *testing.T) {
	known := regexp.MustCompile("(?m)^\\| (?:interface|instance|Auto Scaling group) \\| `(eni-failover:[a-z]+)`").FindAllStringSubmatch(
		readFile(t, filepath.Join(root, "docs", "concepts.md")), -1)
	words := map[string]bool{"eni-failover:interface": true} // in the description of an alarm
	for _, row := range known {
		words[row[1]] = true
	}
	if len(words) < 8 {
		t.Fatalf("docs/concepts.md has %d tags", len(words))
	}
	seen := 0
	err := filepath.WalkDir(filepath.Join(root, "examples"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		for _, word := range regexp.MustCompile(`eni-failover:[a-z]+`).FindAllString(readFile(t, path), -1) {
			seen++
			if !words[word] {
				t.Errorf("%s has %s, which docs/concepts.md does not have", path, word)
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Errorf("%d tags: %v", seen, err)
	}
}
