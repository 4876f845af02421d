package ec2api_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

func instanceN(n int) string  { return fmt.Sprintf("i-%017x", n+1) }
func interfaceN(n int) string { return fmt.Sprintf("eni-%017x", n+1) }

// crowd is an account with many instances, and interfaces of as many groups.
func crowd(instances, interfaces int) awssim.World {
	w := awssim.World{}
	for n := range instances {
		w.Instances = append(w.Instances, awssim.Instance{
			ID: instanceN(n), AZ: zoneA, Type: "t3.small", Lifecycle: "spot",
			Tags: map[string]string{"eni-failover:group": fmt.Sprintf("g%d", n)},
		})
	}
	for n := range interfaces {
		w.Interfaces = append(w.Interfaces, awssim.Interface{ID: interfaceN(n), AZ: zoneA, Tags: group})
	}
	slices.Reverse(w.Interfaces)
	return w
}

func TestPages(t *testing.T) {
	bubble(t, "interfaces", func(t *testing.T) {
		sim, client := simulate(t, crowd(0, 2300))
		sim.Edit(func(w *awssim.World) { // one that is none of ours
			w.Interfaces = append(w.Interfaces, awssim.Interface{ID: "eni-0ffffffffffffffff", AZ: zoneA})
		})
		list, err := client.ManagedInterfaces(t.Context())
		if err != nil || len(list) != 2300 || len(sim.Calls()) != 3 {
			t.Fatalf("%d interfaces in %d calls: %v", len(list), len(sim.Calls()), err)
		}
		for n, e := range list {
			if e.ID != interfaceN(n) {
				t.Fatalf("interface %d is %s", n, e.ID)
			}
		}
	})
	bubble(t, "instances", func(t *testing.T) {
		w := crowd(1001, 0)
		for n := range w.Instances {
			w.Instances[n].Tags = group
		}
		sim, client := simulate(t, w)
		list, err := client.Members(t.Context(), []string{"db"})
		if err != nil || len(list) != 1001 || len(sim.Calls()) != 2 {
			t.Fatalf("%d instances in %d calls: %v", len(list), len(sim.Calls()), err)
		}
	})
	bubble(t, "a page fails", func(t *testing.T) {
		sim, client := simulate(t, crowd(0, 1001))
		sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Params.Has("NextToken") {
				return awssim.Fault{Code: "UnauthorizedOperation"}
			}
			return awssim.Fault{}
		})
		if list, err := client.ManagedInterfaces(t.Context()); err == nil || list != nil {
			t.Errorf("half a list: %d, %v", len(list), err)
		}
	})
}

// TestRepeatedAcrossPages has lists that change between two pages, so that the first item is on both: it counts
// once, as the page shows it that was read later.
func TestRepeatedAcrossPages(t *testing.T) {
	repeat := func(sim *awssim.Sim, id string, change func(*awssim.World)) {
		sim.Intercept(func(c awssim.Call) awssim.Fault {
			if !c.Params.Has("NextToken") {
				return awssim.Fault{}
			}
			return awssim.Fault{Repeat: id, Before: func() { sim.Edit(change) }}
		})
	}
	bubble(t, "interfaces", func(t *testing.T) {
		sim, client := simulate(t, crowd(0, 1500))
		repeat(sim, interfaceN(0), func(w *awssim.World) {
			n := slices.IndexFunc(w.Interfaces, func(e awssim.Interface) bool { return e.ID == interfaceN(0) })
			w.Interfaces[n].Tags = map[string]string{"eni-failover:group": "web"}
		})
		list, err := client.ManagedInterfaces(t.Context())
		if err != nil || len(list) != 1500 || len(sim.Calls()) != 2 {
			t.Fatalf("%d interfaces in %d calls: %v", len(list), len(sim.Calls()), err)
		}
		if list[0].ID != interfaceN(0) || list[0].Group != "web" {
			t.Errorf("%s of group %s, want what the later page shows", list[0].ID, list[0].Group)
		}
	})
	bubble(t, "instances", func(t *testing.T) {
		w := crowd(1200, 0)
		for n := range w.Instances {
			w.Instances[n].Tags = group
		}
		sim, client := simulate(t, w)
		first := w.Instances[0].ID
		repeat(sim, first, func(w *awssim.World) { w.Instances[0].State = "stopping" })
		list, err := client.AllMembers(t.Context())
		if err != nil || len(list) != 1200 {
			t.Fatalf("%d instances: %v", len(list), err)
		}
		if n := slices.IndexFunc(list, func(in inventory.Instance) bool { return in.ID == first }); list[n].State != inventory.StateStopping {
			t.Errorf("%s, want what the later page shows", list[n].State)
		}
	})
	bubble(t, "a member of groups that are asked for one after the other", func(t *testing.T) {
		var groups []string
		for n := range 400 {
			groups = append(groups, fmt.Sprintf("g%d.", n))
		}
		_, client := simulate(t, awssim.World{Instances: []awssim.Instance{
			{ID: holder, AZ: zoneA, Tags: map[string]string{"eni-failover:group": "g0. g399."}},
		}})
		if list, err := client.Members(t.Context(), groups); err != nil || len(list) != 1 {
			t.Errorf("%d instances: %v", len(list), err)
		}
	})
}

