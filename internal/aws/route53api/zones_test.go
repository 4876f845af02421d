package route53api

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/record"
)

func TestZonesArePaged(t *testing.T) {
	// The zone to choose is on the last page; the first page has a zone that covers the name too.
	zones := []awssim.Zone{privateZone("ZA", "corp.internal", simple("db.zz.corp.internal.", "A", "10.0.0.9"))}
	for i := range 230 {
		zones = append(zones, privateZone(fmt.Sprintf("ZM%03d", i), fmt.Sprintf("m%03d.corp.internal", i)))
	}
	zones = append(zones, privateZone("ZZ", "zz.corp.internal", simple("db.zz.corp.internal.", "A", "10.0.0.5")))
	for _, listing := range [][]awssim.Zone{zones, backwards(zones)} {
		synctest.Test(t, func(t *testing.T) {
			sim, checker := simulate(t, listing...)
			if r := wantOne(t, checker.Check(t.Context(), eni("10.0.0.5", "db.zz.corp.internal"), nil), record.OK); r.HostedZone != "ZZ" {
				t.Errorf("zone %s, want ZZ", r.HostedZone)
			}
			wantActions(t, sim, "zzzr")
		})
	}
}

func backwards(zones []awssim.Zone) []awssim.Zone {
	out := slices.Clone(zones)
	slices.Reverse(out)
	return out
}

func TestZonesOfTheInterfacesVPCOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := privateZone("ZOTHER", "corp.internal", simple("db.corp.internal.", "A", "10.9.9.9"))
		other.VPCs = []string{"vpc-0f0f0f0f0f0f0f0f0"}
		_, checker := simulate(t, other, privateZone("ZCORP", "corp.internal", simple("db.corp.internal.", "A", "10.0.0.5")))
		e := eni("10.0.0.5", "db.corp.internal")
		wantOne(t, checker.Check(t.Context(), e, nil), record.OK)
		e.VPC = other.VPCs[0] // the remembered zone of one VPC does not count for another
		if r := wantOne(t, checker.Check(t.Context(), e, nil), record.Mismatch); r.HostedZone != "ZOTHER" {
			t.Errorf("zone %s, want ZOTHER", r.HostedZone)
		}
	})
}

func TestAMissingZoneIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t)
		e := eni("10.0.0.5", "db.corp.internal")
		wantOne(t, checker.Check(t.Context(), e, nil), record.NoZone)
		sim.Edit(func(w *awssim.World) {
			w.Zones = append(w.Zones, privateZone("ZCORP", "corp.internal", simple("db.corp.internal.", "A", "10.0.0.5")))
		})
		wantOne(t, checker.Check(t.Context(), e, nil), record.OK)
		wantActions(t, sim, "zzr")
	})
}

func TestARememberedZoneThatIsGone(t *testing.T) {
	tests := []struct {
		name    string
		now     []awssim.Zone
		zoneTag string
		state   record.State
		calls   string // of the three checks together
	}{
		{"replaced", []awssim.Zone{privateZone("ZNEW", "corp.internal", simple("db.corp.internal.", "A", "10.0.0.5"))}, "", record.OK, "zr rzr r"},
		{"gone for good", nil, "", record.NoZone, "zr rz z"},
		{"replaced, but the tag says the old one", []awssim.Zone{privateZone("ZNEW", "corp.internal")}, "ZOLD", record.NoZone, "zr rz z"},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			sim, checker := simulate(t, privateZone("ZOLD", "corp.internal", simple("db.corp.internal.", "A", "10.0.0.5")))
			e := eni("10.0.0.5", "db.corp.internal")
			e.HostedZone = tt.zoneTag
			wantOne(t, checker.Check(t.Context(), e, nil), record.OK)
			sim.Edit(func(w *awssim.World) { w.Zones = tt.now })
			wantOne(t, checker.Check(t.Context(), e, nil), tt.state)
			wantOne(t, checker.Check(t.Context(), e, nil), tt.state) // in the zone that is remembered now
			wantActions(t, sim, strings.ReplaceAll(tt.calls, " ", ""))
		})
	}
}

func TestAZoneThatIsListedButGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", simple("db.corp.internal.", "A", "10.0.0.5")))
		sim.Intercept(faultOn("ListResourceRecordSets", awssim.Fault{Code: "NoSuchHostedZone"}))
		e := eni("10.0.0.5", "db.corp.internal")
		wantDetail(t, wantOne(t, checker.Check(t.Context(), e, nil), record.NoZone), "zone ZCORP is listed for "+testVPC)
		wantActions(t, sim, "zr") // the zones are not listed again: the listing was fresh
	})
}
