package awssim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// filtersOf parses "name=value,value name=value" as filters.
func filtersOf(text string) (filters []types.Filter) {
	for f := range strings.FieldsSeq(text) {
		name, values, _ := strings.Cut(f, "=")
		filters = append(filters, types.Filter{Name: &name, Values: strings.Split(values, ",")})
	}
	return filters
}

func TestInterfaceFilters(t *testing.T) {
	w := unattachedPair()
	w.Interfaces = []awssim.Interface{
		{ID: "eni-1", AZ: zoneA, Tags: map[string]string{"group": "db", "name": "a*b"}, IPv6: []string{"2001:db8::1"}, PrivateIPs: []awssim.PrivateIP{
			{Address: "10.0.1.5", ElasticIP: "203.0.113.9"}, {Address: "10.0.1.6"},
		}},
		{ID: "eni-2", VPC: "vpc-2", AZ: "eu-west-1b", Tags: map[string]string{"group": "web", "Name": "axb"}, RequesterManaged: true},
		{ID: "eni-3", Tags: map[string]string{"group": "db2"}, Type: "natGateway", Attachment: &awssim.Attachment{
			Instance: holder, DeviceIndex: 1, Status: "detaching",
		}},
	}
	tests := []struct{ filters, want string }{
		{"tag-key=group", "1 2 3"},
		{"tag:group=db", "1"},
		{"tag:group=db,web", "1 2"},
		{"tag:group=db*", "1 3"},
		{"tag:group=db?", "3"},
		{"tag:group=DB", ""},
		{`tag:name=a\*b`, "1"},
		{`tag:name=a\?b`, ""},
		{"tag:name=*", "1"},
		{"tag:Name=a?*b", "2"},
		{"tag:Name=*a*b*", "2"},
		{"tag:Name=a*a*b", ""},
		{"tag:group=db* status=available", "1"},
		{"tag-key=group status=in-use", "3"},
		{"tag-key=group attachment.status=detaching", "3"},
		{"attachment.instance-id=" + holder + " attachment.device-index=1", "3"},
		{"tag-key=group attachment.delete-on-termination=false", "3"},
		{"tag-key=group availability-zone=eu-west-1b", "2"},
		{"tag-key=group availability-zone-id=euw1-az1", "1 3"},
		{"vpc-id=vpc-2", "2"},
		{"requester-managed=true", "2"},
		{"interface-type=nat_gateway", "3"},
		{"private-ip-address=10.0.1.6", "1"},
		{"association.public-ip=203.0.113.*", "1"},
		{"ipv6-addresses.ipv6-address=2001:db8::1", "1"},
		{"network-interface-id=eni-1,eni-9", "1"},
	}
	r := newRegion(t, w)
	for _, test := range tests {
		out, err := r.ec2.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{Filters: filtersOf(test.filters)})
		if err != nil {
			t.Errorf("%s: %v", test.filters, err)
			continue
		}
		var got []string
		for _, i := range out.NetworkInterfaces {
			got = append(got, strings.TrimPrefix(*i.NetworkInterfaceId, "eni-"))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %q, want %q", test.filters, got, test.want)
		}
	}
}

func TestInstanceFilters(t *testing.T) {
	w := pair()
	w.Instances[1].State, w.Instances[1].Lifecycle = "stopped", "spot"
	r := newRegion(t, w)
	tests := []struct{ filters, want string }{
		{"tag:eni-failover:group=*db*", holder + " " + standby},
		{"tag-key=eni-failover:group instance-state-name=running,pending", holder},
		{"instance-lifecycle=spot", standby},
		{"instance-id=" + standby, standby},
		{"network-interface.network-interface-id=" + service, holder},
		{"network-interface.attachment.network-card-index=0 network-interface.attachment.device-index=1", holder},
		{"network-interface.addresses.private-ip-address=10.0.1.5", holder},
		{"availability-zone=eu-west-1b", ""},
		{"state-reason-code=Client.*", standby},
	}
	for _, test := range tests {
		out, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: filtersOf(test.filters)})
		if err != nil {
			t.Errorf("%s: %v", test.filters, err)
			continue
		}
		var got []string
		for _, res := range out.Reservations {
			got = append(got, *res.Instances[0].InstanceId)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %q, want %q", test.filters, got, test.want)
		}
	}
}

