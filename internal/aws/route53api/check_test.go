package route53api

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

func TestCheckStates(t *testing.T) {
	alias := awssim.Record{Name: "alias.corp.internal.", Type: "A", Alias: &awssim.Alias{Zone: "ZCORP", Name: "db.corp.internal."}}
	failover := simple("failover.corp.internal.", "A", "10.0.0.5")
	failover.SetIdentifier, failover.Failover = "one", "PRIMARY"
	latency := simple("latency.corp.internal.", "A", "10.0.0.5")
	latency.SetIdentifier, latency.Region = "one", simclient.Region
	multi := simple("multi.corp.internal.", "A", "10.0.0.5")
	multi.SetIdentifier, multi.MultiValue = "one", true
	zones := []awssim.Zone{
		privateZone("ZINTERNAL", "internal", simple("deep.db2.corp.internal.", "A", "10.0.0.5")),
		privateZone("ZCORP", "corp.internal",
			simple("db.corp.internal.", "A", "10.0.0.5"),
			simple("dual.corp.internal.", "A", "10.0.0.5"), simple("dual.corp.internal.", "AAAA", "2001:db8::5"),
			simple("shared.corp.internal.", "A", "10.0.0.9 10.0.0.5"),
			simple("wrong.corp.internal.", "A", "10.0.0.9"),
			simple("text.corp.internal.", "TXT", `"x"`),
			simple("cname.corp.internal.", "CNAME", "db.corp.internal"),
			simple(`\052.wild.corp.internal.`, "A", "10.0.0.5"),
			simple("zz.wild.corp.internal.", "A", "10.0.0.5"),
			simple("next.corp.internal.", "A", "10.0.0.5"),
			weighted("weighted.corp.internal.", "10.0.0.5", "one"), weighted("weighted.corp.internal.", "10.0.0.9", "two"),
			alias, failover, latency, multi,
		),
		privateZone("ZDB2", "db2.corp.internal"),
		privateZone("ZTWIN1", "twin.internal", simple("db.twin.internal.", "A", "10.0.0.9")),
		privateZone("ZTWIN2", "twin.internal", simple("db.twin.internal.", "A", "10.0.0.5")),
		{ID: "ZOTHER", Name: "other.internal", VPCs: []string{testVPC}, Owner: "999988887777"},
		{ID: "ZEFS", Name: "efs.internal", VPCs: []string{testVPC}, OwningService: "efs.amazonaws.com"},
		{ID: "ZELSEWHERE", Name: "elsewhere.example", VPCs: []string{"vpc-0f0f0f0f0f0f0f0f0"}, Records: []awssim.Record{simple("db.elsewhere.example.", "A", "10.0.0.5")}},
	}
	tests := []struct {
		name, zoneTag string
		addresses     string // of the interface; 10.0.0.5 if empty
		state         record.State
		cause         record.Cause
		zone, got     string
		detail        string
	}{
		{name: "db.corp.internal", state: record.OK, zone: "ZCORP", got: "10.0.0.5"},
		{name: "DB.Corp.Internal", state: record.OK, zone: "ZCORP", got: "10.0.0.5"},
		{name: `d\142.corp.internal`, state: record.OK, zone: "ZCORP", got: "10.0.0.5"},
		{name: "*.wild.corp.internal", state: record.OK, zone: "ZCORP", got: "10.0.0.5"},
		{name: `\052.wild.corp.internal`, state: record.OK, zone: "ZCORP", got: "10.0.0.5"},
		{name: "shared.corp.internal", state: record.OK, zone: "ZCORP", got: "10.0.0.5 10.0.0.9"},
		{name: "db.corp.internal", addresses: "10.0.0.4 10.0.0.5", state: record.OK, zone: "ZCORP", got: "10.0.0.5"},
		{name: "dual.corp.internal", addresses: "10.0.0.5 2001:db8::5", state: record.OK, zone: "ZCORP", got: "10.0.0.5 2001:db8::5"},
		{name: "dual.corp.internal", state: record.Mismatch, zone: "ZCORP", got: "10.0.0.5 2001:db8::5", detail: "no IPv6 address"},
		{name: "wrong.corp.internal", state: record.Mismatch, zone: "ZCORP", got: "10.0.0.9", detail: "the A record holds 10.0.0.9"},
		{name: "absent.corp.internal", state: record.Missing, zone: "ZCORP", detail: "no A, AAAA or CNAME record"},
		{name: "nexs.corp.internal", state: record.Missing, zone: "ZCORP", detail: "no A, AAAA or CNAME record"},
		{name: "a.wild.corp.internal", state: record.Missing, zone: "ZCORP", detail: "no A, AAAA or CNAME record of this name"},
		{name: "text.corp.internal", state: record.Missing, zone: "ZCORP", detail: "no A, AAAA or CNAME record"},
		{name: "deep.db2.corp.internal", state: record.Missing, zone: "ZDB2", detail: "no A"},
		{name: "cname.corp.internal", state: record.NotSimple, zone: "ZCORP", detail: "CNAME for db.corp.internal"},
		{name: "weighted.corp.internal", state: record.NotSimple, zone: "ZCORP", got: "10.0.0.5 10.0.0.9", detail: "weighted"},
		{name: "alias.corp.internal", state: record.NotSimple, zone: "ZCORP", detail: "alias"},
		{name: "failover.corp.internal", state: record.NotSimple, zone: "ZCORP", got: "10.0.0.5", detail: "failover"},
		{name: "latency.corp.internal", state: record.NotSimple, zone: "ZCORP", got: "10.0.0.5", detail: "latency"},
		{name: "multi.corp.internal", state: record.NotSimple, zone: "ZCORP", got: "10.0.0.5", detail: "multivalue"},
		{name: "db.elsewhere.example", state: record.NoZone, detail: "no private hosted zone of " + testVPC},
		{name: "db.elsewhere.example", zoneTag: "ZELSEWHERE", state: record.NoZone, detail: "zone ZELSEWHERE of the tag eni-failover:zone is not associated"},
		{name: "db.twin.internal", state: record.Unverified, cause: record.CauseAmbiguousZone, detail: "eni-failover:zone"},
		{name: "db.twin.internal", zoneTag: "ZTWIN2", state: record.OK, zone: "ZTWIN2", got: "10.0.0.5"},
		{name: "db.twin.internal", zoneTag: "ZTWIN1", state: record.Mismatch, zone: "ZTWIN1", got: "10.0.0.9"},
		{name: "db.other.internal", state: record.Unverified, cause: record.CauseForeignZone, zone: "ZOTHER", detail: "account 999988887777"},
		{name: "fs.efs.internal", state: record.Unverified, cause: record.CauseForeignZone, zone: "ZEFS", detail: "efs.amazonaws.com"},
	}
	for _, tt := range tests {
		bubble(t, tt.name+" "+tt.zoneTag+" "+tt.addresses, func(t *testing.T) {
			_, checker := simulate(t, zones...)
			if tt.addresses == "" {
				tt.addresses = "10.0.0.5"
			}
			e := eni(tt.addresses, tt.name)
			e.HostedZone = tt.zoneTag
			r := wantOne(t, checker.Check(t.Context(), e, nil), tt.state)
			if r.Name != tt.name || r.HostedZone != tt.zone || r.Cause != tt.cause {
				t.Errorf("name %q, zone %q, cause %q; want %q, %q, %q", r.Name, r.HostedZone, r.Cause, tt.name, tt.zone, tt.cause)
			}
			wantAddrs(t, "got", r.Got, tt.got)
			wantDetail(t, r, tt.detail)
			if len(r.Want) == 0 {
				t.Errorf("nothing wanted of %+v", r)
			}
		})
	}
}

func TestCheckWithoutNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t)
		wantOne(t, checker.Repair(t.Context(), eni("10.0.0.5"), nil), record.NotConfigured)
		wantActions(t, sim, "")
	})
}

func TestCheckCosts(t *testing.T) {
	zone := privateZone("ZCORP", "corp.internal",
		simple("db.corp.internal.", "A", "10.0.0.5"), simple("db.corp.internal.", "AAAA", "2001:db8::5"),
		simple("db.corp.internal.", "MX", "10\u00a0mail"), simple("www.corp.internal.", "A", "10.0.0.5"))
	tests := []struct {
		name       string
		names      []string
		cold, warm string
	}{
		{"A and AAAA", []string{"db.corp.internal"}, "zr", "r"},
		{"two names", []string{"db.corp.internal", "www.corp.internal"}, "zrr", "rr"},
		{"one name twice", []string{"db.corp.internal", "DB.corp.internal."}, "zrr", "rr"},
		{"no zone, which is not remembered", []string{"db.example.com", "www.example.com"}, "z", "z"},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			sim, checker := simulate(t, zone)
			e := eni("10.0.0.5 2001:db8::5", tt.names...)
			for i, r := range checker.Check(t.Context(), e, nil) {
				if want := record.Normalize(tt.names[i]); record.Normalize(r.Name) != want {
					t.Errorf("result %d is about %s, want %s", i, r.Name, want)
				}
			}
			wantActions(t, sim, tt.cold)
			checker.Check(t.Context(), e, nil)
			wantActions(t, sim, tt.cold+tt.warm)
		})
	}
}

