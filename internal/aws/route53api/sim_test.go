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

// callTime is the time that a call to the simulated Route 53 takes.
const callTime = 20 * time.Millisecond

// bubble runs a subtest in fake time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// simulate returns a simulated Route 53 with these zones, and a Checker whose client talks to it.
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

// checkerOn returns a Checker whose client sends its requests through a transport.
func checkerOn(transport http.RoundTripper) *Checker {
	return New(route53.NewFromConfig(simclient.Config(&http.Client{Transport: transport})), simclient.Region)
}

// privateZone returns a zone of the function's account that is associated with testVPC.
func privateZone(id, name string, records ...awssim.Record) awssim.Zone {
	return awssim.Zone{ID: id, Name: name, VPCs: []string{testVPC}, Records: records}
}

// simple returns a simple record set; its values have spaces between.
func simple(name, typ, values string) awssim.Record {
	return awssim.Record{Name: name, Type: typ, TTL: 300, Values: strings.Fields(values)}
}

// weighted returns one A record set of a weighted policy.
func weighted(name, values, id string) awssim.Record {
	r := simple(name, "A", values)
	r.SetIdentifier, r.Weight = id, aws.Int64(1)
	return r
}

// actions lists the actions of the calls so far.
func actions(sim *awssim.Sim) []string {
	var out []string
	for _, c := range sim.Calls() {
		out = append(out, c.Action)
	}
	return out
}

// wantActions fails the test unless the calls so far are these, a letter each: z lists zones, r lists records, w writes.
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

// faultOn returns an interceptor that makes a fault of some calls of an action: of those with the given numbers, counted
// from 1, or of all calls if no number is given.
func faultOn(action string, f awssim.Fault, turns ...int) func(awssim.Call) awssim.Fault {
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

// elapsedSince returns the time since start in whole milliseconds: the simulator takes up to 100 µs to notice that a call
// was given up.
func elapsedSince(start time.Time) time.Duration {
	return time.Since(start).Truncate(time.Millisecond)
}

// wantOne returns the only result. It fails the test unless there is one, of the given state, whose lists are not null in
// JSON.
func wantOne(t *testing.T, results []record.Result, state record.State) record.Result {
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

// wantDetail fails the test unless the detail contains part and is a short line without the SDK's own words.
func wantDetail(t *testing.T, r record.Result, part string) {
	t.Helper()
	if !strings.Contains(r.Detail, part) {
		t.Errorf("detail %q, want %q in it", r.Detail, part)
	}
	if len(r.Detail) > 250 || strings.ContainsAny(r.Detail, "\n") || strings.Contains(r.Detail, "RequestID") {
		t.Errorf("detail %q is not a short sentence", r.Detail)
	}
}
