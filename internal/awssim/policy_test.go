package awssim_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// abac is a policy for moving interfaces: tagged interfaces, from any holder to a tagged instance, and records with one
// name.
const abac = `{"Version": "2012-10-17", "Statement": [
	{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*", "Condition": {"StringEquals": {"ec2:Region": "eu-west-1"}}},
	{"Effect": "Allow", "Action": ["ec2:AttachNetworkInterface", "ec2:DetachNetworkInterface"],
		"Resource": "arn:aws:ec2:eu-west-1:123456789012:network-interface/*",
		"Condition": {"StringLike": {"aws:ResourceTag/eni-failover:group": "?*"}}},
	{"Effect": "Allow", "Action": "ec2:AttachNetworkInterface", "Resource": "arn:aws:ec2:eu-west-1:123456789012:instance/*",
		"Condition": {"Null": {"ec2:ResourceTag/eni-failover:group": "false"}}},
	{"Effect": "Allow", "Action": "ec2:DetachNetworkInterface", "Resource": "arn:aws:ec2:eu-west-1:123456789012:instance/*"},
	{"Effect": "Allow", "Action": ["ec2:CreateTags", "ec2:DeleteTags"], "Resource": "arn:aws:ec2:eu-west-1:123456789012:network-interface/*",
		"Condition": {"StringLike": {"aws:ResourceTag/eni-failover:group": "?*"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["eni-failover:left"]},
			"Null": {"ec2:CreateAction": "true"}}},
	{"Effect": "Allow", "Action": "route53:ListHostedZonesByVPC", "Resource": "*",
		"Condition": {"ForAllValues:StringLike": {"route53:VPCs": "VPCId=vpc-0d0d0d0d0d0d0d0d0,VPCRegion=*"}}},
	{"Effect": "Allow", "Action": ["route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets"], "Resource": "arn:aws:route53:::hostedzone/Z1",
		"Condition": {"ForAllValues:StringEquals": {"route53:ChangeResourceRecordSetsNormalizedRecordNames": "db.corp.internal",
			"route53:ChangeResourceRecordSetsRecordTypes": ["A", "AAAA"], "route53:ChangeResourceRecordSetsActions": ["CREATE", "DELETE"]}}},
	{"Effect": "Allow", "Action": "autoscaling:*", "Resource": "*"},
	{"Effect": "Deny", "Action": "autoscaling:CompleteLifecycleAction",
		"Resource": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:*:autoScalingGroupName/*",
		"Condition": {"Null": {"autoscaling:ResourceTag/eni-failover:group": "true"}}}
]}`

// pairWithPolicies returns a pair with a zone, Auto Scaling groups, and a caller with policies.
func pairWithPolicies(t *testing.T, change func(*awssim.World), documents ...string) *region {
	t.Helper()
	w := pair()
	w.Timing = awssim.Timing{}
	w.Zones = []awssim.Zone{{ID: "Z1", Name: "corp.internal", VPCs: []string{"vpc-0d0d0d0d0d0d0d0d0"}}, {ID: "Z2", Name: "other.internal"}}
	w.AutoScalingGroups = []awssim.AutoScalingGroup{{Name: "ours", Tags: map[string]string{"eni-failover:group": "db"}}}
	if change != nil {
		change(&w)
	}
	r := newRegion(t, w)
	var list [][]byte
	for _, document := range documents {
		list = append(list, []byte(document))
	}
	if err := r.Policy(simclient.AccessKey, list...); err != nil {
		t.Fatal(err)
	}
	return r
}

