package deploytest_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
)

// configuration is a parsed file of Terraform and OpenTofu.
type configuration struct {
	body   *hclsyntax.Body
	source []byte
}

// configurations are the examples of Terraform.
func configurations(t *testing.T) map[string]configuration {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "examples/terraform/*/main.tf"))
	if err != nil || len(paths) != 2 {
		t.Fatalf("%v: %v", paths, err)
	}
	all := make(map[string]configuration)
	for _, path := range paths {
		all[filepath.Base(filepath.Dir(path))] = parseConfiguration(t, []byte(readFile(t, path)))
	}
	return all
}

func parseConfiguration(t *testing.T, source []byte) configuration {
	t.Helper()
	file, diagnostics := hclparse.NewParser().ParseHCL(source, "main.tf")
	if diagnostics.HasErrors() {
		t.Fatal(diagnostics)
	}
	body, ok := file.Body.(*hclsyntax.Body)
	if !ok {
		t.Fatalf("the body is a %T", file.Body)
	}
	return configuration{body: body, source: source}
}

// blocks are the blocks with this type and these labels, as far as labels are given.
func blocks(body *hclsyntax.Body, kind string, labels ...string) []*hclsyntax.Block {
	var found []*hclsyntax.Block
	for _, block := range body.Blocks {
		if block.Type == kind && len(block.Labels) >= len(labels) && slices.Equal(block.Labels[:len(labels)], labels) {
			found = append(found, block)
		}
	}
	return found
}

// expression is the source text of an attribute in nested blocks; empty if it is not there.
func (c configuration) expression(body *hclsyntax.Body, path ...string) string {
	for _, kind := range path[:len(path)-1] {
		inner := blocks(body, kind)
		if len(inner) == 0 {
			return ""
		}
		body = inner[0].Body
	}
	attribute, found := body.Attributes[path[len(path)-1]]
	if !found {
		return ""
	}
	return string(attribute.Expr.Range().SliceBytes(c.source))
}

// judge returns what would undo a move, lose the interface, or keep eni-failover from its work.
func (c configuration) judge() []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	c.judgeNames(fault)
	if len(blocks(c.body, "resource", "aws_network_interface_attachment")) > 0 {
		fault("there is an attachment, which an apply would restore")
	}
	if len(blocks(c.body, "resource", "aws_ec2_instance_state")) > 0 {
		fault("an apply would stop a standby that serves")
	}
	for _, key := range []string{"left", "reached", "paused"} {
		if got := c.expression(blocks(c.body, "provider", "aws")[0].Body, "ignore_tags", "keys"); !strings.Contains(got, `"eni-failover:`+key+`"`) {
			fault("an apply would remove the tag eni-failover:%s", key)
		}
	}
	for _, r := range blocks(c.body, "resource", "aws_network_interface") {
		if c.expression(r.Body, "lifecycle", "ignore_changes") != "[attachment]" || c.expression(r.Body, "lifecycle", "prevent_destroy") != "true" {
			fault("the interface's life cycle is not its own")
		}
		if len(blocks(r.Body, "attachment")) > 0 {
			fault("the interface declares its attachment")
		}
		if !strings.Contains(c.expression(r.Body, "tags"), `"`+groupTag+`"`) {
			fault("the interface has no group")
		}
	}
	for _, kind := range []string{"aws_instance", "aws_launch_template"} {
		for _, r := range blocks(c.body, "resource", kind) {
			if c.expression(r.Body, "metadata_options", "http_tokens") != `"required"` {
				fault("%s allows version 1 of the metadata service", kind)
			}
			if len(blocks(r.Body, "network_interface"))+len(blocks(r.Body, "network_interfaces")) > 0 {
				fault("%s declares its interfaces", kind)
			}
			tags := c.expression(r.Body, "tags") + c.expression(r.Body, "tag_specifications", "tags")
			if !strings.Contains(tags, `"`+groupTag+`"`) {
				fault("%s makes no members", kind)
			}
		}
	}
	for _, r := range slices.Concat(blocks(c.body, "resource", "aws_instance"), blocks(c.body, "resource", "aws_autoscaling_group")) {
		if !strings.Contains(c.expression(r.Body, "depends_on"), "aws_network_interface.") {
			fault("%s would be destroyed after the interface", r.Labels[0])
		}
	}
	for _, r := range blocks(c.body, "resource", "aws_autoscaling_group") {
		if !strings.HasPrefix(c.expression(r.Body, "initial_lifecycle_hook", "name"), `"eni-failover`) {
			fault("the hook's name does not start with eni-failover")
		}
		if c.expression(r.Body, "initial_lifecycle_hook", "lifecycle_transition") != `"autoscaling:EC2_INSTANCE_TERMINATING"` {
			fault("the hook is about another transition")
		}
		if c.expression(r.Body, "warm_pool", "min_size") != "1" || c.expression(r.Body, "max_size") != "1" {
			fault("it is no group of one with a warm pool of one")
		}
		if c.expression(r.Body, "tag", "key") != `"`+groupTag+`"` {
			fault("the group does not allow its hook to be completed")
		}
	}
	for _, r := range blocks(c.body, "resource", "aws_security_group") {
		letsIn := slices.ContainsFunc(blocks(r.Body, "ingress"), func(rule *hclsyntax.Block) bool {
			return c.expression(rule.Body, "security_groups") == "[var.probe_security_group]"
		})
		if !letsIn {
			fault("the security group %s does not let the probe in", r.Labels[1])
		}
	}
	if len(blocks(c.body, "resource", "aws_autoscaling_group")) == 0 {
		c.judgeMembers(fault)
	} else if !c.alarms("aws_cloudwatch_metric_alarm") {
		fault("no alarm names the interface")
	}
	return faults
}

