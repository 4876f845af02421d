package awssim_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	r53types "github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// step is one call of a sequence, and label its description.
type step struct {
	label string
	call  func(ctx context.Context, s *suiteAccount) (any, error)
}

// query has the arguments of a Describe: "id=@holder,@standby" for ids, "max=5" for pages, "all" for instances in every
// state. All other words are filters, with + for a blank.
type query struct {
	ids     []string
	max     *int32
	all     *bool
	filters []types.Filter
}

func (s *suiteAccount) query(text string) (q query) {
	for part := range strings.FieldsSeq(s.ids(text)) {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "id":
			q.ids = strings.Split(value, ",")
		case "max":
			n, _ := strconv.ParseInt(value, 10, 32)
			q.max = new(int32(n))
		case "all":
			q.all = new(true)
		default:
			q.filters = append(q.filters, filtersOf(part)...)
		}
	}
	for _, f := range q.filters {
		for n, v := range f.Values {
			f.Values[n] = strings.ReplaceAll(v, "+", " ")
		}
	}
	return q
}

func describeStep[T any](kind, text string, call func(ctx context.Context, s *suiteAccount, q query) (T, error)) step {
	return step{strings.TrimSpace(kind + " " + text), func(ctx context.Context, s *suiteAccount) (any, error) { return call(ctx, s, s.query(text)) }}
}

func interfaces(text string) step {
	return describeStep("interfaces", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeNetworkInterfacesOutput, error) {
		return s.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: q.ids, Filters: q.filters, MaxResults: q.max})
	})
}

func instances(text string) step {
	return describeStep("instances", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeInstancesOutput, error) {
		return s.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{InstanceIds: q.ids, Filters: q.filters, MaxResults: q.max})
	})
}

func status(text string) step {
	return describeStep("status", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeInstanceStatusOutput, error) {
		return s.ec2.DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{InstanceIds: q.ids, Filters: q.filters, MaxResults: q.max, IncludeAllInstances: q.all})
	})
}

func instanceTypes(text string) step {
	return describeStep("types", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeInstanceTypesOutput, error) {
		in := &ec2.DescribeInstanceTypesInput{Filters: q.filters, MaxResults: q.max}
		for _, id := range q.ids {
			in.InstanceTypes = append(in.InstanceTypes, types.InstanceType(id))
		}
		return s.ec2.DescribeInstanceTypes(ctx, in)
	})
}

func tags(text string) step {
	return describeStep("tags", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeTagsOutput, error) {
		return s.ec2.DescribeTags(ctx, &ec2.DescribeTagsInput{Filters: q.filters, MaxResults: q.max})
	})
}

func vpcs(text string) step {
	return describeStep("VPCs", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeVpcsOutput, error) {
		return s.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{VpcIds: q.ids, Filters: q.filters})
	})
}

func subnets(text string) step {
	return describeStep("subnets", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeSubnetsOutput, error) {
		return s.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{SubnetIds: q.ids, Filters: q.filters})
	})
}

func spots(text string) step {
	return describeStep("Spot requests", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeSpotInstanceRequestsOutput, error) {
		return s.ec2.DescribeSpotInstanceRequests(ctx, &ec2.DescribeSpotInstanceRequestsInput{SpotInstanceRequestIds: q.ids, Filters: q.filters})
	})
}

func volumes(text string) step {
	return describeStep("volumes", text, func(ctx context.Context, s *suiteAccount, q query) (*ec2.DescribeVolumesOutput, error) {
		return s.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{VolumeIds: q.ids, Filters: q.filters, MaxResults: q.max})
	})
}

func scaling(text string) step {
	return describeStep("scaling", text, func(ctx context.Context, s *suiteAccount, q query) (*autoscaling.DescribeAutoScalingInstancesOutput, error) {
		return s.autoscaling.DescribeAutoScalingInstances(ctx, &autoscaling.DescribeAutoScalingInstancesInput{InstanceIds: q.ids})
	})
}

// dryRun reads the word "dry" at the start of a change's text, which makes it a DryRun.
func dryRun(text string) (rest string, dry *bool) {
	rest, found := strings.CutPrefix(text, "dry ")
	if !found {
		return rest, nil
	}
	return rest, &found
}

// attach attaches "INTERFACE to INSTANCE at INDEX". The second attachment of an interface gets a number in its name:
// service-attachment-2.
func attach(text string) step {
	return step{"attach " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		words := strings.Fields(rest)
		index, err := strconv.ParseInt(words[4], 10, 32)
		if err != nil {
			return nil, err
		}
		out, err := s.ec2.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{
			NetworkInterfaceId: new(s.ids(words[0])), InstanceId: new(s.ids(words[2])), DeviceIndex: new(int32(index)),
			NetworkCardIndex: new(int32(0)), DryRun: dry,
		})
		if err == nil {
			name := words[0][1:] + "-attachment"
			for n := 2; s.id[name] != ""; n++ {
				name = fmt.Sprintf("%s-attachment-%d", words[0][1:], n)
			}
			s.learn(name, *out.AttachmentId)
		}
		return out, err
	}}
}

func detach(text string) step {
	return step{"detach " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		id, force := strings.CutSuffix(rest, " by force")
		return s.ec2.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: new(s.ids(id)), Force: &force, DryRun: dry})
	}}
}

// tagging reads "@ID,@ID KEY=VALUE KEY" for CreateTags and DeleteTags. A KEY alone has no value.
func tagging(s *suiteAccount, text string) (ids []string, tags []types.Tag) {
	words := strings.Split(s.ids(text), " ")
	for _, word := range words[1:] {
		key, value, has := strings.Cut(word, "=")
		tag := types.Tag{Key: &key}
		if has {
			tag.Value = &value
		}
		tags = append(tags, tag)
	}
	return strings.Split(words[0], ","), tags
}