// callsOfEachKind returns one call of each kind that abac allows, with the pair's ids.
func callsOfEachKind(t *testing.T, r *region) map[string]func() error {
	t.Helper()
	ctx := t.Context()
	attachment := attachmentNow(t, r)
	tag := func(id, key string) func() error {
		return func() error {
			_, err := r.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{id}, Tags: []types.Tag{{Key: &key, Value: new("x")}}})
			return err
		}
	}
	change := func(zone, name, kind, value string, action r53types.ChangeAction) func() error {
		return func() error {
			_, err := r.route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &zone, ChangeBatch: &r53types.ChangeBatch{
				Changes: []r53types.Change{{Action: action, ResourceRecordSet: &r53types.ResourceRecordSet{
					Name: &name, Type: r53types.RRType(kind), TTL: new(int64(60)), ResourceRecords: []r53types.ResourceRecord{{Value: &value}},
				}}},
			}})
			return err
		}
	}
	complete := func(group string) func() error {
		return func() error {
			_, err := r.autoscaling.CompleteLifecycleAction(ctx, &autoscaling.CompleteLifecycleActionInput{
				AutoScalingGroupName: &group, LifecycleHookName: new("h"), LifecycleActionResult: new("CONTINUE"), InstanceId: new(holder),
			})
			return err
		}
	}
	return map[string]func() error{
		"look": func() error {
			_, err := r.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{})
			return err
		},
		"detach": func() error { return r.detach(ctx, attachment, false) },
		"detach dry": func() error {
			_, err := r.ec2.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: &attachment, DryRun: new(true)})
			return err
		},
		"detach gone": func() error { return r.detach(ctx, "eni-attach-0ffffffffffffffff", false) },
		"attach": func() error {
			_, err := r.attach(ctx, service, standby, 1)
			return err
		},
		"tag":          tag(service, "eni-failover:left"),
		"tag other":    tag(service, "eni-failover:group"),
		"tag instance": tag(holder, "eni-failover:left"),
		"untag": func() error {
			_, err := r.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: []string{service}, Tags: []types.Tag{{Key: new("eni-failover:left")}}})
			return err
		},
		"stop": func() error {
			_, err := r.ec2.StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: []string{holder}})
			return err
		},
		"zones": func() error {
			_, err := r.route53.ListHostedZonesByVPC(ctx, &route53.ListHostedZonesByVPCInput{VPCId: new("vpc-0d0d0d0d0d0d0d0d0"), VPCRegion: "eu-west-1"})
			return err
		},
		"zones of another VPC": func() error {
			_, err := r.route53.ListHostedZonesByVPC(ctx, &route53.ListHostedZonesByVPCInput{VPCId: new("vpc-2"), VPCRegion: "eu-west-1"})
			return err
		},
		"records": func() error {
			_, err := r.route53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: new("Z1")})
			return err
		},
		"records of another zone": func() error {
			_, err := r.route53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: new("Z2")})
			return err
		},
		"records of no zone": func() error {
			_, err := r.route53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: new("Z3")})
			return err
		},
		"record":            change("Z1", "DB.corp.internal.", "A", "10.0.1.5", "CREATE"),
		"another record":    change("Z1", "web.corp.internal", "A", "10.0.1.5", "CREATE"),
		"record by upsert":  change("Z1", "db.corp.internal", "A", "10.0.1.5", "UPSERT"),
		"record of a type":  change("Z1", "db.corp.internal", "TXT", `"x"`, "CREATE"),
		"record of a zone":  change("Z2", "db.corp.internal", "A", "10.0.1.5", "CREATE"),
		"change of records": func() error { _, err := r.route53.GetChange(ctx, &route53.GetChangeInput{Id: new("C1")}); return err },
		"scaling": func() error {
			_, err := r.autoscaling.DescribeAutoScalingInstances(ctx, &autoscaling.DescribeAutoScalingInstancesInput{})
			return err
		},
		"complete":           complete("ours"),
		"complete another's": complete("theirs"),
	}
}

