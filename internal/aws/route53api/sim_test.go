package route53api

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// callTime is how long a call to the simulated Route 53 takes.
const callTime = 20 * time.Millisecond

// bubble runs a test of the wire as a subtest, in a bubble of fake time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// simulate starts a Route 53 with these zones, and a Checker on a real client that talks to it.
func simulate(t *testing.T, zones ...awssim.Zone) (*awssim.Sim, *Checker) {
	t.Helper()
	sim, err := awssim.New(awssim.World{
		Region: simclient.Region, Account: testAccount, Zones: zones,
		Timing: awssim.Timing{Call: awssim.Duration(callTime)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return sim, checkerOn(sim.RoundTripper())
}

// checkerOn returns a Checker with a real client on the given transport.
func checkerOn(transport http.RoundTripper) *Checker {
	return New(route53.NewFromConfig(simclient.Config(&http.Client{Transport: transport})), simclient.Region)
}

// privateZone is a zone of our account that is associated with testVPC.
func privateZone(id, name string, records ...awssim.Record) awssim.Zone {
	return awssim.Zone{ID: id, Name: name, VPCs: []string{testVPC}, Records: records}
}

// dns is a simple record set, with spaces between its values.
func dns(name, typ, values string) awssim.Record {
	return awssim.Record{Name: name, Type: typ, TTL: 300, Values: strings.Fields(values)}
}

// weighted is one A record set of a weighted policy.
func weighted(name, values, id string) awssim.Record {
	r := dns(name, "A", values)
	r.SetIdentifier, r.Weight = id, aws.Int64(1)
	return r
}

// actions lists the calls so far.
func actions(sim *awssim.Sim) []string {
	var out []string
	for _, c := range sim.Calls() {
		out = append(out, c.Action)
	}
	return out
}

// wantActions fails the test unless the calls so far are these, by the initial letters z (list zones), r (list
// records) and w (write).
func wantActions(t *testing.T, sim *awssim.Sim, want string) {
	t.Helper()
	letters := map[string]string{"ListHostedZonesByVPC": "z", "ListResourceRecordSets": "r", "ChangeResourceRecordSets": "w"}
	var got strings.Builder
	for _, a := range actions(sim) {
		if letters[a] == "" {
			t.Errorf("call of %s", a)
		}
		got.WriteString(letters[a])
	}
	if got.String() != want {
		t.Errorf("calls %q, want %q (z: list zones, r: list records, w: write)", got.String(), want)
	}
}

// on returns an interceptor that does this to the calls of an action whose turn it is, counted from 1; none
// given: all.
func on(action string, f awssim.Fault, turns ...int) func(awssim.Call) awssim.Fault {
	turn := 0
	return func(c awssim.Call) awssim.Fault {
		if c.Action != action {
			return awssim.Fault{}
		}
		turn++
		if len(turns) > 0 && !slices.Contains(turns, turn) {
			return awssim.Fault{}
		}
		return f
	}
}

// waited is the time since start in whole milliseconds: the simulation takes up to 100 µs to let go of a call that
// is given up.
func waited(start time.Time) time.Duration {
	return time.Since(start).Truncate(time.Millisecond)
}

// only returns the one result there must be, after checking its state and that its lists are never null in JSON.
func only(t *testing.T, results []record.Result, state record.State) record.Result {
	t.Helper()
	if len(results) != 1 {
		t.Fatalf("%d results, want 1: %+v", len(results), results)
	}
	if results[0].State != state {
		t.Errorf("state %q, want %q: %+v", results[0].State, state, results[0])
	}
	if results[0].Want == nil || results[0].Got == nil {
		t.Errorf("want %v, got %v: a list is nil", results[0].Want, results[0].Got)
	}
	return results[0]
}

// wantDetail fails the test unless the detail has part in it, and is fit for a report: a short line without the
// SDK's own words.
func wantDetail(t *testing.T, r record.Result, part string) {
	t.Helper()
	if !strings.Contains(r.Detail, part) {
		t.Errorf("detail %q, want %q in it", r.Detail, part)
	}
	if len(r.Detail) > 250 || strings.ContainsAny(r.Detail, "\n") || strings.Contains(r.Detail, "RequestID") {
		t.Errorf("detail %q is not a short sentence", r.Detail)
	}
}