func tag(text string) step {
	return step{"tag " + abbreviated(text), func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		ids, list := tagging(s, rest)
		return s.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: ids, Tags: list, DryRun: dry})
	}}
}

func untag(text string) step {
	return step{"untag " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		ids, list := tagging(s, rest)
		return s.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{Resources: ids, Tags: list, DryRun: dry})
	}}
}

func abbreviated(text string) string {
	if len(text) <= 80 {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:40], len(text))
}

// modify changes one attribute of an interface: "INTERFACE check=false" or "INTERFACE keep ATTACHMENT", which sets
// DeleteOnTermination to false.
func modify(text string) step {
	return step{"modify " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		words := strings.Fields(s.ids(rest))
		in := &ec2.ModifyNetworkInterfaceAttributeInput{NetworkInterfaceId: &words[0], DryRun: dry}
		switch name, value, _ := strings.Cut(words[1], "="); name {
		case "check":
			in.SourceDestCheck = &types.AttributeBooleanValue{Value: new(value == "true")}
		case "keep":
			in.Attachment = &types.NetworkInterfaceAttachmentChanges{AttachmentId: &words[2], DeleteOnTermination: new(false)}
		}
		return s.ec2.ModifyNetworkInterfaceAttribute(ctx, in)
	}}
}

// checkInstance sets the source/destination check of an instance.
func checkInstance(id string, check bool) step {
	return step{fmt.Sprintf("check %s %t", id, check), func(ctx context.Context, s *suiteAccount) (any, error) {
		return s.ec2.ModifyInstanceAttribute(ctx, &ec2.ModifyInstanceAttributeInput{
			InstanceId: new(s.ids(id)), SourceDestCheck: &types.AttributeBooleanValue{Value: &check},
		})
	}}
}

func start(text string) step {
	return step{"start " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		return s.ec2.StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: strings.Split(s.ids(rest), ","), DryRun: dry})
	}}
}

func stop(text string) step {
	return step{"stop " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		return s.ec2.StopInstances(ctx, &ec2.StopInstancesInput{InstanceIds: strings.Split(s.ids(rest), ","), DryRun: dry})
	}}
}

func terminate(text string) step {
	return step{"terminate " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		rest, dry := dryRun(text)
		return s.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{InstanceIds: strings.Split(s.ids(rest), ","), DryRun: dry})
	}}
}

func vpcIn(id string) *r53types.VPC {
	return &r53types.VPC{VPCId: &id, VPCRegion: mototest.Region}
}

// zonesIn lists the zones of a VPC: "@vpc" or an id, and "in REGION" if it is not the account's region.
func zonesIn(text string) step {
	return step{"zones of " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		id, region, found := strings.Cut(s.ids(text), " in ")
		if !found {
			region = mototest.Region
		}
		return s.route53.ListHostedZonesByVPC(ctx, &route53.ListHostedZonesByVPCInput{VPCId: &id, VPCRegion: r53types.VPCRegion(region)})
	}}
}

// records lists a zone: "@zone", then optionally a start name, a type and a page size.
func records(text string) step {
	return step{"records of " + text, func(ctx context.Context, s *suiteAccount) (any, error) {
		words := strings.Fields(s.ids(text))
		in := &route53.ListResourceRecordSetsInput{HostedZoneId: &words[0]}
		for n, word := range words[1:] {
			switch n {
			case 0:
				in.StartRecordName = &word
			case 1:
				in.StartRecordType = r53types.RRType(word)
			default:
				size, err := strconv.ParseInt(word, 10, 32)
				if err != nil {
					return nil, err
				}
				in.MaxItems = new(int32(size))
			}
		}
		return s.route53.ListResourceRecordSets(ctx, in)
	}}
}

// changeRecords sends a batch of changes to a zone, each "ACTION NAME TYPE TTL VALUE…".
func changeRecords(zone string, changes ...string) step {
	return step{"change " + zone + ": " + strings.Join(changes, "; "), func(ctx context.Context, s *suiteAccount) (any, error) {
		batch := &r53types.ChangeBatch{}
		for _, text := range changes {
			words := strings.Fields(text)
			ttl, err := strconv.ParseInt(words[3], 10, 64)
			if err != nil {
				return nil, err
			}
			set := &r53types.ResourceRecordSet{Name: &words[1], Type: r53types.RRType(words[2]), TTL: &ttl}
			for _, value := range words[4:] {
				set.ResourceRecords = append(set.ResourceRecords, r53types.ResourceRecord{Value: &value})
			}
			batch.Changes = append(batch.Changes, r53types.Change{Action: r53types.ChangeAction(words[0]), ResourceRecordSet: set})
		}
		id := s.id[zone]
		if id == "" {
			id = zone
		}
		return s.route53.ChangeResourceRecordSets(ctx, &route53.ChangeResourceRecordSetsInput{HostedZoneId: &id, ChangeBatch: batch})
	}}
}

// changeStatus asks for the status of a change.
func changeStatus(id string) step {
	return step{"change status of " + id, func(ctx context.Context, s *suiteAccount) (any, error) {
		if known := s.id[id]; known != "" {
			return s.route53.GetChange(ctx, &route53.GetChangeInput{Id: &known})
		}
		return s.route53.GetChange(ctx, &route53.GetChangeInput{Id: &id})
	}}
}
