package awssim_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// pairDeletedOnTermination returns a pair whose interface is deleted with its instance.
func pairDeletedOnTermination() awssim.World {
	return awssim.World{
		Instances: []awssim.Instance{
			{ID: "i-1", AZ: "eu-west-1a", VPC: "vpc-1"}, {ID: "i-2", AZ: "eu-west-1a", VPC: "vpc-1"},
		},
		Interfaces: []awssim.Interface{
			{ID: "eni-1", VPC: "vpc-1", Attachment: &awssim.Attachment{ID: "eni-attach-1", Instance: "i-1", DeviceIndex: 1, DeleteOnTermination: true}},
		},
	}
}

// This is the command that the audit advises for DELETE_ON_TERMINATION.
func TestModifyAttachment(t *testing.T) {
	r := newRegion(t, pairDeletedOnTermination())
	modify := func(attachment string, dry bool) error {
		_, err := r.ec2.ModifyNetworkInterfaceAttribute(t.Context(), &ec2.ModifyNetworkInterfaceAttributeInput{
			NetworkInterfaceId: new("eni-1"), DryRun: &dry,
			Attachment: &types.NetworkInterfaceAttachmentChanges{AttachmentId: &attachment, DeleteOnTermination: aws.Bool(false)},
		})
		return err
	}
	wantCode(t, modify("eni-attach-0123456789abcdef0", false), "InvalidAttachmentID.NotFound")
	wantCode(t, modify("eni-attach-1", true), "DryRunOperation")
	if i, _ := r.Interface("eni-1"); !i.Attachment.DeleteOnTermination {
		t.Error("a dry run changed it")
	}
	if err := modify("eni-attach-1", false); err != nil {
		t.Fatal(err)
	}
	if i, _ := r.Interface("eni-1"); i.Attachment.DeleteOnTermination || i.Attachment.ID != "eni-attach-1" {
		t.Errorf("%+v", i.Attachment)
	}
	if _, err := r.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{"i-1"}}); err != nil {
		t.Fatal(err)
	}
	if i, found := r.Interface("eni-1"); !found || i.Attachment != nil {
		t.Errorf("after the termination: %+v, found %t", i, found)
	}
}

func TestModifyRefusals(t *testing.T) {
	r := newRegion(t, pairDeletedOnTermination())
	off := &types.AttributeBooleanValue{Value: aws.Bool(false)}
	for want, in := range map[string]*ec2.ModifyNetworkInterfaceAttributeInput{
		"MissingParameter":                    {NetworkInterfaceId: new("eni-1")},
		"InvalidParameterCombination":         {NetworkInterfaceId: new("eni-1"), SourceDestCheck: off, Groups: []string{"sg-1"}},
		"InvalidNetworkInterfaceID.NotFound":  {NetworkInterfaceId: new("eni-0123456789abcdef0"), SourceDestCheck: off},
		"InvalidNetworkInterfaceId.Malformed": {NetworkInterfaceId: new("nonsense"), SourceDestCheck: off},
	} {
		_, err := r.ec2.ModifyNetworkInterfaceAttribute(t.Context(), in)
		wantCode(t, err, want)
	}
	if _, err := r.ec2.ModifyNetworkInterfaceAttribute(t.Context(), &ec2.ModifyNetworkInterfaceAttributeInput{
		NetworkInterfaceId: new("eni-1"), Description: &types.AttributeValue{Value: new("of the database")},
	}); err != nil {
		t.Error(err)
	}
	if i, _ := r.Interface("eni-1"); i.Description != "of the database" {
		t.Errorf("description %q", i.Description)
	}
	// The check belongs to the primary interface, and EC2 does not choose between two interfaces.
	modify := func(id string) error {
		_, err := r.ec2.ModifyInstanceAttribute(t.Context(), &ec2.ModifyInstanceAttributeInput{InstanceId: &id, SourceDestCheck: off})
		return err
	}
	wantCode(t, modify("i-1"), "InvalidInstanceID")
	if err := modify("i-2"); err != nil {
		t.Fatal(err)
	}
	out, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{"i-2"}})
	if err != nil || aws.ToBool(out.Reservations[0].Instances[0].SourceDestCheck) {
		t.Errorf("the check is on still: %v", err)
	}
}

func wantCode(t *testing.T, err error, want string) {
	t.Helper()
	if got := code(err); got != want {
		t.Errorf("%v, want %s", err, want)
	}
}
