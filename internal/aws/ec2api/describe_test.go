package ec2api_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

func instanceN(n int) string { return fmt.Sprintf("i-%017x", n+1) }

func interfaceN(n int) string { return fmt.Sprintf("eni-%017x", n+1) }

// largeAccount returns an account with many instances, and interfaces of as many groups.
func largeAccount(instances, interfaces int) awssim.World {
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
		sim, client := simulate(t, largeAccount(0, 2300))
		sim.Edit(func(w *awssim.World) { // an interface without the group tag
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
		w := largeAccount(1001, 0)
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
		sim, client := simulate(t, largeAccount(0, 1001))
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

// TestRepeatedAcrossPages has lists that change between two pages, so that the first item is on both. The result has the
// item once, from the later page.
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
		sim, client := simulate(t, largeAccount(0, 1500))
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
		w := largeAccount(1200, 0)
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
		w := largeAccount(450, 0)
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
		instances, err := client.FindInstances(t.Context(), ids)
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
		sim, client := simulate(t, largeAccount(0, 450))
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

// TestReadsAreFilteredOrPaged: each list has filters or pages, and so stays out of the small token bucket of other calls.
func TestReadsAreFilteredOrPaged(t *testing.T) {
	bubble(t, "all", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		for _, c := range calls() {
			_ = c.do(t.Context(), client)
		}
		for _, c := range sim.Calls() {
			if c.Mutating || c.Action == "DescribeInstanceStatus" { // it takes ids, but no filter for them
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
		_, client := simulate(t, holderAndStandby())
		if list, err := client.InterfacesByID(t.Context(), []string{service, interfaceN(99)}); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := client.FindInstances(t.Context(), []string{holder, instanceN(99)}); err != nil || len(list) != 1 {
			t.Errorf("%v, %v", list, err)
		}
		if list, err := client.FindMember(t.Context(), instanceN(99)); err != nil || len(list) != 0 {
			t.Errorf("%v, %v", list, err)
		}
		if found, err := client.SpotRequests(t.Context(), []string{holder, instanceN(99)}); err != nil || len(found) != 1 {
			t.Errorf("%v, %v", found, err)
		}
	})
	bubble(t, "nothing asked", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		_, err1 := client.InterfacesByID(t.Context(), nil)
		_, err2 := client.FindInstances(t.Context(), nil)
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

var equal = []cmp.Option{
	cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}), cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0),
}
