package ec2api_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

func TestHealth(t *testing.T) {
	bubble(t, "checks", func(t *testing.T) {
		at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
		w := largeAccount(7, 0)
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
		got, err := clientAnswered("DescribeInstanceStatus", body).Health(t.Context(), []string{holder})
		if err != nil || got[holder] != (inventory.Health{}) {
			t.Errorf("taken for something: %+v, %v", got, err)
		}
	})
}

// TestHealthOfWhatIsGone asks about instances of which EC2 does not know some. The result has the checks of the others.
func TestHealthOfWhatIsGone(t *testing.T) {
	const all = 200
	for _, tt := range []struct {
		name        string
		gone        []int
		calls, know int // the most calls, and the fewest checks of the others
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
			w, ids := largeAccount(all, 0), make([]string, all)
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
		sim, client := simulate(t, largeAccount(101, 0))
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
