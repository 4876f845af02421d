package deploytest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// conditionKeys are the condition keys of a request, NAME=VALUE each.
func conditionKeys(pairs ...string) map[string][]string {
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
	// mayStart is the tag of a cold standby. EC2 gives the other keys to a grant that it makes for a start.
	mayStart                 = "aws:ResourceTag/eni-failover:start=true"
	grantedToAWS, grantedEC2 = "kms:GrantIsForAWSResource=true", "kms:ViaService=ec2." + region + ".amazonaws.com"
	// Route 53 makes these keys from the batch of a change of records.
	changeAction, changeType = "route53:ChangeResourceRecordSetsActions=", "route53:ChangeResourceRecordSetsRecordTypes="
)

func ec2ARN(kind, id string) string {
	return "arn:aws:ec2:" + region + ":" + account + ":" + kind + "/" + id
}

// What the roles may do, and what they may not although it is similar. The scenarios in the simulator show that the roles
// allow enough; this shows that they allow no more.
func TestLimitsOfTheRoles(t *testing.T) {
	const (
		attach, detach, tag = "ec2:AttachNetworkInterface", "ec2:DetachNetworkInterface", "ec2:CreateTags"
		read, write         = "route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"
		start, grantKey     = "ec2:StartInstances", "kms:CreateGrant"
		complete            = "autoscaling:CompleteLifecycleAction"
		put, ourSource      = "events:PutEvents", "events:source=eni-failover"
		zone, otherZone     = "arn:aws:route53:::hostedzone/" + zoneID, "arn:aws:route53:::hostedzone/Z2"
	)
	eni, instance := ec2ARN("network-interface", eniID), ec2ARN("instance", holder)
	group := "arn:aws:autoscaling:" + region + ":" + account + ":autoScalingGroup:26e7234b-03a4-47fb-b0a9-2b241662774e:autoScalingGroupName/db"
	logs := func(id string) string {
		return "arn:aws:logs:" + region + ":" + account + ":log-group:" + physical(id) + ":log-stream:2026/11/23/[$LATEST]0"
	}
	tests := []struct {
		role, action, resource string
		keys                   map[string][]string
		want                   bool
	}{
		{"FailoverRole", attach, eni, conditionKeys(tagged), true},
		{"FailoverRole", attach, eni, conditionKeys(), false},
		{"FailoverRole", attach, eni, conditionKeys("aws:ResourceTag/eni-failover:group="), false},
		{"FailoverRole", attach, strings.Replace(eni, region, "us-east-1", 1), conditionKeys(tagged), false},
		{"FailoverRole", attach, strings.Replace(eni, account, "210987654321", 1), conditionKeys(tagged), false},
		{"FailoverRole", attach, instance, conditionKeys(tagged), true},
		{"FailoverRole", attach, instance, conditionKeys(), false},
		{"FailoverRole", detach, eni, conditionKeys(tagged), true},
		{"FailoverRole", detach, eni, conditionKeys(), false},
		{"FailoverRole", detach, instance, conditionKeys(tagged), true},
		{"FailoverRole", detach, instance, conditionKeys(), true}, // an untagged holder must be relieved
		{"FailoverRole", tag, eni, conditionKeys(tagged, "aws:TagKeys=eni-failover:left"), true},
		{"FailoverRole", tag, eni, conditionKeys(tagged, "aws:TagKeys=eni-failover:reached"), true},
		{"FailoverRole", tag, eni, conditionKeys("aws:TagKeys=eni-failover:left"), false},
		{"FailoverRole", tag, eni, conditionKeys(tagged, "aws:TagKeys=eni-failover:group"), false},
		{"FailoverRole", tag, eni, conditionKeys(tagged, "aws:TagKeys=eni-failover:left", "aws:TagKeys=Name"), false},
		{"FailoverRole", tag, instance, conditionKeys(tagged, "aws:TagKeys=eni-failover:left"), false},
		{"FailoverRole", "ec2:DeleteTags", eni, conditionKeys(tagged, "aws:TagKeys=eni-failover:left"), false},
		{"FailoverRole", "ec2:ModifyNetworkInterfaceAttribute", eni, conditionKeys(tagged), false},
		{"FailoverRole", "ec2:TerminateInstances", instance, conditionKeys(tagged), false},
		{"FailoverRole", "ec2:StopInstances", instance, conditionKeys(tagged, mayStart), false},
		{"FailoverRole", start, instance, conditionKeys(tagged, mayStart), true},
		{"FailoverRole", start, instance, conditionKeys(tagged, "aws:ResourceTag/eni-failover:start="), true},
		{"FailoverRole", start, instance, conditionKeys(tagged, "aws:ResourceTag/eni-failover:start=false"), false},
		{"FailoverRole", start, instance, conditionKeys(tagged), false},
		{"FailoverRole", start, instance, conditionKeys(mayStart), false},
		{"FailoverRole", start, instance, conditionKeys("aws:ResourceTag/eni-failover:group=", mayStart), false},
		{"FailoverRole", start, strings.Replace(instance, account, "210987654321", 1), conditionKeys(tagged, mayStart), false},
		{"FailoverRole", grantKey, volumeKey, conditionKeys(grantedToAWS, grantedEC2), true},
		{"FailoverRole", grantKey, volumeKey, conditionKeys("kms:GrantIsForAWSResource=false", grantedEC2), false},
		{"FailoverRole", grantKey, volumeKey, conditionKeys(grantedToAWS), false},
		{"FailoverRole", grantKey, volumeKey, conditionKeys(grantedToAWS, "kms:ViaService=rds."+region+".amazonaws.com"), false},
		{"FailoverRole", grantKey, strings.Replace(volumeKey, "1a2b", "2a2b", 1), conditionKeys(grantedToAWS, grantedEC2), false},
		{"FailoverRole", "kms:Decrypt", volumeKey, conditionKeys(grantedToAWS, grantedEC2), false},
		{"FailoverRole", "ec2:DescribeVolumes", "*", conditionKeys(), false},
		{"FailoverRole", "ec2:DescribeInstances", "*", conditionKeys(), true},
		{"FailoverRole", "ec2:DescribeInstances", "*", map[string][]string{iam.Key("ec2:Region"): {"us-east-1"}}, false},
		{"FailoverRole", "ec2:DescribeSecurityGroups", "*", conditionKeys(), false},
		{"FailoverRole", complete, group, conditionKeys(tagged), true},
		{"FailoverRole", complete, group, conditionKeys(), false},
		{"FailoverRole", complete, strings.Replace(group, account, "210987654321", 1), conditionKeys(tagged), false},
		{"FailoverRole", "autoscaling:TerminateInstanceInAutoScalingGroup", group, conditionKeys(tagged), false},
		{"FailoverRole", "route53:ListHostedZonesByVPC", "*", conditionKeys(), true},
		{"FailoverRole", read, zone, conditionKeys(), true},
		{"FailoverRole", read, otherZone, conditionKeys(), false},
		{"FailoverRole", write, zone, conditionKeys(changeAction+"DELETE", changeAction+"CREATE", changeType+"A", changeType+"AAAA"), true},
		{"FailoverRole", write, otherZone, conditionKeys(changeAction+"CREATE", changeType+"A"), false},
		{"FailoverRole", write, zone, conditionKeys(changeAction+"UPSERT", changeType+"A"), false},
		{"FailoverRole", write, zone, conditionKeys(changeAction+"CREATE", changeType+"CNAME"), false},
		{"FailoverRole", "logs:PutLogEvents", logs("FailoverLogs"), conditionKeys(), true},
		{"FailoverRole", "logs:PutLogEvents", logs("AuditLogs"), conditionKeys(), false},
		{"FailoverRole", "logs:CreateLogGroup", logs("FailoverLogs"), conditionKeys(), false},
		{"FailoverRole", "sns:Publish", arn("sns", "Alerts"), conditionKeys(), false},
		{"FailoverRole", "sns:Publish", arn("sns", "Moves"), conditionKeys(), false},
		{"FailoverRole", "sqs:SendMessage", arn("sqs", "FailedEvents"), conditionKeys(), true},
		{"FailoverRole", "sqs:SendMessage", arn("sqs", "LostEvents"), conditionKeys(), false},
		{"FailoverRole", "sqs:ReceiveMessage", arn("sqs", "FailedEvents"), conditionKeys(), false},
		{"FailoverRole", put, arnOfBus("default"), conditionKeys(ourSource), true},
		{"FailoverRole", put, arnOfBus("default"), conditionKeys("events:source=lambda"), false},
		{"FailoverRole", put, arnOfBus("default"), conditionKeys("events:source=aws.ec2"), false},
		{"FailoverRole", put, arnOfBus("corp"), conditionKeys(ourSource), false},
		{"FailoverRole", "events:PutRule", arnOfBus("default"), conditionKeys(ourSource), false},
		{"FailoverRole", "lambda:InvokeFunction", functionARN("FailoverFunction"), conditionKeys(), false},
		{"FailoverRole", "iam:PassRole", "*", conditionKeys(), false},

		{"AuditRole", "ec2:DescribeInstances", "*", conditionKeys(), true},
		{"AuditRole", "ec2:DescribeVolumes", "*", conditionKeys(), true},
		{"AuditRole", "ec2:DescribeVolumes", "*", map[string][]string{iam.Key("ec2:Region"): {"us-east-1"}}, false},
		{"AuditRole", start, instance, conditionKeys(tagged, mayStart), false},
		{"AuditRole", grantKey, volumeKey, conditionKeys(grantedToAWS, grantedEC2), false},
		{"AuditRole", read, zone, conditionKeys(), true},
		{"AuditRole", read, otherZone, conditionKeys(), false},
		{"AuditRole", attach, eni, conditionKeys(tagged), false},
		{"AuditRole", detach, instance, conditionKeys(tagged), false},
		{"AuditRole", tag, eni, conditionKeys(tagged, "aws:TagKeys=eni-failover:left"), false},
		{"AuditRole", write, zone, conditionKeys(changeAction+"CREATE", changeType+"A"), false},
		{"AuditRole", complete, group, conditionKeys(tagged), false},
		{"AuditRole", "lambda:InvokeFunction", functionARN("FailoverFunction"), conditionKeys(), false},
		{"AuditRole", "logs:CreateLogStream", logs("AuditLogs"), conditionKeys(), true},
		{"AuditRole", "logs:CreateLogStream", logs("FailoverLogs"), conditionKeys(), false},
		{"AuditRole", "sns:Publish", arn("sns", "Alerts"), conditionKeys(), true},
		{"AuditRole", "sns:Publish", arn("sns", "Moves"), conditionKeys(), false},
		{"AuditRole", "sqs:SendMessage", arn("sqs", "LostEvents"), conditionKeys(), true},
		{"AuditRole", put, arnOfBus("default"), conditionKeys(ourSource), false},
	}
	s := deployEverything(t)
	for _, test := range tests {
		request := iam.Request{Action: test.action, Resource: test.resource, Keys: test.keys}
		if got := allows(t, policyDocuments(s.policies(t, test.role), dropNothing), request); got != test.want {
			t.Errorf("%s: %s on %s with %v: allowed %t; want %t", test.role, test.action, test.resource, test.keys, got, test.want)
		}
	}
}