func TestPolicies(t *testing.T) {
	const ec2Denied, denied = "UnauthorizedOperation", "AccessDenied"
	tests := []struct {
		name     string
		change   func(*awssim.World)
		policies []string
		want     map[string]string // call → error code
	}{
		{name: "nothing", want: map[string]string{
			"look": ec2Denied, "attach": ec2Denied, "detach": ec2Denied, "detach dry": ec2Denied, "detach gone": ec2Denied, "tag": ec2Denied,
			"untag": ec2Denied, "stop": ec2Denied, "zones": denied, "records": denied, "records of no zone": denied, "record": denied,
			"change of records": denied, "scaling": denied, "complete": denied,
		}},
		{name: "everything", policies: []string{`{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}`}, want: map[string]string{
			"look": "", "attach": "InvalidNetworkInterface.InUse", "detach dry": "DryRunOperation", "detach gone": "InvalidAttachmentID.NotFound",
			"tag": "", "untag": "", "zones": "", "records": "", "records of no zone": "NoSuchHostedZone", "record": "", "change of records": "NoSuchChange",
			"scaling": "", "complete": "ValidationError", "stop": "",
		}},
		{name: "by tags", policies: []string{abac}, want: map[string]string{
			"look": "", "attach": "InvalidNetworkInterface.InUse", "detach dry": "DryRunOperation", "detach": "", "detach gone": ec2Denied,
			"tag": "", "tag other": ec2Denied, "tag instance": ec2Denied, "untag": "", "stop": ec2Denied,
			"zones": "", "zones of another VPC": denied, "records": "", "records of another zone": denied, "records of no zone": denied,
			"record": "", "another record": denied, "record by upsert": denied, "record of a type": denied, "record of a zone": denied,
			"change of records": denied, "scaling": "", "complete": "ValidationError", "complete another's": denied,
		}},
		{name: "untagged interface", policies: []string{abac}, change: func(w *awssim.World) { w.Interfaces[0].Tags = nil }, want: map[string]string{
			"attach": ec2Denied, "detach": ec2Denied, "tag": ec2Denied,
		}},
		{name: "untagged standby", policies: []string{abac}, change: func(w *awssim.World) { w.Instances[1].Tags = nil }, want: map[string]string{
			"attach": ec2Denied, "detach": "",
		}},
		// The present holder is checked. It may have lost its tag, and need not be the observed one.
		{name: "untagged holder", policies: []string{abac}, change: func(w *awssim.World) { w.Instances[0].Tags = nil }, want: map[string]string{"detach": ""}},
		{name: "another account's interface", policies: []string{abac}, change: func(w *awssim.World) { w.Interfaces[0].Owner = "210987654321" }, want: map[string]string{"detach": ec2Denied}},
		{name: "another account's holder", policies: []string{abac}, change: func(w *awssim.World) {
			i := &w.Interfaces[0]
			i.AZ, i.Attachment.Instance, i.Attachment.InstanceOwner = zoneA, "i-theirs", "210987654321"
		}, want: map[string]string{"detach": ec2Denied}},
		{name: "both documents", policies: []string{abac, `{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
			"Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}}`}, want: map[string]string{
			"look": "", "detach": "", "zones": denied, "records": denied, "scaling": "", // Route 53 is in us-east-1
		}},
		{name: "zones without VPCs", policies: []string{`{"Statement": {"Effect": "Allow", "Action": "route53:*", "Resource": "*"}}`}, want: map[string]string{
			"zones": denied, "records": "",
		}},
		{name: "by VPC", policies: []string{`{"Statement": [{"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:instance/*",
			"Condition": {"StringEquals": {"ec2:InstanceType": "t3.medium", "ec2:AvailabilityZone": "eu-west-1a"}}},
			{"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:network-interface/*",
			"Condition": {"ArnLike": {"ec2:Vpc": "arn:aws:ec2:eu-west-1:123456789012:vpc/vpc-0d*"}, "Bool": {"aws:SecureTransport": "true"}}}]}`}, want: map[string]string{
			"detach": "", "attach": "InvalidNetworkInterface.InUse", "look": ec2Denied,
		}},
	}
	for _, test := range tests {
		for call, want := range test.want {
			t.Run(test.name+"/"+call, func(t *testing.T) {
				r := pairWithPolicies(t, test.change, test.policies...)
				err := callsOfEachKind(t, r)[call]()
				if got := code(err); got != want {
					t.Errorf("got %v, want code %q", err, want)
				}
				if want == ec2Denied || want == denied {
					wantDenied(t, r, err)
				}
			})
		}
	}
}

// wantDenied checks that an error is a denial: it has HTTP status 403, names action and caller, and had no effect.
func wantDenied(t *testing.T, r *region, err error) {
	t.Helper()
	last := r.Calls()[len(r.Calls())-1]
	action := last.Service + ":" + last.Action
	if action == "route53:ListHostedZonesByVPC" && strings.Contains(err.Error(), "ec2:DescribeVpcs") {
		action = "ec2:DescribeVpcs"
	}
	if last.Status != 403 || !strings.Contains(err.Error(), simclient.AccessKey+" is not authorized to perform: "+action) {
		t.Errorf("status %d: %v", last.Status, err)
	}
	if i, _ := r.Interface(service); i.Attachment == nil || i.Attachment.Status != "attached" || i.Tags["eni-failover:left"] != "" {
		t.Errorf("it took effect: %+v", i)
	}
}

