package audit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	keyA = "arn:aws:kms:eu-west-1:123456789012:key/aaaaaaaa-0000-4000-8000-000000000000"
	keyB = "arn:aws:kms:eu-west-1:123456789012:key/bbbbbbbb-0000-4000-8000-000000000000"
)

// encrypted gives an instance a volume that is encrypted with a key; without one, with the AWS managed key.
func encrypted(short, key string) edit {
	return func(w *awssim.World) {
		id := fmt.Sprintf("vol-%017x", len(w.Volumes))
		w.Volumes = append(w.Volumes, awssim.Volume{ID: id, Instance: i(short), Encrypted: true, KMSKeyID: key})
	}
}

// plain gives an instance a volume that is not encrypted.
func plain(short string) edit {
	return func(w *awssim.World) {
		w.Volumes = append(w.Volumes, awssim.Volume{ID: fmt.Sprintf("vol-%017x", len(w.Volumes)), Instance: i(short)})
	}
}

// TestColdStandbys: the findings about cold standbys follow from the tag, the state, the last start and the keys of volumes
// that EC2 shows.
func TestColdStandbys(t *testing.T) {
	started := func(ago time.Duration) func(*awssim.Instance) {
		return func(in *awssim.Instance) { in.LaunchTime = time.Now().Add(-ago) }
	}
	const day = 24 * time.Hour
	only := "info STANDBY_COLD_ONLY eni-a"
	for name, test := range map[string]struct {
		edits []edit
		env   []string
		want  []string
	}{
		"one that runs besides":      {[]edit{addInstance(member("3", cold))}, nil, []string{}},
		"only a cold one":            {[]edit{instance(2, cold)}, nil, []string{only}},
		"of the type of a Spot one":  {[]edit{instance(1, spot), instance(2, cold)}, nil, []string{"warning STANDBY_COLD_ONLY eni-a"}},
		"not of that type":           {[]edit{instance(1, spot), instance(2, cold), instance(2, ofType("m5.large"))}, nil, []string{only}},
		"a Spot instance":            {[]edit{instance(2, cold), instance(2, spot)}, nil, []string{"critical NO_STANDBY_IN_AZ eni-a", "warning COLD_STANDBY_SPOT i-2"}},
		"in an Auto Scaling group":   {[]edit{instance(2, cold), instance(2, scaled("InService"))}, nil, []string{"critical NO_STANDBY_IN_AZ eni-a", "warning COLD_STANDBY_IN_GROUP i-2"}},
		"started long ago":           {[]edit{instance(2, cold), instance(2, started(91*day))}, nil, []string{"warning COLD_STANDBY_STALE i-2", only}},
		"started not so long ago":    {[]edit{instance(2, cold), instance(2, started(89*day))}, nil, []string{only}},
		"a plain volume":             {[]edit{instance(2, cold), plain("2")}, nil, []string{only}},
		"no key named":               {[]edit{instance(2, cold), encrypted("2", "")}, nil, []string{"info COLD_STANDBY_KEY i-2", only}},
		"another key named":          {[]edit{instance(2, cold), encrypted("2", keyA), encrypted("2", keyB)}, []string{"START_KEYS", keyA}, []string{"warning COLD_STANDBY_KEY i-2", only}},
		"all keys named":             {[]edit{instance(2, cold), encrypted("2", keyA), encrypted("2", keyB)}, []string{"START_KEYS", keyB + "," + keyA}, []string{only}},
		"an encrypted one that runs": {[]edit{addInstance(member("3", cold)), encrypted("2", keyB)}, nil, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := simulate(t, ready(test.edits...), append(startStandbys(), test.env...)...)
				r := a.audit()
				if d := cmp.Diff(test.want, found(r)); d != "" {
					t.Errorf("%s\n%s", d, r.Summary.Text)
				}
				if to := r.Interfaces[0].To; slices.Contains(test.want, only) && (shortIDs(to) != "i-2" || !strings.Contains(r.Summary.Text, to+" after its start")) {
					t.Errorf("the interface goes to %q\n%s", to, r.Summary.Text)
				}
			})
		})
	}
}

// TestNothingIsStarted: where the deployment starts nothing, a cold standby is not one, and its volumes are not asked about.
func TestNothingIsStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := simulate(t, ready(instance(2, cold), encrypted("2", keyA)))
		r := a.audit()
		if d := cmp.Diff([]string{"critical NO_STANDBY_IN_AZ eni-a"}, found(r)); d != "" || r.Summary.Calls["DescribeVolumes"] != 0 {
			t.Errorf("%s\n%s", d, show(r.Summary.Calls))
		}
		if v := r.Interfaces[0]; !slices.ContainsFunc(v.Candidates, func(c plan.Candidate) bool { return c.Reason == plan.ReasonColdNotAllowed }) {
			t.Errorf("no candidate has the reason %s: %s", plan.ReasonColdNotAllowed, show(v))
		}
	})
}

// TestVolumesAreAskedAbout only of cold standbys, and of many in one call.
func TestVolumesAreAskedAbout(t *testing.T) {
	for count, calls := range map[int]int{0: 0, 1: 1, 450: 3} {
		synctest.Test(t, func(t *testing.T) {
			w := ready(encrypted("1", ""), encrypted("2", ""))
			for k := range count {
				short := fmt.Sprintf("c%d", k)
				addInstance(member(short, cold))(&w)
				encrypted(short, "")(&w)
				encrypted(short, keyA)(&w)
			}
			a := simulate(t, w, startStandbys()...)
			r := a.audit()
			if got := r.Summary.Calls["DescribeVolumes"]; got != calls || len(r.Findings) != count {
				t.Errorf("%d cold standbys: %d calls, want %d; %d findings", count, got, calls, len(r.Findings))
			}
			for _, c := range a.sim.Calls() {
				if text := c.Params.Encode(); c.Action == "DescribeVolumes" && (strings.Contains(text, i("1")) || strings.Contains(text, i("2"))) {
					t.Errorf("the volumes of an instance that runs are asked about: %s", text)
				}
			}
		})
	}
}

// TestVolumesUnknown: keys that can't be asked about are a gap, and the verdict stands.
func TestVolumesUnknown(t *testing.T) {
	for _, code := range []string{"UnauthorizedOperation", "RequestLimitExceeded", "InternalError"} {
		synctest.Test(t, func(t *testing.T) {
			a := simulate(t, ready(instance(2, cold), encrypted("2", keyA)), startStandbys()...)
			a.sim.Intercept(func(c awssim.Call) awssim.Fault {
				if c.Action == "DescribeVolumes" {
					return awssim.Fault{Code: code}
				}
				return awssim.Fault{}
			})
			r := a.audit()
			if d := cmp.Diff([]string{"warning NOT_OBSERVED account", "info STANDBY_COLD_ONLY eni-a"}, found(r)); d != "" || r.Summary.Ready != 1 {
				t.Errorf("%s: %s\n%s", code, d, r.Summary.Text)
			}
			if !strings.Contains(r.Findings[0].Problem, "DescribeVolumes") {
				t.Errorf("%s: the finding does not name the call: %s", code, r.Findings[0].Problem)
			}
		})
	}
}