// alarms reports whether an alarm of this kind names the interface.
func (c configuration) alarms(kind string) bool {
	return slices.ContainsFunc(blocks(c.body, "resource", kind), func(r *hclsyntax.Block) bool {
		return strings.Contains(c.expression(r.Body, "alarm_description"), "eni-failover:interface=${aws_network_interface.service.id}")
	})
}

// judgeMembers reports what is missing of a holder, a standby, a cold standby, their alarms, and the service's record.
func (c configuration) judgeMembers(fault func(string, ...any)) {
	if !c.alarms("aws_cloudwatch_composite_alarm") {
		fault("no composite alarm names the interface")
	}
	priorities, cold := 0, 0
	for _, r := range blocks(c.body, "locals") {
		members := c.expression(r.Body, "members")
		priorities += strings.Count(members, `"eni-failover:priority"`)
		cold += strings.Count(members, `"eni-failover:priority" = "90", "eni-failover:start" = "true"`)
	}
	if priorities != 3 || cold != 1 {
		fault("%d members have a priority, and %d are cold standbys", priorities, cold)
	}
	inZone := slices.ContainsFunc(blocks(c.body, "resource", "aws_route53_record"), func(r *hclsyntax.Block) bool {
		return c.expression(r.Body, "records") == "[aws_network_interface.service.private_ip]"
	})
	private := slices.ContainsFunc(blocks(c.body, "resource", "aws_route53_zone"), func(r *hclsyntax.Block) bool {
		return c.expression(r.Body, "vpc", "vpc_id") != ""
	})
	if !inZone || !private {
		fault("the interface's address is in a record %v, in a private zone %v", inZone, private)
	}
	ofStatus := slices.ContainsFunc(blocks(c.body, "resource", "aws_cloudwatch_metric_alarm"), func(r *hclsyntax.Block) bool {
		return c.expression(r.Body, "namespace") == `"AWS/EC2"` && c.expression(r.Body, "for_each") == `toset(["1", "2"])`
	})
	if !ofStatus {
		fault("the members that run have no alarms about their status")
	}
}

// judgeNames reports references to what is not declared.
func (c configuration) judgeNames(fault func(string, ...any)) {
	declared := map[string]bool{"each.value": true, "each.key": true}
	for _, block := range c.body.Blocks {
		switch block.Type {
		case "variable":
			declared["var."+block.Labels[0]] = true
		case "resource":
			declared[strings.Join(block.Labels, ".")] = true
		case "locals":
			for name := range block.Body.Attributes {
				declared["local."+name] = true
			}
		}
	}
	used := make(map[string]bool)
	_ = hclsyntax.VisitAll(c.body, func(node hclsyntax.Node) hcl.Diagnostics {
		if e, ok := node.(*hclsyntax.ScopeTraversalExpr); ok && len(e.Traversal) > 1 {
			if second, ok := e.Traversal[1].(hcl.TraverseAttr); ok {
				used[e.Traversal.RootName()+"."+second.Name] = true
			}
		}
		return nil
	})
	for name := range used {
		if !declared[name] {
			fault("%s is used and not declared", name)
		}
	}
	for name := range declared {
		if strings.HasPrefix(name, "var.") && !used[name] {
			fault("%s is declared and not used", name)
		}
	}
}

