package route53api

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/record"
)

// randomZones returns zones with records of all kinds, and interfaces with names of which some have records.
func randomZones(rng *rand.Rand) ([]awssim.Zone, []inventory.Interface) {
	zones := []awssim.Zone{
		privateZone("ZCORP", "corp.internal"), privateZone("ZSUB", "sub.corp.internal"),
		{ID: "ZOTHER", Name: "other.internal", VPCs: []string{testVPC}, Owner: "999988887777"},
	}
	labels := []string{"a", "ab", "a-b", "a.b", "b_c", `x\052`, "zz"}
	var names []string
	for k := range 250 {
		zone := rng.IntN(2)
		name := fmt.Sprintf("%s%d.%s.", labels[rng.IntN(len(labels))], k, zones[zone].Name)
		names = append(names, name)
		switch rng.IntN(6) {
		case 0: // the name has no record
		case 1:
			zones[zone].Records = append(zones[zone].Records, simple(name, "TXT", `"x"`))
		case 2:
			for n := range 2 + rng.IntN(30) { // more than the page for one name has
				zones[zone].Records = append(zones[zone].Records, weighted(name, "10.0.0.5", fmt.Sprint("set", n)))
			}
		case 3:
			zones[zone].Records = append(zones[zone].Records, simple(name, "A", "10.0.0.5"), simple(name, "AAAA", "2001:db8::9"))
		default:
			zones[zone].Records = append(zones[zone].Records, simple(name, "A", "10.0.0.5"))
		}
	}
	var list []inventory.Interface
	for k := range 60 {
		e := eni("10.0.0.5")
		e.ID = fmt.Sprintf("eni-%017x", k)
		for range rng.IntN(4) {
			e.Records = append(e.Records, names[rng.IntN(len(names))])
		}
		list = append(list, e)
	}
	list[0].Records = []string{"db.other.internal", "db.nowhere.example"}
	list[1].Records, list[1].HostedZone = []string{names[0], names[1]}, "ZCORP"
	return zones, list
}

// TestCheckAllAgreesWithCheck: CheckAll finds of many names what Check finds of each, in fewer calls.
func TestCheckAllAgreesWithCheck(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			zones, list := randomZones(rand.New(rand.NewPCG(seed, 0)))
			together, c := simulate(t, zones...)
			got := c.CheckAll(t.Context(), list, nil)
			apart, each := simulate(t, zones...)
			for _, e := range list {
				if len(e.Records) == 0 {
					if _, ok := got[e.ID]; ok {
						t.Errorf("seed %d: a result for an interface without names", seed)
					}
					continue
				}
				// The pages of Check and CheckAll show different parts of a name with many record sets.
				simple := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Got" }, cmp.Ignore())
				if d := cmp.Diff(each.Check(t.Context(), e, nil), got[e.ID], compareAddrs, simple); d != "" {
					t.Errorf("seed %d: %v: %s", seed, e.Records, d)
				}
			}
			if n, m := len(together.Calls()), len(apart.Calls()); n > m {
				t.Errorf("seed %d: %d calls together, %d apart", seed, n, m)
			}
		})
	}
}

// TestCheckAllReadsPages: a zone full of names costs a call for each page.
func TestCheckAllReadsPages(t *testing.T) {
	bubble(t, "full", func(t *testing.T) {
		zone := privateZone("ZCORP", "corp.internal")
		var list []inventory.Interface
		for k := range 1000 {
			name := fmt.Sprintf("n%04d.corp.internal.", k)
			zone.Records = append(zone.Records, simple(name, "A", "10.0.0.5"))
			e := eni("10.0.0.5", name)
			e.ID = fmt.Sprint("eni-", k)
			list = append(list, e)
		}
		sim, c := simulate(t, zone)
		for id, results := range c.CheckAll(t.Context(), list, nil) {
			wantOne(t, results, record.OK)
			if t.Failed() {
				t.Fatal(id)
			}
		}
		wantActions(t, sim, "zrrrr")
	})
	bubble(t, "a page that breaks off within a name", func(t *testing.T) {
		zone := privateZone("ZCORP", "corp.internal", simple("a.corp.internal.", "A", "10.0.0.5"))
		for k := range maxPage - 2 {
			zone.Records = append(zone.Records, simple(fmt.Sprintf("b%03d.corp.internal.", k), "A", "10.0.0.5"))
		}
		zone.Records = append(zone.Records, simple("c.corp.internal.", "A", "10.0.0.5"), simple("c.corp.internal.", "AAAA", "2001:db8::9"))
		sim, c := simulate(t, zone)
		results := c.CheckAll(t.Context(), []inventory.Interface{eni("10.0.0.5", "a.corp.internal", "c.corp.internal")}, nil)[testENI]
		if len(results) != 2 || results[0].State != record.OK || results[1].State != record.Mismatch {
			t.Errorf("%+v; want ok, mismatch", results)
		}
		wantActions(t, sim, "zrr")
	})
}

func TestCheckAllFailures(t *testing.T) {
	list := []inventory.Interface{eni("10.0.0.5", "a.corp.internal", "b.corp.internal"), eni("10.0.0.5", "c.corp.internal")}
	list[1].ID = "eni-2"
	zone := privateZone("ZCORP", "corp.internal", simple("a.corp.internal.", "A", "10.0.0.5"))
	for _, tt := range []struct {
		name, action string
		fault        awssim.Fault
		state        record.State
		cause        record.Cause
		calls        string
	}{
		{"zones denied", "ListHostedZonesByVPC", awssim.Fault{Code: "AccessDenied"}, record.Unverified, record.CauseDenied, "z"},
		{"records denied", "ListResourceRecordSets", awssim.Fault{Code: "AccessDenied"}, record.Unverified, record.CauseDenied, "zr"},
		{"zone gone", "ListResourceRecordSets", awssim.Fault{Code: "NoSuchHostedZone"}, record.NoZone, "", "zr"},
		{"records hang", "ListResourceRecordSets", awssim.Fault{Delay: time.Hour}, record.Unverified, record.CauseOutOfTime, "zrr"},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			sim, c := simulate(t, zone)
			sim.Intercept(faultOn(tt.action, tt.fault))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			found := c.CheckAll(ctx, list, nil)
			for _, r := range slices.Concat(found[list[0].ID], found[list[1].ID]) {
				if r.State != tt.state || r.Cause != tt.cause || r.Name == "" {
					t.Errorf("%+v; want %s, %s", r, tt.state, tt.cause)
				}
				wantAddrs(t, "want", r.Want, "10.0.0.5")
			}
			wantActions(t, sim, tt.calls)
		})
	}
}
