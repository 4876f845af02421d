package ec2api_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

func TestLimitsCache(t *testing.T) {
	bubble(t, "types", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
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
		// A type that EC2 has got since is found.
		sim.Edit(func(w *awssim.World) {
			w.InstanceTypes = append(w.InstanceTypes, awssim.InstanceType{Name: "t9.huge", MaximumInterfaces: 9, IPv4PerInterface: 1})
		})
		if found, err := client.Limits(t.Context(), []string{"t9.huge"}); err != nil || found["t9.huge"].Interfaces != 9 {
			t.Errorf("%v, %v", found, err)
		}
		// The cached types are in the result beside an error.
		sim.Intercept(faultOnAll(awssim.Fault{Code: "UnauthorizedOperation"}))
		if found, err := client.Limits(t.Context(), []string{"t3.small", "m5.large"}); err == nil || found["t3.small"].Interfaces != 3 {
			t.Errorf("%v, %v", found, err)
		}
		// The result is not the cache itself.
		found, _ := client.Limits(t.Context(), []string{"t3.small"})
		maps.DeleteFunc(found, func(string, inventory.Limits) bool { return true })
		if found, err := client.Limits(t.Context(), []string{"t3.small"}); err != nil || len(found) != 1 {
			t.Errorf("%v, %v", found, err)
		}
	})
}

func TestLimits(t *testing.T) {
	bubble(t, "types", func(t *testing.T) {
		w := holderAndStandby()
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
