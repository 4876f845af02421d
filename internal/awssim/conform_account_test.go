package awssim_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	astypes "github.com/aws/aws-sdk-go-v2/service/autoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/mototest"
)

// suiteAccount is the account of the conformance suite in the simulator or in moto. Both have the same contents under
// different ids. The suite uses these names:
//
//	holder, standby        m5.large and t3.micro in zone a
//	far-instance           m5.large in zone b, a Spot instance
//	member                 m5.large in zone a, in the Auto Scaling group gw
//	service                an interface on holder at index 1
//	spare, far             free interfaces in zones a and b
//	data                   an encrypted volume on holder
//	zone, empty-zone       corp.internal, which is the VPC's and has db.corp.internal, and other.internal
//
// A primary interface has its instance's name and -primary, a root volume its instance's name and -root, an attachment its interface's name and -attachment, and
// likewise an address, a MAC address and a DNS name.
type suiteAccount struct {
	ec2         *ec2.Client
	route53     *route53.Client
	autoscaling *autoscaling.Client

	id    map[string]string // by name
	name  map[string]string // by id
	fresh map[string]int    // by kind of id: the number of unknown ids so far
}

// accountTags returns the tags of a resource by its name. Each has its name as the tag Name.
func accountTags(name string) map[string]string {
	tags := map[string]string{"Name": name}
	switch name {
	case "holder", "service":
		tags["eni-failover:group"] = "db"
	case "standby":
		tags["eni-failover:group"] = "db web"
	case "spare":
		tags["eni-failover:group"] = "web"
	}
	return tags
}

// simAccount returns the account in the simulator. Changes take no time, as in moto.
func simAccount(t *testing.T) *suiteAccount {
	t.Helper()
	instance := func(n int, name, kind, zone string) awssim.Instance {
		return awssim.Instance{
			ID: fmt.Sprintf("i-%017x", n), Type: kind, AZ: mototest.Region + zone, VPC: "vpc-1", Subnet: "subnet-" + zone,
			Tags: accountTags(name),
		}
	}
	w := awssim.World{
		Instances: []awssim.Instance{
			instance(1, "holder", "m5.large", "a"), instance(2, "standby", "t3.micro", "a"),
			instance(3, "far-instance", "m5.large", "b"), instance(4, "member", "m5.large", "a"),
		},
		Zones: []awssim.Zone{
			{ID: "Z0000000001", Name: "corp.internal", VPCs: []string{"vpc-1"}, Records: []awssim.Record{
				{Name: "db.corp.internal", Type: "A", TTL: 60, Values: []string{"10.1.1.10"}},
			}},
			{ID: "Z0000000002", Name: "other.internal", VPCs: []string{"vpc-2"}},
		},
	}
	w.Instances[2].Lifecycle = "spot"
	w.Instances[3].AutoScalingGroup = "gw"
	w.Instances[3].Tags["aws:autoscaling:groupName"] = "gw"
	for n, name := range []string{"service", "spare", "far"} {
		zone := "a"
		if name == "far" {
			zone = "b"
		}
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: fmt.Sprintf("eni-%017x", n+1), AZ: mototest.Region + zone, VPC: "vpc-1", Subnet: "subnet-" + zone, Tags: accountTags(name),
		})
	}
	w.Interfaces[0].Attachment = &awssim.Attachment{Instance: w.Instances[0].ID, DeviceIndex: 1}
	w.Volumes = []awssim.Volume{{ID: "vol-00000000000000000", Instance: w.Instances[0].ID, Encrypted: true, KMSKeyID: ownKey}}
	for n, i := range w.Instances {
		w.Volumes = append(w.Volumes, awssim.Volume{ID: fmt.Sprintf("vol-%017x", n+1), Instance: i.ID})
	}
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	r := connect(sim, sim.Client(), "")
	s := &suiteAccount{ec2: r.ec2, route53: r.route53, autoscaling: r.autoscaling}
	s.discover(t.Context(), t, "Z0000000001", "Z0000000002")
	return s
}