func TestDescribeRefusals(t *testing.T) {
	r := newRegion(t, unattachedPair())
	interfaces := func(in ec2.DescribeNetworkInterfacesInput) error {
		_, err := r.ec2.DescribeNetworkInterfaces(t.Context(), &in)
		return err
	}
	instances := func(in ec2.DescribeInstancesInput) error {
		_, err := r.ec2.DescribeInstances(t.Context(), &in)
		return err
	}
	many := make([]string, 201)
	for n := range many {
		many[n] = fmt.Sprintf("eni-%08x", n)
	}
	_, unmodelled := r.ec2.RebootInstances(t.Context(), &ec2.RebootInstancesInput{InstanceIds: []string{holder}})
	_, unknownType := r.ec2.DescribeInstanceTypes(t.Context(), &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"t3.medium", "t9.huge"}})
	_, tooMany := r.ec2.DescribeInstanceStatus(t.Context(), &ec2.DescribeInstanceStatusInput{InstanceIds: many[:101]})
	_, noRequest := r.ec2.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{SpotInstanceRequestIds: []string{"sir-1"}})
	tests := []struct {
		name string
		err  error
		want string
	}{
		{"unknown filter", interfaces(ec2.DescribeNetworkInterfacesInput{Filters: filtersOf("nonsense=1")}), "InvalidParameterValue"},
		{"another action's filter", interfaces(ec2.DescribeNetworkInterfacesInput{Filters: filtersOf("attachment.network-card-index=0")}), "InvalidParameterValue"},
		{"too many values", interfaces(ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{{Name: aws.String("network-interface-id"), Values: many}}}), "FilterLimitExceeded"},
		{"page too large", interfaces(ec2.DescribeNetworkInterfacesInput{MaxResults: aws.Int32(1001)}), "InvalidParameterValue"},
		{"page too small", interfaces(ec2.DescribeNetworkInterfacesInput{MaxResults: aws.Int32(4)}), "InvalidParameterValue"},
		{"page with ids", interfaces(ec2.DescribeNetworkInterfacesInput{MaxResults: aws.Int32(5), NetworkInterfaceIds: []string{service}}), "InvalidParameterCombination"},
		{"invented token", interfaces(ec2.DescribeNetworkInterfacesInput{NextToken: aws.String("x")}), "InvalidNextToken"},
		{"one unknown interface", interfaces(ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{service, "eni-0ffffffffffffffff"}}), "InvalidNetworkInterfaceID.NotFound"},
		{"one unknown instance", instances(ec2.DescribeInstancesInput{InstanceIds: []string{holder, "i-0ffffffffffffffff"}}), "InvalidInstanceID.NotFound"},
		{"malformed instance", instances(ec2.DescribeInstancesInput{InstanceIds: []string{"i-xyz"}}), "InvalidInstanceID.Malformed"},
		{"dry run", instances(ec2.DescribeInstancesInput{DryRun: aws.Bool(true)}), "DryRunOperation"},
		{"action", unmodelled, "InvalidAction"},
		{"unknown type", unknownType, "InvalidInstanceType"},
		{"101 instances", tooMany, "InvalidParameterValue"},
		{"unknown Spot request", noRequest, "InvalidSpotInstanceRequestID.NotFound"},
	}
	for _, test := range tests {
		if got := code(test.err); got != test.want {
			t.Errorf("%s: got %v, want %s", test.name, test.err, test.want)
		}
	}
}

// TestPages reads pages while interfaces are deleted: no item comes twice, and none is left out.
func TestPages(t *testing.T) {
	w := unattachedPair()
	for n := range 23 {
		w.Interfaces = append(w.Interfaces, awssim.Interface{ID: fmt.Sprintf("eni-p%02d", n), AZ: zoneA, Tags: map[string]string{"p": ""}})
	}
	r := newRegion(t, w)
	pages := ec2.NewDescribeNetworkInterfacesPaginator(r.ec2, &ec2.DescribeNetworkInterfacesInput{
		Filters: filtersOf("tag-key=p"), MaxResults: aws.Int32(5),
	})
	var got []string
	count := 0
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.NetworkInterfaces {
			got = append(got, *i.NetworkInterfaceId)
		}
		if count++; count == 1 {
			r.Edit(func(w *awssim.World) {
				w.Interfaces = slices.DeleteFunc(w.Interfaces, func(i awssim.Interface) bool { return i.ID == "eni-p02" || i.ID == "eni-p04" })
			})
		}
	}
	if count != 5 || len(got) != 23 || !slices.IsSorted(got) || len(slices.Compact(got)) != 23 {
		t.Errorf("%d pages of %v", count, got)
	}
}