func TestExampleTerraform(t *testing.T) {
	for name, c := range configurations(t) {
		if faults := c.judge(); len(faults) > 0 {
			t.Errorf("%s:\n%s", name, strings.Join(faults, "\n"))
		}
		if formatted := hclwrite.Format(c.source); !bytes.Equal(formatted, c.source) {
			t.Errorf("%s is not formatted; it should be\n%s", name, formatted)
		}
	}
}

// judge finds what it is made for.
func TestExampleTerraformFaults(t *testing.T) {
	all := configurations(t)
	for _, c := range []struct{ file, from, to, want string }{
		{"service", "# The interface's group", "resource \"aws_network_interface_attachment\" \"a\" {}\n#", "there is an attachment"},
		{"service", "# The interface's group", "resource \"aws_ec2_instance_state\" \"a\" {}\n#", "stop a standby that serves"},
		{"service", `"eni-failover:reached", `, "", "remove the tag eni-failover:reached"},
		{"service", "ignore_changes  = [attachment]", "", "life cycle"},
		{"service", "prevent_destroy = true", "", "life cycle"},
		{"service", "  lifecycle {", "  attachment {}\n  lifecycle {", "declares its attachment"},
		{"service", `"eni-failover:group"  = var.group`, "", "the interface has no group"},
		{"service", `http_tokens = "required"`, "", "aws_instance allows version 1"},
		{"service", `"eni-failover:group" = var.group`, "", "aws_instance makes no members"},
		{"service", "depends_on = [aws_network_interface.service]", "", "aws_instance would be destroyed after"},
		{"service", "security_groups = [var.probe_security_group]", "", "security group service does not let the probe in"},
		{"service", "eni-failover:interface=", "", "no composite alarm names the interface"},
		{"service", `, "eni-failover:start" = "true"`, "", "3 members have a priority, and 0 are cold standbys"},
		{"service", "[aws_network_interface.service.private_ip]", `["10.0.1.10"]`, "in a record false"},
		{"service", "vpc {", "vpcs {", "in a private zone false"},
		{"service", `toset(["1", "2"])`, `toset(["1"])`, "no alarms about their status"},
		{"scaling-group", "eni-failover:interface=", "", "no alarm names the interface"},
		{"service", "aws_route53_zone.private.zone_id", "aws_route53_zone.public.zone_id", "aws_route53_zone.public is used and not declared"},
		{"service", "cidr_blocks = [var.clients]", "", "var.clients is declared and not used"},
		{"scaling-group", `http_tokens = "required"`, "", "aws_launch_template allows version 1"},
		{"scaling-group", "  metadata_options {", "  network_interfaces {}\n  metadata_options {", "aws_launch_template declares its interfaces"},
		{"scaling-group", `"eni-failover-terminate"`, `"terminate"`, "the hook's name"},
		{"scaling-group", "EC2_INSTANCE_TERMINATING", "EC2_INSTANCE_LAUNCHING", "another transition"},
		{"scaling-group", "max_size            = 1", "max_size = 2", "no group of one"},
		{"scaling-group", `key                 = "eni-failover:group"`, `key = "group"`, "does not allow its hook"},
		{"scaling-group", "depends_on = [aws_network_interface.service]", "", "aws_autoscaling_group would be destroyed after"},
	} {
		source := strings.Replace(string(all[c.file].source), c.from, c.to, 1)
		if source == string(all[c.file].source) {
			t.Errorf("%s has no %q", c.file, c.from)
		}
		if faults := parseConfiguration(t, []byte(source)).judge(); !strings.Contains(strings.Join(faults, "\n"), c.want) {
			t.Errorf("%q is not found, but %q", c.want, faults)
		}
	}
}
