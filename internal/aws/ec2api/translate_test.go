package ec2api_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

func TestTranslateInterface(t *testing.T) {
	bubble(t, "every field", func(t *testing.T) {
		no := false
		at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		w := holderAndStandby()
		w.Interfaces = []awssim.Interface{{
			ID: service, AZ: zoneA, VPC: "vpc-00000000000000001", Subnet: "subnet-00000000000000001", MAC: "02:00:00:00:00:01",
			Type: "trunk", Owner: "210987654321", SecurityGroups: []string{"sg-2", "sg-1"}, SourceDestCheck: &no,
			PrivateIPs: []awssim.PrivateIP{
				{Address: "10.0.0.5", ElasticIP: "203.0.113.1", AllocationID: "eipalloc-1"}, {Address: "10.0.0.6", Primary: true},
			},
			IPv6: []string{"2001:db8::5"}, IPv4Prefixes: []string{"10.0.1.0/28"}, IPv6Prefixes: []string{"2001:db8:1::/80"},
			RequesterManaged: true, OperatorManaged: true,
			Tags: map[string]string{
				"eni-failover:group": "db", "eni-failover:record": "db.corp.internal. x.corp.internal", "eni-failover:zone": "Z1",
				"eni-failover:paused": "", "eni-failover:left": holder + " 2026-11-23T09:00:00Z", "Name": "db",
				"eni-failover:probe": "tcp:5432 for:5s", "eni-failover:reached": holding,
			},
			Attachment: &awssim.Attachment{
				ID: holding, Instance: holder, InstanceOwner: "210987654321", Status: "attaching", DeviceIndex: 2, NetworkCard: 0,
				AttachTime: at, DeleteOnTermination: true,
			},
		}}
		w.Instances[0].VPC = "vpc-00000000000000001"
		_, client := simulate(t, w)
		want := []inventory.Interface{{
			ID: service, Type: "trunk", AZ: zoneA, VPC: "vpc-00000000000000001", Subnet: "subnet-00000000000000001",
			Owner: "210987654321", Status: "in-use", MAC: "02:00:00:00:00:01", RequesterManaged: true, OperatorManaged: true,
			Attachment: &inventory.Attachment{
				ID: holding, Instance: holder, InstanceOwner: "210987654321", Status: "attaching", DeviceIndex: 2,
				AttachTime: at, DeleteOnTermination: true,
			},
			Addresses: []inventory.Address{
				{IP: netip.MustParseAddr("10.0.0.5"), ElasticIP: netip.MustParseAddr("203.0.113.1"), AllocationID: "eipalloc-1"},
				{IP: netip.MustParseAddr("10.0.0.6"), Primary: true},
			},
			IPv6:           []netip.Addr{netip.MustParseAddr("2001:db8::5")},
			Prefixes:       []netip.Prefix{netip.MustParsePrefix("10.0.1.0/28"), netip.MustParsePrefix("2001:db8:1::/80")},
			SecurityGroups: []string{"sg-2", "sg-1"},
			Group:          "db", Records: []string{"db.corp.internal", "x.corp.internal"}, HostedZone: "Z1", Paused: true,
			LeftTag:  inventory.LeftTag{Instance: holder, Time: at.Add(-time.Hour)},
			ProbeTag: "tcp:5432 for:5s", ReachedTag: holding,
		}}
		managed, err := client.ManagedInterfaces(t.Context())
		if d := cmp.Diff(want, managed, equal...); d != "" || err != nil {
			t.Errorf("managed: %v\n%s", err, d)
		}
		look, err := client.InterfacesByID(t.Context(), []string{service})
		if d := cmp.Diff(want, look, equal...); d != "" || err != nil {
			t.Errorf("look: %v\n%s", err, d)
		}
	})
	bubble(t, "free", func(t *testing.T) {
		_, client := simulate(t, largeAccount(0, 1))
		list, err := client.ManagedInterfaces(t.Context())
		if err != nil || len(list) != 1 || list[0].Attachment != nil || list[0].Status != "available" || !list[0].SourceDestCheck {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

func TestTranslateInstance(t *testing.T) {
	bubble(t, "every field", func(t *testing.T) {
		at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		w := awssim.World{
			Instances: []awssim.Instance{
				{
					ID: holder, Type: "p4d.24xlarge", AZ: zoneA, VPC: "vpc-00000000000000001", State: "stopping", Lifecycle: "spot", LaunchTime: at,
					StateReason: awssim.StateReason{Code: "Server.SpotInstanceShutdown", Message: "Spot"},
					Tags:        map[string]string{"eni-failover:group": "db web", "eni-failover:priority": "7", "eni-failover:start": "yes"},
				},
				{ID: standby, Type: "t3.small", AZ: zoneA, State: "terminated", LaunchTime: at},
			},
		}
		for n, a := range []awssim.Attachment{
			{DeviceIndex: 2, Status: "detaching"}, {DeviceIndex: 1, NetworkCard: 1}, {DeviceIndex: 5, Status: "attaching"},
		} {
			a.Instance = holder
			w.Interfaces = append(w.Interfaces, awssim.Interface{ID: interfaceN(n), Attachment: &a})
		}
		sim, client := simulate(t, w)
		simulated, _ := sim.Instance(holder)
		list, err := client.FindInstances(t.Context(), []string{holder, standby})
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		primary := list[0].PrimaryInterface // the simulator chooses it
		if !strings.HasPrefix(primary, "eni-") {
			t.Errorf("primary interface %q", primary)
		}
		first, _ := sim.Interface(primary)
		address := netip.MustParseAddr(first.PrivateIPs[0].Address)
		want := inventory.Instance{
			ID: holder, Type: "p4d.24xlarge", AZ: zoneA, VPC: "vpc-00000000000000001", State: inventory.StateStopping,
			StateReason: inventory.StateReason{Code: "Server.SpotInstanceShutdown", Message: "Spot"},
			LaunchTime:  at, Spot: true, Groups: []string{"db", "web"}, Priority: 7, Start: true, Card0: []int{0, 2, 5}, Attached: 4,
			Secondary:        []string{"eni-00000000000000001", "eni-00000000000000003"},
			PrimaryInterface: primary, Subnet: simulated.Subnet, SourceDestCheck: true, PrimaryAddress: address,
		}
		if d := cmp.Diff(want, list[0], equal...); d != "" {
			t.Error(d)
		}
		if in := list[1]; in.State != inventory.StateTerminated || in.VPC != "" || in.Attached != 0 || in.Spot || in.Priority != 100 {
			t.Errorf("terminated: %+v", in)
		}
	})
}

// TestBareAnswers has answers without any field that EC2 may leave out.
func TestBareAnswers(t *testing.T) {
	bubble(t, "all", func(t *testing.T) {
		ctx := t.Context()
		interfaces := clientAnswered("DescribeNetworkInterfaces", "<networkInterfaceSet><item/><item><attachment/><privateIpAddressesSet><item/><item><association/></item></privateIpAddressesSet>"+
			"<ipv6AddressesSet><item/></ipv6AddressesSet><ipv4PrefixSet><item/></ipv4PrefixSet><ipv6PrefixSet><item/></ipv6PrefixSet><groupSet><item/></groupSet><tagSet><item/></tagSet><operator/></item></networkInterfaceSet>")
		if list, err := interfaces.ManagedInterfaces(ctx); err != nil || len(list) != 2 || list[0].Attachment != nil || list[1].Attachment == nil {
			t.Errorf("%+v, %v", list, err)
		}
		instances := clientAnswered("DescribeInstances", "<reservationSet><item/><item><instancesSet><item/><item><placement/><instanceState/><stateReason/><networkInterfaceSet><item/><item><attachment/></item></networkInterfaceSet></item></instancesSet></item></reservationSet>")
		if list, err := instances.FindInstances(ctx, []string{holder}); err != nil || len(list) != 2 || list[0].State != inventory.StateUnasked {
			t.Errorf("%+v, %v", list, err)
		}
		health := clientAnswered("DescribeInstanceStatus", "<instanceStatusSet><item/><item><instanceId>"+holder+"</instanceId><systemStatus><details><item/></details></systemStatus></item></instanceStatusSet>")
		if found, err := health.Health(ctx, []string{holder}); err != nil || found[holder] != (inventory.Health{}) {
			t.Errorf("%+v, %v", found, err)
		}
		requests := clientAnswered("DescribeSpotInstanceRequests", "<spotInstanceRequestSet><item/><item><instanceId>"+holder+"</instanceId><status/></item></spotInstanceRequestSet>")
		if found, err := requests.SpotRequests(ctx, []string{holder}); err != nil || found[holder] != (inventory.SpotRequest{}) {
			t.Errorf("%+v, %v", found, err)
		}
		types := clientAnswered("DescribeInstanceTypes", "<instanceTypeSet><item/><item><instanceType>t3.small</instanceType><networkInfo><networkCards><item/></networkCards></networkInfo></item></instanceTypeSet>")
		if found, err := types.Limits(ctx, []string{"t3.small"}); err != nil || found["t3.small"] != (inventory.Limits{}) {
			t.Errorf("%+v, %v", found, err)
		}
		if attachment, err := clientAnswered("AttachNetworkInterface", "").Attach(ctx, service, standby, 1); err != nil || attachment != "" {
			t.Errorf("%q, %v", attachment, err)
		}
	})
}