func TestInterfaceContents(t *testing.T) {
	w := pair()
	w.Interfaces[0] = awssim.Interface{
		ID: service, Description: "<db> & more", Subnet: "subnet-7", MAC: "02:00:00:00:00:07",
		PrivateIPs:   []awssim.PrivateIP{{Address: "10.0.1.5"}, {Address: "10.0.1.6", Primary: true, ElasticIP: "203.0.113.9"}},
		IPv6:         []string{"2001:db8::5"},
		IPv4Prefixes: []string{"10.0.2.16/28"}, IPv6Prefixes: []string{"2001:db8:0:0:1::/80"},
		SecurityGroups: []string{"sg-1", "sg-2"}, SourceDestCheck: aws.Bool(false),
		Attachment: &awssim.Attachment{ID: "eni-attach-1", Instance: holder, DeviceIndex: 1, DeleteOnTermination: true, AttachTime: time.Unix(1e9, 0)},
	}
	r := newRegion(t, w)
	out, err := r.ec2.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{service}})
	if err != nil {
		t.Fatal(err)
	}
	i := out.NetworkInterfaces[0]
	got := fmt.Sprint(*i.Description, *i.SubnetId, *i.MacAddress, *i.PrivateIpAddress, *i.PrivateIpAddresses[1].Primary, *i.PrivateIpAddresses[0].Primary,
		*i.Association.PublicIp, *i.PrivateIpAddresses[1].Association.AllocationId == "", i.PrivateIpAddresses[0].Association == nil,
		*i.Ipv6Addresses[0].Ipv6Address, *i.Ipv4Prefixes[0].Ipv4Prefix, *i.Ipv6Prefixes[0].Ipv6Prefix, *i.Groups[1].GroupId,
		*i.SourceDestCheck, *i.RequesterManaged, *i.Operator.Managed, i.InterfaceType, *i.AvailabilityZone, i.Status)
	want := fmt.Sprint("<db> & more", "subnet-7", "02:00:00:00:00:07", "10.0.1.6", true, false,
		"203.0.113.9", false, true, "2001:db8::5", "10.0.2.16/28", "2001:db8:0:0:1::/80", "sg-2",
		false, false, false, "interface", zoneA, "in-use")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	a := i.Attachment
	if *a.AttachmentId != "eni-attach-1" || *a.InstanceId != holder || *a.DeviceIndex != 1 || *a.NetworkCardIndex != 0 ||
		!*a.DeleteOnTermination || !a.AttachTime.Equal(time.Unix(1e9, 0)) || *a.InstanceOwnerId != "123456789012" {
		t.Errorf("attachment %+v", a)
	}
}