// TestChunks asks for more ids than one call takes.
func TestChunks(t *testing.T) {
	ids := make([]string, 450)
	groups := make([]string, 450)
	types := make([]string, 450)
	for n := range ids {
		ids[n], groups[n], types[n] = instanceN(n), fmt.Sprintf("g%d", n), fmt.Sprintf("x%d.large", n)
	}
	bubble(t, "all", func(t *testing.T) {
		w := crowd(450, 0)
		for n := range w.Instances {
			w.InstanceTypes = append(w.InstanceTypes, awssim.InstanceType{Name: types[n], MaximumInterfaces: 3, IPv4PerInterface: 1})
			w.Instances[n].Type = types[n]
		}
		sim, client := simulate(t, w)
		before := 0
		check := func(what string, found, calls int, err error) {
			t.Helper()
			if err != nil || found != 450 || len(sim.Calls())-before != calls {
				t.Errorf("%s: %d found in %d calls, want 450 in %d: %v", what, found, len(sim.Calls())-before, calls, err)
			}
			before = len(sim.Calls())
		}
		instances, err := client.Instances(t.Context(), ids)
		check("instances", len(instances), 3, err)
		health, err := client.Health(t.Context(), ids)
		check("health", len(health), 5, err)
		spot, err := client.SpotRequests(t.Context(), ids)
		check("interruptions", len(spot), 3, err)
		members, err := client.Members(t.Context(), groups)
		unique := map[string]bool{}
		for _, in := range members {
			unique[in.ID] = true
		}
		check("members", len(unique), 3, err)
		limits, err := client.Limits(t.Context(), types)
		// 100 types is the largest page: two pages for each 200 names.
		check("limits", len(limits), 5, err)
		if limits, err := client.Limits(t.Context(), types); len(limits) != 450 || err != nil || len(sim.Calls()) != before {
			t.Errorf("cached limits: %d in %d calls: %v", len(limits), len(sim.Calls())-before, err)
		}
	})
	bubble(t, "looks", func(t *testing.T) {
		sim, client := simulate(t, crowd(0, 450))
		enis := make([]string, 450)
		for n := range enis {
			enis[n] = interfaceN(n)
		}
		list, err := client.InterfacesByID(t.Context(), enis)
		if err != nil || len(list) != 450 || len(sim.Calls()) != 3 {
			t.Errorf("%d found in %d calls: %v", len(list), len(sim.Calls()), err)
		}
	})
}

// TestReadsAreFilteredOrPaged keeps every list out of the small token bucket of calls that are neither.
func TestReadsAreFilteredOrPaged(t *testing.T) {
	bubble(t, "all", func(t *testing.T) {
		sim, client := simulate(t, pair())
		for _, c := range calls() {
			_ = c.do(t.Context(), client)
		}
		for _, c := range sim.Calls() {
			if c.Mutating || c.Action == "DescribeInstanceStatus" { // which takes ids, and no filter for them
				continue
			}
			if !c.Params.Has("Filter.1.Name") || !c.Params.Has("MaxResults") {
				t.Errorf("%s", c)
			}
		}
	})
}