// motoAccount empties moto and returns the account in it.
func motoAccount(t *testing.T, server *mototest.Server) *suiteAccount {
	t.Helper()
	server.Reset()
	a := server.NewAccount(t)
	cfg := mototest.Config(server.Endpoint)
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	s := &suiteAccount{ec2: ec2.NewFromConfig(cfg), route53: route53.NewFromConfig(cfg), autoscaling: autoscaling.NewFromConfig(cfg)}

	holder := a.Launch(mototest.Instance{Tags: accountTags("holder")})
	a.Launch(mototest.Instance{Type: "t3.micro", Tags: accountTags("standby")})
	a.Launch(mototest.Instance{Zone: mototest.ZoneB, Spot: true, Tags: accountTags("far-instance")})
	a.Attach(createInterface(t, a, "service", mototest.ZoneA, "10.1.1.101"), holder)
	createVolume(t, a, holder)
	createInterface(t, a, "spare", mototest.ZoneA, "10.1.1.102")
	createInterface(t, a, "far", mototest.ZoneB, "10.1.2.103")
	zone := a.CreateZone("corp.internal")
	empty := a.CreateZone("other.internal")
	disassociate(t, s, a, empty)
	s.id = map[string]string{"zone": zone}
	if _, err := changeRecords("zone", "CREATE db.corp.internal A 60 10.1.1.10").call(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	launchMember(t, s, a)
	s.discover(t.Context(), t, zone, empty)
	return s
}

// createInterface creates an unattached interface with an explicit address: moto would give two interfaces the same
// one.
func createInterface(t *testing.T, a *mototest.Account, name, zone, address string) string {
	t.Helper()
	spec := types.TagSpecification{ResourceType: types.ResourceTypeNetworkInterface}
	for key, value := range accountTags(name) {
		spec.Tags = append(spec.Tags, types.Tag{Key: &key, Value: &value})
	}
	created, err := a.EC2.CreateNetworkInterface(t.Context(), &ec2.CreateNetworkInterfaceInput{
		SubnetId: subnetIn(t, a, zone), PrivateIpAddress: &address, TagSpecifications: []types.TagSpecification{spec},
	})
	if err != nil {
		t.Fatal(err)
	}
	return *created.NetworkInterface.NetworkInterfaceId
}

// createVolume creates an encrypted volume and attaches it to an instance.
func createVolume(t *testing.T, a *mototest.Account, instance string) {
	t.Helper()
	created, err := a.EC2.CreateVolume(t.Context(), &ec2.CreateVolumeInput{
		AvailabilityZone: new(mototest.ZoneA), Size: new(int32(8)), Encrypted: new(true), KmsKeyId: new(ownKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.EC2.AttachVolume(t.Context(), &ec2.AttachVolumeInput{
		VolumeId: created.VolumeId, InstanceId: &instance, Device: new("/dev/sdf"),
	}); err != nil {
		t.Fatal(err)
	}
}

// subnetIn returns the id of the subnet in a zone.
func subnetIn(t *testing.T, a *mototest.Account, zone string) *string {
	t.Helper()
	subnets, err := a.EC2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: filtersOf("vpc-id=" + a.VPC + " availability-zone=" + zone)})
	if err != nil || len(subnets.Subnets) != 1 {
		t.Fatal(subnets, err)
	}
	return subnets.Subnets[0].SubnetId
}

// disassociate moves a hosted zone to another VPC.
func disassociate(t *testing.T, s *suiteAccount, a *mototest.Account, zone string) {
	t.Helper()
	vpc, err := a.EC2.CreateVpc(t.Context(), &ec2.CreateVpcInput{CidrBlock: new("10.2.0.0/16")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.route53.AssociateVPCWithHostedZone(t.Context(), &route53.AssociateVPCWithHostedZoneInput{
		HostedZoneId: &zone, VPC: vpcIn(*vpc.Vpc.VpcId),
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.route53.DisassociateVPCFromHostedZone(t.Context(), &route53.DisassociateVPCFromHostedZoneInput{
		HostedZoneId: &zone, VPC: vpcIn(a.VPC),
	}); err != nil {
		t.Fatal(err)
	}
}

// launchMember makes moto's Auto Scaling launch an instance.
func launchMember(t *testing.T, s *suiteAccount, a *mototest.Account) {
	t.Helper()
	_, err := s.autoscaling.CreateLaunchConfiguration(t.Context(), &autoscaling.CreateLaunchConfigurationInput{
		LaunchConfigurationName: new("lc"), ImageId: new("ami-0123456789abcdef0"), InstanceType: new("m5.large"),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.autoscaling.CreateAutoScalingGroup(t.Context(), &autoscaling.CreateAutoScalingGroupInput{
		AutoScalingGroupName: new("gw"), LaunchConfigurationName: new("lc"),
		MinSize: new(int32(1)), MaxSize: new(int32(1)), VPCZoneIdentifier: subnetIn(t, a, mototest.ZoneA),
		Tags: []astypes.Tag{{Key: new("Name"), Value: new("member"), PropagateAtLaunch: new(true)}},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// discover reads the ids of the account's resources.
func (s *suiteAccount) discover(ctx context.Context, t *testing.T, zone, empty string) {
	t.Helper()
	s.id, s.name, s.fresh = map[string]string{}, map[string]string{}, map[string]int{}
	s.learn("zone", zone)
	s.learn("empty-zone", empty)
	instances, err := s.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range instances.Reservations {
		for _, i := range r.Instances {
			s.learn(nameTag(i.Tags), *i.InstanceId)
		}
	}
	interfaces, err := s.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces.NetworkInterfaces {
		name := nameTag(i.TagSet)
		if name == "" {
			name = s.name[*i.Attachment.InstanceId] + "-primary"
		}
		s.learn(name, *i.NetworkInterfaceId)
		s.learn(name+"-mac", *i.MacAddress)
		s.learn(name+"-address", *i.PrivateIpAddress)
		s.learn(name+"-dns-name", "ip-"+strings.ReplaceAll(*i.PrivateIpAddress, ".", "-"))
		if i.Attachment != nil {
			s.learn(name+"-attachment", *i.Attachment.AttachmentId)
		}
		s.learn("vpc", *i.VpcId)
		s.learn("subnet-"+(*i.AvailabilityZone)[len(mototest.Region):], *i.SubnetId)
	}
	volumes, err := s.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		name := s.name[*v.Attachments[0].InstanceId] + "-root"
		if *v.Encrypted {
			name = "data"
		}
		s.learn(name, *v.VolumeId)
	}
	if want := 1 + 2 + 4 + 2 + 4 + 3 + 7*3 + 5 + 5; len(s.id) != want {
		t.Fatalf("%d things on the stage, want %d: %v", len(s.id), want, s.id)
	}
}

func (s *suiteAccount) learn(name, id string) { s.id[name], s.name[id] = id, name }

func nameTag(tags []types.Tag) string {
	for _, tag := range tags {
		if *tag.Key == "Name" {
			return *tag.Value
		}
	}
	return ""
}

// ids replaces names marked with @ by ids: "id=@holder,@standby".
func (s *suiteAccount) ids(text string) string {
	return named.ReplaceAllStringFunc(text, func(name string) string {
		if id, known := s.id[name[1:]]; known {
			return id
		}
		return name
	})
}
