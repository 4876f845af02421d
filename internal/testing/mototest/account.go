package mototest

import (
	"cmp"
	"net/netip"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	route53types "github.com/aws/aws-sdk-go-v2/service/route53/types"
)

// Where everything is: one region, two Availability Zones with a subnet each.
const (
	Region = "eu-west-1"
	ZoneA  = Region + "a"
	ZoneB  = Region + "b"
)

// Account builds an account in moto. A builder that fails ends the test.
type Account struct {
	// EC2 and Route53 talk to moto directly: their calls are not recorded.
	EC2     *ec2.Client
	Route53 *route53.Client
	// VPC is the id of the one VPC.
	VPC string

	tb      testing.TB
	subnets map[string]string // by Availability Zone
}

// Instance says what to launch.
type Instance struct {
	// Zone is an Availability Zone; ZoneA if empty.
	Zone string
	// Type is an instance type; m5.large if empty.
	Type ec2types.InstanceType
	// Spot makes it a Spot instance rather than an On-Demand one.
	Spot bool
	Tags map[string]string
}

// Config is the SDK's configuration for the endpoint, with credentials that moto accepts for the account 123456789012.
func Config(endpoint string) aws.Config {
	return aws.Config{
		Region:       Region,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "not-a-secret", ""),
	}
}

// NewAccount creates the VPC and its subnets.
func (s *Server) NewAccount(tb testing.TB) *Account {
	tb.Helper()
	cfg := Config(s.moto)
	a := &Account{EC2: ec2.NewFromConfig(cfg), Route53: route53.NewFromConfig(cfg), tb: tb, subnets: map[string]string{}}
	vpc, err := a.EC2.CreateVpc(tb.Context(), &ec2.CreateVpcInput{CidrBlock: aws.String("10.1.0.0/16")})
	if err != nil {
		tb.Fatal(err)
	}
	a.VPC = aws.ToString(vpc.Vpc.VpcId)
	for zone, block := range map[string]string{ZoneA: "10.1.1.0/24", ZoneB: "10.1.2.0/24"} {
		subnet, err := a.EC2.CreateSubnet(tb.Context(), &ec2.CreateSubnetInput{
			VpcId: &a.VPC, AvailabilityZone: aws.String(zone), CidrBlock: aws.String(block),
		})
		if err != nil {
			tb.Fatal(err)
		}
		a.subnets[zone] = aws.ToString(subnet.Subnet.SubnetId)
	}
	return a
}

// Launch runs an instance and returns its id.
func (a *Account) Launch(in Instance) string {
	a.tb.Helper()
	request := &ec2.RunInstancesInput{
		ImageId:           aws.String("ami-0123456789abcdef0"),
		InstanceType:      cmp.Or(in.Type, ec2types.InstanceTypeM5Large),
		MinCount:          aws.Int32(1),
		MaxCount:          aws.Int32(1),
		SubnetId:          aws.String(a.subnets[cmp.Or(in.Zone, ZoneA)]),
		TagSpecifications: tags(ec2types.ResourceTypeInstance, in.Tags),
	}
	if in.Spot {
		request.InstanceMarketOptions = &ec2types.InstanceMarketOptionsRequest{MarketType: ec2types.MarketTypeSpot}
	}
	reservation, err := a.EC2.RunInstances(a.tb.Context(), request)
	if err != nil {
		a.tb.Fatal(err)
	}
	return aws.ToString(reservation.Instances[0].InstanceId)
}

// CreateInterface creates an unattached interface in an Availability Zone and returns its id and its
// address.
func (a *Account) CreateInterface(zone string, tagged map[string]string) (string, netip.Addr) {
	a.tb.Helper()
	created, err := a.EC2.CreateNetworkInterface(a.tb.Context(), &ec2.CreateNetworkInterfaceInput{
		SubnetId:          aws.String(a.subnets[zone]),
		TagSpecifications: tags(ec2types.ResourceTypeNetworkInterface, tagged),
	})
	if err != nil {
		a.tb.Fatal(err)
	}
	address, err := netip.ParseAddr(aws.ToString(created.NetworkInterface.PrivateIpAddress))
	if err != nil {
		a.tb.Fatal(err)
	}
	return aws.ToString(created.NetworkInterface.NetworkInterfaceId), address
}