func TestUnknownIDs(t *testing.T) {
	bubble(t, "left out", func(t *testing.T) {
		_, client := simulate(t, pair())
		if list, err := client.InterfacesByID(t.Context(), []string{service, interfaceN(99)}); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := client.Instances(t.Context(), []string{holder, instanceN(99)}); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := client.Member(t.Context(), instanceN(99)); err != nil || len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
		if found, err := client.SpotRequests(t.Context(), []string{holder, instanceN(99)}); err != nil || len(found) != 1 {
			t.Errorf("%v, %v", found, err)
		}
	})
	bubble(t, "nothing asked", func(t *testing.T) {
		sim, client := simulate(t, pair())
		_, err1 := client.InterfacesByID(t.Context(), nil)
		_, err2 := client.Instances(t.Context(), nil)
		_, err3 := client.Members(t.Context(), nil)
		_, err4 := client.Health(t.Context(), nil)
		_, err5 := client.Limits(t.Context(), nil)
		if n := len(sim.Calls()); n != 0 || err1 != nil || err2 != nil || err3 != nil || err4 != nil || err5 != nil {
			t.Errorf("%d calls; %v %v %v %v %v", n, err1, err2, err3, err4, err5)
		}
	})
}

func TestMembersOfSeveralGroups(t *testing.T) {
	bubble(t, "substring", func(t *testing.T) {
		w := awssim.World{}
		for n, tag := range []string{"db", "web db", "db2", "web,db", " db ", "DB", "cache"} {
			w.Instances = append(w.Instances, awssim.Instance{ID: instanceN(n), AZ: zoneA, Tags: map[string]string{"eni-failover:group": tag}})
		}
		_, client := simulate(t, w)
		list, err := client.Members(t.Context(), []string{"db"})
		if err != nil {
			t.Fatal(err)
		}
		var members []string
		for _, in := range list {
			if in.MemberOf("db") {
				members = append(members, in.ID)
			}
		}
		if want := []string{instanceN(0), instanceN(1), instanceN(4)}; !slices.Equal(members, want) {
			t.Errorf("got %v, want %v", members, want)
		}
	})
}

