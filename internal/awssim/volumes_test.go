package awssim_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

const ownKey = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"

// pairWithVolumes returns a pair with two volumes on the standby, and one on the holder.
func pairWithVolumes() awssim.World {
	w := pairWithoutLatency()
	w.Volumes = []awssim.Volume{
		{ID: "vol-00000000000000003", Instance: standby, Encrypted: true, KMSKeyID: ownKey},
		{ID: "vol-00000000000000001", Instance: holder},
		{ID: "vol-00000000000000002", Instance: standby, Encrypted: true},
	}
	return w
}

// volumeNumbers returns the last digits of the volumes' ids, in the order of the reply.
func volumeNumbers(list []types.Volume) string {
	var numbers []string
	for _, v := range list {
		numbers = append(numbers, strings.TrimPrefix(*v.VolumeId, "vol-0000000000000000"))
	}
	return strings.Join(numbers, " ")
}

func TestVolumes(t *testing.T) {
	r := newRegion(t, pairWithVolumes())
	for filters, want := range map[string]string{
		"": "1 2 3", "attachment.instance-id=" + standby: "2 3", "attachment.instance-id=" + holder + "," + standby + " encrypted=true": "2 3",
		"encrypted=false": "1", "volume-id=vol-*1": "1", "attachment.status=attached availability-zone=eu-west-1a status=in-use": "1 2 3",
		"tag-key=eni-failover:group": "", "attachment.instance-id=i-0ffffffffffffffff": "",
	} {
		out, err := r.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{Filters: filtersOf(filters)})
		if err != nil || volumeNumbers(out.Volumes) != want {
			t.Errorf("%q: %v, want %s", filters, err, want)
		}
	}
	out, err := r.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{VolumeIds: []string{"vol-00000000000000003", "vol-00000000000000001"}})
	if err != nil || volumeNumbers(out.Volumes) != "1 3" {
		t.Fatal(out, err)
	}
	plain, own := out.Volumes[0], out.Volumes[1]
	if *plain.Encrypted || plain.KmsKeyId != nil || *plain.Attachments[0].InstanceId != holder || *plain.AvailabilityZone != zoneA {
		t.Errorf("not encrypted: %+v", plain)
	}
	if !*own.Encrypted || *own.KmsKeyId != ownKey || *own.Attachments[0].InstanceId != standby {
		t.Errorf("encrypted: %+v", own)
	}
	if key := r.World().Volumes[2].KMSKeyID; !strings.HasPrefix(key, "arn:aws:kms:eu-west-1:123456789012:key/") || key == ownKey {
		t.Errorf("the key of EBS: %s", key)
	}
}

func TestVolumeRefusals(t *testing.T) {
	r := newRegion(t, pairWithVolumes())
	for name, test := range map[string]struct {
		in   ec2.DescribeVolumesInput
		want string
	}{
		"unknown filter":  {ec2.DescribeVolumesInput{Filters: filtersOf("instance-id=x")}, "InvalidParameterValue"},
		"large page":      {ec2.DescribeVolumesInput{MaxResults: new(int32(501))}, "InvalidParameterValue"},
		"a page of ids":   {ec2.DescribeVolumesInput{MaxResults: new(int32(5)), VolumeIds: []string{"vol-00000000000000001"}}, "InvalidParameterCombination"},
		"unknown volume":  {ec2.DescribeVolumesInput{VolumeIds: []string{"vol-00000000000000001", "vol-0ffffffffffffffff"}}, "InvalidVolume.NotFound"},
		"malformed id":    {ec2.DescribeVolumesInput{VolumeIds: []string{"vol-x"}}, "InvalidVolumeID.Malformed"},
		"permission only": {ec2.DescribeVolumesInput{DryRun: new(true)}, "DryRunOperation"},
	} {
		if _, err := r.ec2.DescribeVolumes(t.Context(), &test.in); code(err) != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	limited := pairWithPolicies(t, func(w *awssim.World) { w.Volumes = pairWithVolumes().Volumes })
	if _, err := limited.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{}); code(err) != "UnauthorizedOperation" {
		t.Errorf("without a permission: %v", err)
	}
}

// TestVolumesOfTerminated: a volume is deleted with its instance, and a read of the past still shows it.
func TestVolumesOfTerminated(t *testing.T) {
	w := pairWithVolumes()
	w.Timing.Remember = awssim.Duration(1)
	r := newRegion(t, w)
	before := r.Past()[0].World.Volumes
	if _, err := r.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{holder}}); err != nil {
		t.Fatal(err)
	}
	out, err := r.ec2.DescribeVolumes(t.Context(), &ec2.DescribeVolumesInput{})
	if err != nil || volumeNumbers(out.Volumes) != "2 3" {
		t.Errorf("%v, %v", out, err)
	}
	if len(before) != 3 || before[1].Instance != holder {
		t.Errorf("the past has changed: %+v", before)
	}
	r.Edit(func(w *awssim.World) { w.Instances = w.Instances[:1] })
	if left := r.World().Volumes; len(left) != 0 {
		t.Errorf("volumes of an instance that is not there any more: %+v", left)
	}
}