func TestInstanceContents(t *testing.T) {
	w := pair()
	since := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	w.Instances[0].SystemStatus, w.Instances[0].ImpairedSince = "impaired", since
	w.Instances[0].ApplicationStatus = "impaired"
	w.Instances[1].Lifecycle, w.Instances[1].SpotStatus, w.Instances[1].SpotBehavior = "spot", "marked-for-stop", "stop"
	w.Instances = append(w.Instances,
		awssim.Instance{ID: "i-c", AZ: zoneA, Lifecycle: "spot", SpotStatus: "none"},
		awssim.Instance{ID: "i-d", AZ: zoneA, State: "terminated", Tags: map[string]string{"k": "v"}})
	r := newRegion(t, w)

	status, err := r.ec2.DescribeInstanceStatus(t.Context(), &ec2.DescribeInstanceStatusInput{Filters: filtersOf("system-status.status=impaired")})
	if err != nil {
		t.Fatal(err)
	}
	if len(status.InstanceStatuses) != 1 || !status.InstanceStatuses[0].SystemStatus.Details[0].ImpairedSince.Equal(since) ||
		status.InstanceStatuses[0].InstanceStatus.Status != "ok" {
		t.Errorf("status %+v", status.InstanceStatuses)
	}
	byApplication, err := r.ec2.DescribeInstanceStatus(t.Context(), &ec2.DescribeInstanceStatusInput{Filters: filtersOf("application-status.status=impaired")})
	if err != nil || len(byApplication.InstanceStatuses) != 1 {
		t.Fatalf("%+v, %v", byApplication, err)
	}
	if a := byApplication.InstanceStatuses[0].ApplicationStatus; a == nil || a.Status != "impaired" || !a.ImpairedSince.Equal(since) {
		t.Errorf("application status %+v", a)
	}
	for everyState, want := range map[bool]int{false: 3, true: 4} {
		status, err := r.ec2.DescribeInstanceStatus(t.Context(), &ec2.DescribeInstanceStatusInput{IncludeAllInstances: &everyState})
		if err != nil || len(status.InstanceStatuses) != want {
			t.Errorf("all states %v: %d, %v", everyState, len(status.InstanceStatuses), err)
		}
	}

	spot, err := r.ec2.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{Filters: filtersOf("status-code=marked-for-*")})
	if err != nil {
		t.Fatal(err)
	}
	if len(spot.SpotInstanceRequests) != 1 || *spot.SpotInstanceRequests[0].InstanceId != standby ||
		spot.SpotInstanceRequests[0].InstanceInterruptionBehavior != "stop" || spot.SpotInstanceRequests[0].Type != "persistent" {
		t.Errorf("Spot requests %+v", spot.SpotInstanceRequests)
	}
	forgotten, err := r.ec2.DescribeSpotInstanceRequests(t.Context(), &ec2.DescribeSpotInstanceRequestsInput{Filters: filtersOf("instance-id=i-c")})
	if err != nil || len(forgotten.SpotInstanceRequests) != 0 {
		t.Errorf("forgotten request: %+v, %v", forgotten, err)
	}

	gone, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: []string{"i-d"}})
	if err != nil {
		t.Fatal(err)
	}
	i := gone.Reservations[0].Instances[0]
	if i.State.Name != "terminated" || *i.State.Code != 48 || i.VpcId != nil || len(i.NetworkInterfaces) != 0 || *i.Tags[0].Value != "v" {
		t.Errorf("terminated instance %+v", i)
	}
}

func TestTypesVpcsSubnets(t *testing.T) {
	w := pair()
	w.InstanceTypes = []awssim.InstanceType{{Name: "t3.medium", MaximumInterfaces: 7, IPv4PerInterface: 3}}
	r := newRegion(t, w)
	kinds, err := r.ec2.DescribeInstanceTypes(t.Context(), &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"t3.medium", "p4d.24xlarge"}})
	if err != nil {
		t.Fatal(err)
	}
	multi, own := kinds.InstanceTypes[0], kinds.InstanceTypes[1]
	if *own.NetworkInfo.MaximumNetworkInterfaces != 7 || *own.NetworkInfo.NetworkCards[0].MaximumNetworkInterfaces != 7 || own.Hypervisor != "nitro" {
		t.Errorf("overridden type: %+v", own.NetworkInfo)
	}
	if *multi.NetworkInfo.MaximumNetworkInterfaces != 60 || len(multi.NetworkInfo.NetworkCards) != 4 || *multi.NetworkInfo.NetworkCards[0].MaximumNetworkInterfaces != 15 {
		t.Errorf("type with cards: %+v", multi.NetworkInfo)
	}
	vpcs, err := r.ec2.DescribeVpcs(t.Context(), &ec2.DescribeVpcsInput{})
	if err != nil || len(vpcs.Vpcs) != 1 {
		t.Errorf("VPCs %+v, %v", vpcs, err)
	}
	subnets, err := r.ec2.DescribeSubnets(t.Context(), &ec2.DescribeSubnetsInput{Filters: filtersOf("availability-zone=" + zoneA)})
	if err != nil || len(subnets.Subnets) != 2 { // the subnet of the primary interfaces, and that of the secondary one
		t.Errorf("subnets %+v, %v", subnets, err)
	}
}

func TestDisruptedZone(t *testing.T) {
	w := pair()
	w.DisruptedAZs = []string{"eu-west-1b"}
	w.Instances = append(w.Instances, awssim.Instance{ID: "i-c", AZ: "eu-west-1b"})
	r := newRegion(t, w)
	for _, test := range []struct {
		ids  []string
		want string
	}{{nil, "Unavailable"}, {[]string{holder, "i-c"}, "Unavailable"}, {[]string{holder, standby}, ""}} {
		_, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{InstanceIds: test.ids})
		if code(err) != test.want {
			t.Errorf("%v: %v", test.ids, err)
		}
	}
}