func TestLimitsCache(t *testing.T) {
	bubble(t, "types", func(t *testing.T) {
		sim, client := simulate(t, pair())
		asked := func() (list []string) {
			for _, c := range sim.Calls() {
				var names []string
				for n := 1; c.Params.Has(fmt.Sprintf("Filter.1.Value.%d", n)); n++ {
					names = append(names, c.Params.Get(fmt.Sprintf("Filter.1.Value.%d", n)))
				}
				list = append(list, strings.Join(names, " "))
			}
			return list
		}
		for _, names := range []string{"t3.small", "t3.small", "t3.small t3.large t9.huge", "t9.huge t3.large"} {
			found, err := client.Limits(t.Context(), strings.Fields(names))
			if err != nil || len(found) != len(strings.Fields(strings.ReplaceAll(names, "t9.huge", ""))) {
				t.Errorf("%s: %v, %v", names, found, err)
			}
		}
		if got, want := asked(), []string{"t3.small", "t3.large t9.huge", "t9.huge"}; !slices.Equal(got, want) {
			t.Errorf("asked %q, want %q", got, want)
		}
		// A type that came to be known is found.
		sim.Edit(func(w *awssim.World) {
			w.InstanceTypes = append(w.InstanceTypes, awssim.InstanceType{Name: "t9.huge", MaximumInterfaces: 9, IPv4PerInterface: 1})
		})
		if found, err := client.Limits(t.Context(), []string{"t9.huge"}); err != nil || found["t9.huge"].Interfaces != 9 {
			t.Errorf("%v, %v", found, err)
		}
		// What is known stays known where the rest can't be asked.
		sim.Intercept(always(awssim.Fault{Code: "UnauthorizedOperation"}))
		if found, err := client.Limits(t.Context(), []string{"t3.small", "m5.large"}); err == nil || found["t3.small"].Interfaces != 3 {
			t.Errorf("%v, %v", found, err)
		}
		// The cache is not handed out.
		found, _ := client.Limits(t.Context(), []string{"t3.small"})
		maps.DeleteFunc(found, func(string, inventory.Limits) bool { return true })
		if found, err := client.Limits(t.Context(), []string{"t3.small"}); err != nil || len(found) != 1 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

func TestLimits(t *testing.T) {
	bubble(t, "types", func(t *testing.T) {
		w := pair()
		w.InstanceTypes = []awssim.InstanceType{{Name: "z1.metal", Hypervisor: "nitro", MaximumInterfaces: 8, CardInterfaces: []int{3, 5}, IPv4PerInterface: 2, IPv6PerInterface: 4}}
		_, client := simulate(t, w)
		found, err := client.Limits(t.Context(), []string{"t3.small", "t2.small", "p4d.24xlarge", "z1.metal"})
		want := map[string]inventory.Limits{
			"t3.small":     {Interfaces: 3, Card0: 3, IPv4: 4, IPv6: 4, Nitro: true},
			"t2.small":     {Interfaces: 3, Card0: 3, IPv4: 4, IPv6: 4},
			"p4d.24xlarge": {Interfaces: 60, Card0: 15, IPv4: 50, IPv6: 50, Nitro: true},
			"z1.metal":     {Interfaces: 8, Card0: 3, IPv4: 2, IPv6: 4, Nitro: true},
		}
		if d := cmp.Diff(want, found); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	})
}

func TestTranslateInterface(t *testing.T) {
	bubble(t, "every field", func(t *testing.T) {
		no := false
		at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		w := pair()
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
		_, client := simulate(t, crowd(0, 1))
		list, err := client.ManagedInterfaces(t.Context())
		if err != nil || len(list) != 1 || list[0].Attachment != nil || list[0].Status != "available" || !list[0].SourceDestCheck {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

var equal = []cmp.Option{
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0),
}

func TestTranslateInstance(t *testing.T) {
	bubble(t, "every field", func(t *testing.T) {
		at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		w := awssim.World{
			Instances: []awssim.Instance{
				{
					ID: holder, Type: "p4d.24xlarge", AZ: zoneA, VPC: "vpc-00000000000000001", State: "stopping", Lifecycle: "spot", LaunchTime: at,
					Tags: map[string]string{"eni-failover:group": "db web", "eni-failover:priority": "7"},
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
		list, err := client.Instances(t.Context(), []string{holder, standby})
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
			LaunchTime: at, Spot: true, Groups: []string{"db", "web"}, Priority: 7, Card0: []int{0, 2, 5}, Attached: 4,
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

func TestHealth(t *testing.T) {
	bubble(t, "checks", func(t *testing.T) {
		at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		w := crowd(7, 0)
		w.Instances[0].SystemStatus, w.Instances[0].ImpairedSince = "impaired", at
		w.Instances[1].InstanceStatus = "initializing"
		w.Instances[2].InstanceStatus = "insufficient-data"
		w.Instances[3].State = "stopped"
		w.Instances[5].ApplicationStatus, w.Instances[5].ImpairedSince = "impaired", at
		w.Instances[6].ApplicationStatus = "not-applicable"
		_, client := simulate(t, w)
		ids := []string{instanceN(0), instanceN(1), instanceN(2), instanceN(3), instanceN(4), instanceN(5), instanceN(6)}
		got, err := client.Health(t.Context(), ids)
		want := map[string]inventory.Health{
			ids[0]: {System: inventory.CheckImpaired, Instance: inventory.CheckOK, ImpairedSince: at},
			ids[1]: {System: inventory.CheckOK, Instance: inventory.CheckInitializing},
			ids[2]: {System: inventory.CheckOK, Instance: inventory.CheckInsufficient},
			ids[4]: {System: inventory.CheckOK, Instance: inventory.CheckOK},
			ids[5]: {System: inventory.CheckOK, Instance: inventory.CheckOK, Application: inventory.CheckImpaired},
			ids[6]: {System: inventory.CheckOK, Instance: inventory.CheckOK},
		}
		if d := cmp.Diff(want, got, equal...); d != "" || err != nil {
			t.Errorf("%v\n%s", err, d)
		}
	})
	bubble(t, "odd results", func(t *testing.T) {
		body := "<instanceStatusSet><item><instanceId>" + holder + "</instanceId>" +
			"<systemStatus><status>not-applicable</status></systemStatus><instanceStatus><status>splendid</status></instanceStatus></item></instanceStatusSet>"
		got, err := answering("DescribeInstanceStatus", body).Health(t.Context(), []string{holder})
		if err != nil || got[holder] != (inventory.Health{}) {
			t.Errorf("taken for something: %+v, %v", got, err)
		}
	})
}

// TestHealthOfWhatIsGone asks about instances of which EC2 does not know some: what it knows of the others counts.
func TestHealthOfWhatIsGone(t *testing.T) {
	const all = 200
	for _, tt := range []struct {
		name        string
		gone        []int
		calls, know int // at most so many calls, and at least so many of the others known
	}{
		{"one, the first", []int{0}, 2 + 14, 199},
		{"one in the middle", []int{150}, 2 + 14, 199},
		{"one alone in its hundred's last half", []int{199}, 2 + 14, 199},
		{"two", []int{37, 81}, 2 + 28, 198},
		{"more than are looked for", slices.Collect(func(yield func(int) bool) {
			for n := 0; n < 100 && yield(n); n += 9 {
			}
		}), 2 + 32, 100},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w, ids := crowd(all, 0), make([]string, all)
			for n := range ids {
				ids[n] = instanceN(n)
				w.Instances[n].SystemStatus = "impaired"
			}
			for _, n := range tt.gone {
				ids[n] = instanceN(1000 + n)
			}
			sim, client := simulate(t, w)
			got, err := client.Health(t.Context(), ids)
			if fault.CodeOf(err) != "InvalidInstanceID.NotFound" || len(got) < tt.know || len(got) > all-len(tt.gone) || len(sim.Calls()) > tt.calls {
				t.Errorf("%d found in %d calls, want %d in %d: %v", len(got), len(sim.Calls()), tt.know, tt.calls, err)
			}
			for id, h := range got {
				if h.System != inventory.CheckImpaired {
					t.Errorf("%s: %+v", id, h)
				}
			}
		})
	}
	bubble(t, "what was found before another error", func(t *testing.T) {
		ids := make([]string, 101)
		for n := range ids {
			ids[n] = instanceN(n)
		}
		sim, client := simulate(t, crowd(101, 0))
		sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Params.Get("InstanceId.1") == ids[100] {
				return awssim.Fault{Code: "UnauthorizedOperation"}
			}
			return awssim.Fault{}
		})
		got, err := client.Health(t.Context(), ids)
		if len(got) != 100 || fault.ClassOf(err) != fault.Denied || len(sim.Calls()) != 2 {
			t.Errorf("%d found in %d calls: %v", len(got), len(sim.Calls()), err)
		}
	})
}

// TestInterruptions has the status codes of "State changes for a Spot request" in the EC2 User Guide; those of an
// experiment are in its part "Interruption experiments", and in the tutorial "Test Spot Instance interruptions" of the
// AWS Fault Injection Service User Guide.
func TestInterruptions(t *testing.T) {
	const none, pending = inventory.InterruptionNone, inventory.InterruptionPending
	tests := map[string]inventory.Interruption{
		"fulfilled":                             none,
		"request-canceled-and-instance-running": none,

		"marked-for-stop":                   pending,
		"marked-for-termination":            pending,
		"marked-for-stop-by-experiment":     pending,
		"instance-terminated-no-capacity":   pending, // while the instance runs on for two minutes: note †
		"instance-terminated-by-experiment": pending,
		// These the guide has with an instance that is terminated. One that is shown running will be.
		"instance-terminated-by-price":                pending,
		"instance-terminated-by-schedule":             pending,
		"instance-terminated-by-service":              pending,
		"instance-terminated-by-user":                 pending,
		"instance-terminated-launch-group-constraint": pending,

		// An instance that runs again after a stop may be shown with the code of the stop.
		"instance-stopped-by-user":       none,
		"instance-stopped-by-price":      none,
		"instance-stopped-no-capacity":   none,
		"instance-stopped-by-experiment": none,
		"pending-evaluation":             none,

		"none" /* EC2 has forgotten the request */ : inventory.InterruptionUnknown,
	}
	bubble(t, "codes", func(t *testing.T) {
		sim, client := simulate(t, pair())
		for code, want := range tests {
			sim.Edit(func(w *awssim.World) { w.Instances[0].SpotStatus = code })
			found, err := client.SpotRequests(t.Context(), []string{holder, standby})
			if err != nil || found[holder].Interruption != want || found[standby] != (inventory.SpotRequest{}) {
				t.Errorf("%s: got %v, want %q: %v", code, found, want, err)
			}
		}
	})
	bubble(t, "a persistent request that is open again and names no instance", func(t *testing.T) {
		sim, client := simulate(t, pair())
		sim.Edit(func(w *awssim.World) {
			in := &w.Instances[0]
			in.SpotStatus, in.SpotType, in.SpotUnnamed = "instance-terminated-no-capacity", "persistent", true
		})
		if found, err := client.SpotRequests(t.Context(), []string{holder}); err != nil || len(found) != 0 {
			t.Errorf("got %v, want no answer: %v", found, err)
		}
	})
}

// TestSeveralSpotRequests has two requests that name one instance, in either order of the answer.
func TestSeveralSpotRequests(t *testing.T) {
	request := func(state, code, created string) string {
		return "<item><instanceId>" + holder + "</instanceId><state>" + state + "</state><status><code>" + code + "</code></status>" +
			"<createTime>2026-11-23T" + created + ":00:00Z</createTime></item>"
	}
	const running, ended = "fulfilled", "instance-terminated-no-capacity"
	tests := map[string]struct {
		one, other string
		want       inventory.Interruption
	}{
		"an old closed one and a new active one":     {request("closed", ended, "08"), request("active", running, "09"), inventory.InterruptionNone},
		"an old active one and a new closed one":     {request("active", running, "08"), request("closed", ended, "09"), inventory.InterruptionNone},
		"an old active one that is marked":           {request("active", "marked-for-stop", "08"), request("cancelled", "request-canceled-and-instance-running", "09"), inventory.InterruptionPending},
		"an old open one and a new closed one":       {request("open", "pending-evaluation", "08"), request("closed", ended, "09"), inventory.InterruptionPending},
		"an old closed one and a new cancelled one":  {request("closed", ended, "08"), request("cancelled", "request-canceled-and-instance-running", "09"), inventory.InterruptionNone},
		"two of one instant":                         {request("closed", ended, "08"), request("cancelled", "request-canceled-and-instance-running", "08"), inventory.InterruptionPending},
		"two active ones of one instant, one marked": {request("active", running, "08"), request("active", "marked-for-stop", "08"), inventory.InterruptionPending},
	}
	for name, test := range tests {
		bubble(t, name, func(t *testing.T) {
			for _, list := range []string{test.one + test.other, test.other + test.one} {
				client := answering("DescribeSpotInstanceRequests", "<spotInstanceRequestSet>"+list+"</spotInstanceRequestSet>")
				found, err := client.SpotRequests(t.Context(), []string{holder})
				if err != nil || found[holder].Interruption != test.want {
					t.Errorf("got %v, want %q: %v\n%s", found, test.want, err, list)
				}
			}
		})
	}
}

// TestBareAnswers has answers that lack whatever can be left out.
func TestBareAnswers(t *testing.T) {
	bubble(t, "all", func(t *testing.T) {
		ctx := t.Context()
		interfaces := answering("DescribeNetworkInterfaces", "<networkInterfaceSet><item/><item><attachment/><privateIpAddressesSet><item/><item><association/></item></privateIpAddressesSet>"+
			"<ipv6AddressesSet><item/></ipv6AddressesSet><ipv4PrefixSet><item/></ipv4PrefixSet><ipv6PrefixSet><item/></ipv6PrefixSet><groupSet><item/></groupSet><tagSet><item/></tagSet><operator/></item></networkInterfaceSet>")
		if list, err := interfaces.ManagedInterfaces(ctx); err != nil || len(list) != 2 || list[0].Attachment != nil || list[1].Attachment == nil {
			t.Errorf("%+v, %v", list, err)
		}
		instances := answering("DescribeInstances", "<reservationSet><item/><item><instancesSet><item/><item><placement/><instanceState/><networkInterfaceSet><item/><item><attachment/></item></networkInterfaceSet></item></instancesSet></item></reservationSet>")
		if list, err := instances.Instances(ctx, []string{holder}); err != nil || len(list) != 2 || list[0].State != inventory.StateUnasked {
			t.Errorf("%+v, %v", list, err)
		}
		health := answering("DescribeInstanceStatus", "<instanceStatusSet><item/><item><instanceId>"+holder+"</instanceId><systemStatus><details><item/></details></systemStatus></item></instanceStatusSet>")
		if found, err := health.Health(ctx, []string{holder}); err != nil || found[holder] != (inventory.Health{}) {
			t.Errorf("%+v, %v", found, err)
		}
		requests := answering("DescribeSpotInstanceRequests", "<spotInstanceRequestSet><item/><item><instanceId>"+holder+"</instanceId><status/></item></spotInstanceRequestSet>")
		if found, err := requests.SpotRequests(ctx, []string{holder}); err != nil || found[holder] != (inventory.SpotRequest{}) {
			t.Errorf("%+v, %v", found, err)
		}
		types := answering("DescribeInstanceTypes", "<instanceTypeSet><item/><item><instanceType>t3.small</instanceType><networkInfo><networkCards><item/></networkCards></networkInfo></item></instanceTypeSet>")
		if found, err := types.Limits(ctx, []string{"t3.small"}); err != nil || found["t3.small"] != (inventory.Limits{}) {
			t.Errorf("%+v, %v", found, err)
		}
		if attachment, err := answering("AttachNetworkInterface", "").Attach(ctx, service, standby, 1); err != nil || attachment != "" {
			t.Errorf("%q, %v", attachment, err)
		}
	})
}
