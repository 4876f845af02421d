package audit_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/simulation"
)

var accounts = flag.Uint64("accounts", 60, "the number of random accounts in TestPromisesOfRandomAccounts")

// randomAccount is one of the simulation's accounts, with cold standbys, in which nothing is in motion and no guest hangs: an
// audit can't know what a look at the account does not show.
func randomAccount(seed uint64) awssim.World {
	w := simulation.Draw(seed).World
	rng := rand.New(rand.NewPCG(seed, 0))
	w.Timing = awssim.Timing{Call: awssim.Duration(20 * time.Millisecond)}
	for at := range w.Instances {
		in := &w.Instances[at]
		in.HungGuest, in.HungAttach, in.RefuseAttach = false, false, ""
		in.HungStart, in.RefuseStart, in.FailStart = false, "", ""
		if in.State == "stopping" || in.State == "shutting-down" || in.State == "pending" {
			in.State = "stopped"
		}
		if rng.IntN(2) == 0 && in.Tags != nil && in.State != "terminated" {
			cold(in)
		}
	}
	return w
}

// TestPromisesOfRandomAccounts checks in random accounts what TestPromises checks in chosen ones.
func TestPromisesOfRandomAccounts(t *testing.T) {
	ready, started, unready := 0, 0, 0
	for seed := range *accounts {
		var verdicts []readiness.Verdict
		synctest.Test(t, func(t *testing.T) { verdicts = simulate(t, randomAccount(seed), startStandbys()...).audit().Interfaces })
		for _, v := range verdicts {
			synctest.Test(t, func(t *testing.T) { checkPromise(t, simulate(t, randomAccount(seed), startStandbys()...), v) })
			if t.Failed() {
				t.Fatalf("seed %d: %s", seed, show(v))
			}
			switch {
			case slices.ContainsFunc(v.Candidates, func(c plan.Candidate) bool { return c.Start && c.Instance == v.To }):
				started++
			case v.Ready:
				ready++
			default:
				unready++
			}
		}
	}
	t.Logf("%d accounts: %d interfaces that are ready, %d more with a cold standby, %d that are not", *accounts, ready, started, unready)
	if ready < int(*accounts)/2 || started < int(*accounts)/8 || unready < int(*accounts)/4 {
		t.Error("too few interfaces of one kind for this test")
	}
}