// TestPolicyLimitsOneCaller gives one caller a policy, which does not limit another caller.
func TestPolicyLimitsOneCaller(t *testing.T) {
	r := pairWithPolicies(t, nil)
	if _, err := r.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}); code(err) != "UnauthorizedOperation" {
		t.Errorf("the caller: %v", err)
	}
	other := func(o *ec2.Options) {
		o.Credentials = simclient.Credentials("AKIDOTHER")
	}
	if _, err := r.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{}, other); err != nil {
		t.Errorf("another: %v", err)
	}
}

// TestPolicyErrors passes one valid and one wrong document: the earlier policy stays in force.
func TestPolicyErrors(t *testing.T) {
	r := pairWithPolicies(t, nil)
	err := r.Policy(simclient.AccessKey, []byte(abac), []byte(strings.Replace(abac, "StringLike", "StringLooksLike", 1)))
	if err == nil || !strings.Contains(err.Error(), `statement 2: condition StringLooksLike aws:ResourceTag/eni-failover:group: unknown operator`) {
		t.Errorf("error %v", err)
	}
	_, err = r.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	var api smithy.APIError
	if code(err) != "UnauthorizedOperation" || !errors.As(err, &api) || !strings.HasPrefix(api.ErrorMessage(), "You are not authorized to perform this operation.") {
		t.Errorf("after the refused policy: %v", err)
	}
}

// A world can have policies, for one caller or for all callers without their own.
func TestPoliciesOfAWorld(t *testing.T) {
	w, err := awssim.ParseWorld(strings.NewReader(`{
		"instances": [{"id": "i-0000000000000000a", "az": "eu-west-1a"}],
		"interfaces": [{"id": "eni-00000000000000001", "attachment": {"id": "eni-attach-00000001", "instance": "i-0000000000000000a", "deviceIndex": 1}}],
		"policies": [
			{"accessKey": "ADMIN", "document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}},
			{"document": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}]}}
		]}`))
	if err != nil {
		t.Fatal(err)
	}
	r := newRegion(t, w)
	if err := r.detach(t.Context(), "eni-attach-00000001", false); code(err) != "UnauthorizedOperation" {
		t.Errorf("any caller: %v", err)
	}
	if _, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{}); err != nil {
		t.Errorf("any caller: %v", err)
	}
	admin := ec2.New(r.ec2.Options(), func(o *ec2.Options) { o.Credentials = simclient.Credentials("ADMIN") })
	if _, err := admin.DetachNetworkInterface(t.Context(), &ec2.DetachNetworkInterfaceInput{AttachmentId: new("eni-attach-00000001")}); err != nil {
		t.Errorf("the caller with a policy of its own: %v", err)
	}

	for document, want := range map[string]string{
		`"allow"`:  "policies[0].document",
		`{"a": 1}`: "policies[0].document",
		`{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe", "Action": "*", "Resource": "*"}]}`: "Maybe",
	} {
		if _, err := awssim.ParseWorld(strings.NewReader(`{"policies": [{"document": ` + document + `}]}`)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", document, err, want)
		}
	}
}

// A DryRun is refused like the call if the refusal means a missing permission, and not if it is about a state.
func TestDryRunRefusedByWorld(t *testing.T) {
	for refusal, want := range map[string]string{"UnauthorizedOperation": "UnauthorizedOperation", "IncorrectState": "DryRunOperation"} {
		w := pair()
		w.Timing = awssim.Timing{}
		w.Instances[0].RefuseDetach, w.Instances[1].RefuseAttach, w.Instances[1].RefuseStart = refusal, refusal, refusal
		w.Interfaces = append(w.Interfaces, awssim.Interface{ID: "eni-00000000000000002", AZ: zoneA})
		r := newRegion(t, w)
		i, _ := r.Interface(service)
		_, err := r.ec2.DetachNetworkInterface(t.Context(), &ec2.DetachNetworkInterfaceInput{AttachmentId: &i.Attachment.ID, DryRun: new(true)})
		if code(err) != want {
			t.Errorf("detach: %v, want %s", err, want)
		}
		_, err = r.ec2.AttachNetworkInterface(t.Context(), &ec2.AttachNetworkInterfaceInput{
			NetworkInterfaceId: new("eni-00000000000000002"), InstanceId: new(standby), DeviceIndex: new(int32(1)), DryRun: new(true),
		})
		if code(err) != want {
			t.Errorf("attach: %v, want %s", err, want)
		}
		_, err = r.ec2.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: []string{standby}, DryRun: new(true)})
		if code(err) != want {
			t.Errorf("start: %v, want %s", err, want)
		}
	}
}
