package deploytest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// keys are the condition keys of a request, NAME=VALUE each.
func keys(pairs ...string) map[string][]string {
	all := map[string][]string{iam.Key("ec2:Region"): {region}, iam.Key("aws:RequestedRegion"): {region}}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		all[iam.Key(name)] = append(all[iam.Key(name)], value)
	}
	return all
}

const (
	tagged = "aws:ResourceTag/eni-failover:group=db"
	other  = "aws:ResourceTag/eni-failover:group=web"
	// The keys of a change of records, which Route 53 makes of the batch.
	changeAction, changeType = "route53:ChangeResourceRecordSetsActions=", "route53:ChangeResourceRecordSetsRecordTypes="
)

func ec2ARN(kind, id string) string {
	return "arn:aws:ec2:" + region + ":" + account + ":" + kind + "/" + id
}

// What the roles may do, and what they may not though it is close: the simulator's scenarios show that enough
// is allowed, this shows that no more is.
func TestLimitsOfTheRoles(t *testing.T) {
	const (
		attach, detach, tag = "ec2:AttachNetworkInterface", "ec2:DetachNetworkInterface", "ec2:CreateTags"
		read, write         = "route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"
		complete            = "autoscaling:CompleteLifecycleAction"
		put, ourSource      = "events:PutEvents", "events:source=eni-failover"
		zone, otherZone     = "arn:aws:route53:::hostedzone/" + theZone, "arn:aws:route53:::hostedzone/Z2"
	)
	eni, instance := ec2ARN("network-interface", theENI), ec2ARN("instance", holder)
	group := "arn:aws:autoscaling:" + region + ":" + account + ":autoScalingGroup:26e7234b-03a4-47fb-b0a9-2b241662774e:autoScalingGroupName/db"
	logs := func(id string) string {
		return "arn:aws:logs:" + region + ":" + account + ":log-group:" + physical(id) + ":log-stream:2026/11/23/[$LATEST]0"
	}
	tests := []struct {
		role, action, resource string
		keys                   map[string][]string
		want                   bool
	}{
		{"FailoverRole", attach, eni, keys(tagged), true},
		{"FailoverRole", attach, eni, keys(), false},
		{"FailoverRole", attach, eni, keys("aws:ResourceTag/eni-failover:group="), false},
		{"FailoverRole", attach, strings.Replace(eni, region, "us-east-1", 1), keys(tagged), false},
		{"FailoverRole", attach, strings.Replace(eni, account, "210987654321", 1), keys(tagged), false},
		{"FailoverRole", attach, instance, keys(tagged), true},
		{"FailoverRole", attach, instance, keys(), false},
		{"FailoverRole", detach, eni, keys(tagged), true},
		{"FailoverRole", detach, eni, keys(), false},
		{"FailoverRole", detach, instance, keys(tagged), true},
		{"FailoverRole", detach, instance, keys(), true}, // an untagged holder must be relieved
		{"FailoverRole", tag, eni, keys(tagged, "aws:TagKeys=eni-failover:left"), true},
		{"FailoverRole", tag, eni, keys(tagged, "aws:TagKeys=eni-failover:reached"), true},
		{"FailoverRole", tag, eni, keys("aws:TagKeys=eni-failover:left"), false},
		{"FailoverRole", tag, eni, keys(tagged, "aws:TagKeys=eni-failover:group"), false},
		{"FailoverRole", tag, eni, keys(tagged, "aws:TagKeys=eni-failover:left", "aws:TagKeys=Name"), false},
		{"FailoverRole", tag, instance, keys(tagged, "aws:TagKeys=eni-failover:left"), false},
		{"FailoverRole", "ec2:DeleteTags", eni, keys(tagged, "aws:TagKeys=eni-failover:left"), false},
		{"FailoverRole", "ec2:ModifyNetworkInterfaceAttribute", eni, keys(tagged), false},
		{"FailoverRole", "ec2:TerminateInstances", instance, keys(tagged), false},
		{"FailoverRole", "ec2:StartInstances", instance, keys(tagged), false},
		{"FailoverRole", "ec2:DescribeInstances", "*", keys(), true},
		{"FailoverRole", "ec2:DescribeInstances", "*", map[string][]string{iam.Key("ec2:Region"): {"us-east-1"}}, false},
		{"FailoverRole", "ec2:DescribeSecurityGroups", "*", keys(), false},
		{"FailoverRole", complete, group, keys(tagged), true},
		{"FailoverRole", complete, group, keys(), false},
		{"FailoverRole", complete, strings.Replace(group, account, "210987654321", 1), keys(tagged), false},
		{"FailoverRole", "autoscaling:TerminateInstanceInAutoScalingGroup", group, keys(tagged), false},
		{"FailoverRole", "route53:ListHostedZonesByVPC", "*", keys(), true},
		{"FailoverRole", read, zone, keys(), true},
		{"FailoverRole", read, otherZone, keys(), false},
		{"FailoverRole", write, zone, keys(changeAction+"DELETE", changeAction+"CREATE", changeType+"A", changeType+"AAAA"), true},
		{"FailoverRole", write, otherZone, keys(changeAction+"CREATE", changeType+"A"), false},
		{"FailoverRole", write, zone, keys(changeAction+"UPSERT", changeType+"A"), false},
		{"FailoverRole", write, zone, keys(changeAction+"CREATE", changeType+"CNAME"), false},
		{"FailoverRole", "logs:PutLogEvents", logs("FailoverLogs"), keys(), true},
		{"FailoverRole", "logs:PutLogEvents", logs("AuditLogs"), keys(), false},
		{"FailoverRole", "logs:CreateLogGroup", logs("FailoverLogs"), keys(), false},
		{"FailoverRole", "sns:Publish", arn("sns", "Alerts"), keys(), false},
		{"FailoverRole", "sns:Publish", arn("sns", "Moves"), keys(), false},
		{"FailoverRole", "sqs:SendMessage", arn("sqs", "FailedEvents"), keys(), true},
		{"FailoverRole", "sqs:SendMessage", arn("sqs", "LostEvents"), keys(), false},
		{"FailoverRole", "sqs:ReceiveMessage", arn("sqs", "FailedEvents"), keys(), false},
		{"FailoverRole", put, arnOfBus("default"), keys(ourSource), true},
		{"FailoverRole", put, arnOfBus("default"), keys("events:source=lambda"), false},
		{"FailoverRole", put, arnOfBus("default"), keys("events:source=aws.ec2"), false},
		{"FailoverRole", put, arnOfBus("corp"), keys(ourSource), false},
		{"FailoverRole", "events:PutRule", arnOfBus("default"), keys(ourSource), false},
		{"FailoverRole", "lambda:InvokeFunction", functionARN("FailoverFunction"), keys(), false},
		{"FailoverRole", "iam:PassRole", "*", keys(), false},

		{"AuditRole", "ec2:DescribeInstances", "*", keys(), true},
		{"AuditRole", read, zone, keys(), true},
		{"AuditRole", read, otherZone, keys(), false},
		{"AuditRole", attach, eni, keys(tagged), false},
		{"AuditRole", detach, instance, keys(tagged), false},
		{"AuditRole", tag, eni, keys(tagged, "aws:TagKeys=eni-failover:left"), false},
		{"AuditRole", write, zone, keys(changeAction+"CREATE", changeType+"A"), false},
		{"AuditRole", complete, group, keys(tagged), false},
		{"AuditRole", "lambda:InvokeFunction", functionARN("FailoverFunction"), keys(), false},
		{"AuditRole", "logs:CreateLogStream", logs("AuditLogs"), keys(), true},
		{"AuditRole", "logs:CreateLogStream", logs("FailoverLogs"), keys(), false},
		{"AuditRole", "sns:Publish", arn("sns", "Alerts"), keys(), true},
		{"AuditRole", "sns:Publish", arn("sns", "Moves"), keys(), false},
		{"AuditRole", "sqs:SendMessage", arn("sqs", "LostEvents"), keys(), true},
		{"AuditRole", put, arnOfBus("default"), keys(ourSource), false},
	}
	s := everything(t)
	for _, test := range tests {
		request := iam.Request{Action: test.action, Resource: test.resource, Keys: test.keys}
		if got := decide(t, documents(s.policies(t, test.role), nothing), request); got != test.want {
			t.Errorf("%s: %s on %s with %v: allowed %t; want %t", test.role, test.action, test.resource, test.keys, got, test.want)
		}
	}
}