// onePerPage is a transport to a Route 53 whose pages have one record set each.
type onePerPage struct{ next http.RoundTripper }

// RoundTrip asks for a page of one record set in place of a larger one.
func (p onePerPage) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	query := r.URL.Query()
	query.Set("maxitems", "1")
	r.URL.RawQuery = query.Encode()
	return p.next.RoundTrip(r)
}

func TestCheckReadsOnWhileItMatters(t *testing.T) {
	zone := privateZone("ZCORP", "corp.internal",
		simple("db.corp.internal.", "A", "10.0.0.5"), simple("db.corp.internal.", "AAAA", "2001:db8::9"),
		simple("db.corp.internal.", "MX", "10mail"), simple("db.corp.internal.", "TXT", `"x"`),
		weighted("w.corp.internal.", "10.0.0.5", "one"), weighted("w.corp.internal.", "10.0.0.9", "two"),
		simple("zz.corp.internal.", "A", "10.0.0.9"))
	tests := []struct {
		name  string
		state record.State
		calls string
	}{
		{"db.corp.internal", record.Mismatch, "zrr"}, // both families, without MX and TXT
		{"w.corp.internal", record.NotSimple, "zr"},  // the first set is enough
		{"absent.corp.internal", record.Missing, "zr"},
		{"zz.corp.internal", record.Mismatch, "zr"}, // the last name of the zone
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			sim, _ := simulate(t, zone)
			checker := checkerOn(onePerPage{sim.RoundTripper()})
			wantOne(t, checker.Check(t.Context(), eni("10.0.0.5 2001:db8::5", tt.name), nil), tt.state)
			wantActions(t, sim, tt.calls)
		})
	}
}

func TestCheckFailures(t *testing.T) {
	const zones, records = "ListHostedZonesByVPC", "ListResourceRecordSets"
	tests := []struct {
		name    string
		fault   func(awssim.Call) awssim.Fault
		cause   record.Cause
		detail  string
		calls   string
		elapsed time.Duration // limits the time of the check
	}{
		{"zones throttled", faultOn(zones, awssim.Fault{Code: "Throttling"}), record.CauseThrottled, "throttled: route53:ListHostedZonesByVPC (Throttling)", "zzzzzz", time.Minute},
		{"records throttled", faultOn(records, awssim.Fault{Code: "Throttling"}), record.CauseThrottled, "throttled: route53:ListResourceRecordSets (Throttling)", "zrrrrrr", time.Minute},
		{"throttled by a proxy", faultOn(records, awssim.Fault{Status: http.StatusTooManyRequests}), record.CauseThrottled, "HTTP status 429", "", time.Minute},
		{"zones denied", faultOn(zones, awssim.Fault{Code: "AccessDenied"}), record.CauseDenied, "denied: route53:ListHostedZonesByVPC (AccessDenied)", "z", time.Second},
		{"records denied", faultOn(records, awssim.Fault{Code: "AccessDeniedException"}), record.CauseDenied, "denied: route53:ListResourceRecordSets", "zr", time.Second},
		{"refused without a code", faultOn(records, awssim.Fault{Status: http.StatusForbidden}), record.CauseDenied, "HTTP status 403", "zr", time.Second},
		{"server error", faultOn(records, awssim.Fault{Code: "InternalError"}), record.CauseUnavailable, "no usable answer: route53:ListResourceRecordSets (InternalError)", "zrrrrrr", time.Minute},
		{"gateway error", faultOn(zones, awssim.Fault{Status: http.StatusBadGateway}), record.CauseUnavailable, "HTTP status 502", "zzzzzz", time.Minute},
		{"no answer", faultOn(zones, awssim.Fault{Drop: true}), record.CauseUnavailable, "no usable answer: route53:ListHostedZonesByVPC", "zzzzzz", time.Minute},
		{"bad request", faultOn(zones, awssim.Fault{Code: "InvalidVPCId"}), record.CauseRefused, "refused: route53:ListHostedZonesByVPC (InvalidVPCId)", "z", time.Second},
		{"out of time at the zones", faultOn(zones, awssim.Fault{Delay: time.Hour}), record.CauseOutOfTime, "out of time", "z", 5 * time.Second},
		{"out of time at the records", faultOn(records, awssim.Fault{Delay: time.Hour}), record.CauseOutOfTime, "out of time", "zr", 5 * time.Second},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", simple("db.corp.internal.", "A", "10.0.0.5")))
			sim.Intercept(tt.fault)
			budget := time.Hour
			if tt.cause == record.CauseOutOfTime {
				budget = tt.elapsed
			}
			ctx, cancel := context.WithTimeout(t.Context(), budget)
			defer cancel()
			start := time.Now()
			r := wantOne(t, checker.Check(ctx, eni("10.0.0.5", "db.corp.internal"), nil), record.Unverified)
			if r.Cause != tt.cause {
				t.Errorf("cause %q, want %q", r.Cause, tt.cause)
			}
			wantDetail(t, r, tt.detail)
			if elapsed := elapsedSince(start); elapsed > tt.elapsed {
				t.Errorf("took %s, want at most %s", elapsed, tt.elapsed)
			}
			if tt.calls != "" {
				wantActions(t, sim, tt.calls)
			}
			sim.Intercept(nil)
			wantOne(t, checker.Check(t.Context(), eni("10.0.0.5", "db.corp.internal"), nil), record.OK)
		})
	}
}

func TestCheckSurvivesAPassingThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t, privateZone("ZCORP", "corp.internal", simple("db.corp.internal.", "A", "10.0.0.5")))
		sim.Intercept(faultOn("ListResourceRecordSets", awssim.Fault{Code: "Throttling"}, 1))
		wantOne(t, checker.Check(t.Context(), eni("10.0.0.5", "db.corp.internal"), nil), record.OK)
		wantActions(t, sim, "zrr")
	})
}

func TestCheckGivesEveryNameAResultWhenTimeRunsOut(t *testing.T) {
	names := []string{"a.corp.internal", "b.corp.internal", "c.corp.internal", "d.corp.internal"}
	zone := privateZone("ZCORP", "corp.internal")
	for _, name := range names {
		zone.Records = append(zone.Records, simple(name+".", "A", "10.0.0.5"))
	}
	const budget = time.Second
	synctest.Test(t, func(t *testing.T) {
		sim, checker := simulate(t, zone)
		sim.Intercept(faultOn("ListResourceRecordSets", awssim.Fault{Delay: time.Hour}, 2))
		ctx, cancel := context.WithTimeout(t.Context(), budget)
		defer cancel()
		start := time.Now()
		results := checker.Repair(ctx, eni("10.0.0.5", names...), nil)
		if elapsed := elapsedSince(start); elapsed > budget {
			t.Errorf("took %s, the caller had %s", elapsed, budget)
		}
		if len(results) != len(names) {
			t.Fatalf("%d results for %d names", len(results), len(names))
		}
		for i, want := range []record.State{record.OK, record.Unverified, record.Unverified, record.Unverified} {
			r := results[i]
			if r.Name != names[i] || r.State != want || (want == record.Unverified && r.Cause != record.CauseOutOfTime) {
				t.Errorf("result %d: %+v, want %s of %s", i, r, want, names[i])
			}
			wantAddrs(t, "want", r.Want, "10.0.0.5")
		}
		wantActions(t, sim, "zrr")
	})
}

func TestCheckInAVPCSharedByAnotherAccount(t *testing.T) {
	// The account that shares the VPC owns its zones; the interface is in the participant's account.
	synctest.Test(t, func(t *testing.T) {
		_, checker := simulate(t,
			awssim.Zone{ID: "ZVPC", Name: "corp.internal", VPCs: []string{testVPC}, Owner: "999988887777"},
			privateZone("ZOURS", "db.corp.internal", simple("db.corp.internal.", "A", "10.0.0.5")))
		e := eni("10.0.0.5", "db.corp.internal", "www.corp.internal")
		results := checker.Check(t.Context(), e, nil)
		if results[0].State != record.OK || results[1].State != record.Unverified || results[1].Cause != record.CauseForeignZone {
			t.Errorf("results %+v, want ok in our zone and unverified in theirs", results)
		}
		// Without a known owner of the interface, Route 53 decides whether the zone can be read.
		e.Owner = ""
		e.Records = []string{"www.corp.internal"}
		if r := wantOne(t, checker.Check(t.Context(), e, nil), record.Unverified); r.Cause != record.CauseDenied {
			t.Errorf("cause %q, want %q", r.Cause, record.CauseDenied)
		}
	})
}