func allows(t *testing.T, documents [][]byte, r iam.Request) bool {
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

// A deployment for some groups can't touch the interfaces of other groups, even by mistake.
func TestGroupsLimitTheRole(t *testing.T) {
	documents := policyDocuments(deploy(t, "Groups=db,cache").policies(t, "FailoverRole"), dropNothing)
	eni := ec2ARN("network-interface", eniID)
	for _, action := range []string{"ec2:AttachNetworkInterface", "ec2:DetachNetworkInterface", "ec2:CreateTags"} {
		for tag, want := range map[string]bool{tagged: true, other: false, "aws:ResourceTag/eni-failover:group=cache": true} {
			request := iam.Request{Action: action, Resource: eni, Keys: conditionKeys(tag, "aws:TagKeys=eni-failover:left")}
			if got := allows(t, documents, request); got != want {
				t.Errorf("%s with %s: allowed %t; want %t", action, tag, got, want)
			}
		}
	}
}

// A deployment for some groups can't start the standbys of other groups, and one that starts nothing has no permission for
// it. The tag of an instance can list several groups.
func TestStartsAreLimited(t *testing.T) {
	instance := ec2ARN("instance", standby)
	for _, test := range []struct {
		parameters []string
		groups     string
		want       bool
	}{
		{[]string{"StartStandbys=true"}, "web", true},
		{nil, "db", false},
		{[]string{"Groups=db"}, "db", false},
		{[]string{"StartStandbys=true", "Groups=db"}, "db", true},
		{[]string{"StartStandbys=true", "Groups=db"}, "web db", true},
		{[]string{"StartStandbys=true", "Groups=db"}, "web", false},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "db", true},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "cache", true},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "cache web", true},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "web db", true},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "web cache queue", true},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "web db queue", true},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "web  db", true},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "web", false},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "dbs cache2", false},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "old-db my-cache", false},
		{[]string{"StartStandbys=true", "Groups=db,cache"}, "", false},
	} {
		documents := policyDocuments(deploy(t, test.parameters...).policies(t, "FailoverRole"), dropNothing)
		request := iam.Request{Action: "ec2:StartInstances", Resource: instance, Keys: conditionKeys("aws:ResourceTag/eni-failover:group="+test.groups, mayStart)}
		if got := allows(t, documents, request); got != test.want {
			t.Errorf("%v: start of a member of %q: allowed %t; want %t", test.parameters, test.groups, got, test.want)
		}
	}
}