func decide(t *testing.T, documents [][]byte, r iam.Request) bool {
	t.Helper()
	var parsed []iam.Policy
	for _, document := range documents {
		p, err := iam.Parse(document)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, p)
	}
	return iam.Decide(parsed, r) == iam.Allowed
}

// A deployment for some groups can't touch another deployment's interfaces, even by mistake.
func TestGroupsLimitTheRole(t *testing.T) {
	documents := documents(deploy(t, "Groups=db,cache").policies(t, "FailoverRole"), nothing)
	eni := ec2ARN("network-interface", theENI)
	for _, action := range []string{"ec2:AttachNetworkInterface", "ec2:DetachNetworkInterface", "ec2:CreateTags"} {
		for tag, want := range map[string]bool{tagged: true, other: false, "aws:ResourceTag/eni-failover:group=cache": true} {
			request := iam.Request{Action: action, Resource: eni, Keys: keys(tag, "aws:TagKeys=eni-failover:left")}
			if got := decide(t, documents, request); got != want {
				t.Errorf("%s with %s: allowed %t; want %t", action, tag, got, want)
			}
		}
	}
}

// Neither role has an action with a wildcard, nor one that it shares with nobody's need: see
// TestEachPermissionIsMissed. Resources are `*` only where the service knows none.
func TestNoWildcards(t *testing.T) {
	s := everything(t)
	unlimited := []string{ // Service Authorization Reference: these take no resource
		"autoscaling:DescribeAutoScalingInstances", "ec2:DescribeInstanceStatus", "ec2:DescribeInstanceTypes", "ec2:DescribeInstances",
		"ec2:DescribeNetworkInterfaces", "ec2:DescribeSpotInstanceRequests", "ec2:DescribeTags", "ec2:DescribeVpcs", "route53:ListHostedZonesByVPC",
	}
	for _, role := range s.of("AWS::IAM::Role") {
		for _, p := range list(s.prop(role, "Policies")) {
			for _, statement := range list(at(p, "PolicyDocument", "Statement")) {
				for _, action := range texts(at(statement, "Action")) {
					if strings.ContainsAny(action, "*?") || at(statement, "NotAction") != nil || at(statement, "Effect") != "Allow" {
						t.Errorf("%s: %s", role, show(statement))
					}
					lambdas := role == "ProbeRole" && at(statement, "Sid") == "JoinVpc" // which Lambda wants on everything
					if slices.Contains(texts(at(statement, "Resource")), "*") && !slices.Contains(unlimited, action) && !lambdas {
						t.Errorf("%s: %s is allowed on everything", role, action)
					}
				}
			}
		}
	}
}