// Attach attaches an interface at device index 1 and returns the attachment's id.
func (a *Account) Attach(interfaceID, instanceID string) string {
	a.tb.Helper()
	attached, err := a.EC2.AttachNetworkInterface(a.tb.Context(), &ec2.AttachNetworkInterfaceInput{
		NetworkInterfaceId: &interfaceID, InstanceId: &instanceID, DeviceIndex: aws.Int32(1),
	})
	if err != nil {
		a.tb.Fatal(err)
	}
	return aws.ToString(attached.AttachmentId)
}

// Detach detaches the interface of an attachment.
func (a *Account) Detach(attachmentID string) {
	a.tb.Helper()
	_, err := a.EC2.DetachNetworkInterface(a.tb.Context(), &ec2.DetachNetworkInterfaceInput{AttachmentId: &attachmentID})
	if err != nil {
		a.tb.Fatal(err)
	}
}

// Terminate terminates an instance.
func (a *Account) Terminate(instanceID string) {
	a.tb.Helper()
	_, err := a.EC2.TerminateInstances(a.tb.Context(), &ec2.TerminateInstancesInput{InstanceIds: []string{instanceID}})
	if err != nil {
		a.tb.Fatal(err)
	}
}

// Holder returns the id of the instance that an interface is attached to, or "" if it is unattached.
func (a *Account) Holder(interfaceID string) string {
	a.tb.Helper()
	seen, err := a.EC2.DescribeNetworkInterfaces(a.tb.Context(), &ec2.DescribeNetworkInterfacesInput{
		NetworkInterfaceIds: []string{interfaceID},
	})
	if err != nil {
		a.tb.Fatal(err)
	}
	attachment := seen.NetworkInterfaces[0].Attachment
	if attachment == nil {
		return ""
	}
	return aws.ToString(attachment.InstanceId)
}

// CreateZone creates a private hosted zone that is associated with the VPC and returns its id.
func (a *Account) CreateZone(name string) string {
	a.tb.Helper()
	created, err := a.Route53.CreateHostedZone(a.tb.Context(), &route53.CreateHostedZoneInput{
		Name:             &name,
		CallerReference:  &name,
		HostedZoneConfig: &route53types.HostedZoneConfig{PrivateZone: true},
		VPC:              &route53types.VPC{VPCId: &a.VPC, VPCRegion: Region},
	})
	if err != nil {
		a.tb.Fatal(err)
	}
	return strings.TrimPrefix(aws.ToString(created.HostedZone.Id), "/hostedzone/")
}

// SetRecord gives the name an A record with these addresses and a TTL of 60 s.
func (a *Account) SetRecord(zoneID, name string, addresses ...netip.Addr) {
	a.tb.Helper()
	set := &route53types.ResourceRecordSet{Name: &name, Type: route53types.RRTypeA, TTL: aws.Int64(60)}
	for _, address := range addresses {
		set.ResourceRecords = append(set.ResourceRecords, route53types.ResourceRecord{Value: aws.String(address.String())})
	}
	_, err := a.Route53.ChangeResourceRecordSets(a.tb.Context(), &route53.ChangeResourceRecordSetsInput{
		HostedZoneId: &zoneID,
		ChangeBatch: &route53types.ChangeBatch{Changes: []route53types.Change{
			{Action: route53types.ChangeActionUpsert, ResourceRecordSet: set},
		}},
	})
	if err != nil {
		a.tb.Fatal(err)
	}
}

func tags(kind ec2types.ResourceType, values map[string]string) []ec2types.TagSpecification {
	if len(values) == 0 {
		return nil
	}
	spec := ec2types.TagSpecification{ResourceType: kind}
	for key, value := range values {
		spec.Tags = append(spec.Tags, ec2types.Tag{Key: aws.String(key), Value: aws.String(value)})
	}
	return []ec2types.TagSpecification{spec}
}