// The policies of a role fit into it with 1,000 characters of groups (IAM User Guide, "IAM and AWS STS quotas": 10,240
// characters in all, without white space).
func TestPoliciesFitIntoTheRole(t *testing.T) {
	groups := strings.Repeat("database-production,", 50)
	s := withProbe(t, append(everythingButTheProbe(), "Groups="+strings.TrimSuffix(groups, ","))...)
	size := 0
	for _, document := range policyDocuments(s.policies(t, "FailoverRole"), dropNothing) {
		size += len(strings.Join(strings.Fields(string(document)), ""))
	}
	if size > 10_240 {
		t.Errorf("%d characters", size)
	}
}

// Neither role has an action with a wildcard. A resource is `*` only where the service supports no other. (For actions
// that are not needed see TestEachPermissionIsMissed.)
func TestNoWildcards(t *testing.T) {
	s := deployEverything(t)
	unlimited := []string{ // Service Authorization Reference: these take no resource
		"autoscaling:DescribeAutoScalingInstances", "ec2:DescribeInstanceStatus", "ec2:DescribeInstanceTypes", "ec2:DescribeInstances",
		"ec2:DescribeNetworkInterfaces", "ec2:DescribeSpotInstanceRequests", "ec2:DescribeTags", "ec2:DescribeVolumes", "ec2:DescribeVpcs",
		"route53:ListHostedZonesByVPC",
	}
	for _, role := range s.ofType("AWS::IAM::Role") {
		for _, p := range asList(s.prop(role, "Policies")) {
			for _, statement := range asList(at(p, "PolicyDocument", "Statement")) {
				for _, action := range asStrings(at(statement, "Action")) {
					if strings.ContainsAny(action, "*?") || at(statement, "NotAction") != nil || at(statement, "Effect") != "Allow" {
						t.Errorf("%s: %s", role, toJSON(statement))
					}
					lambdas := role == "ProbeRole" && at(statement, "Sid") == "JoinVpc" // which Lambda wants on everything
					if slices.Contains(asStrings(at(statement, "Resource")), "*") && !slices.Contains(unlimited, action) && !lambdas {
						t.Errorf("%s: %s is allowed on everything", role, action)
					}
				}
			}
		}
	}
}
