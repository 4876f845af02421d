package audit_test

import (
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/simulation"
)

var accounts = flag.Uint64("accounts", 60, "the number of random accounts in TestPromisesOfRandomAccounts")

// randomAccount is one of the simulation's accounts, in which nothing is in motion and no guest hangs: an audit can't know
// what a look at the account does not show.
func randomAccount(seed uint64) awssim.World {
	w := simulation.Draw(seed).World
	w.Timing = awssim.Timing{Call: awssim.Duration(20 * time.Millisecond)}
	for at := range w.Instances {
		in := &w.Instances[at]
		in.HungGuest, in.HungAttach, in.RefuseAttach = false, false, ""
		if in.State == "stopping" || in.State == "shutting-down" {
			in.State = "stopped"
		}
	}
	return w
}

// TestPromisesOfRandomAccounts checks in random accounts what TestPromises checks in chosen ones.
func TestPromisesOfRandomAccounts(t *testing.T) {
	ready, unready := 0, 0
	for seed := range *accounts {
		var verdicts []readiness.Verdict
		synctest.Test(t, func(t *testing.T) { verdicts = simulate(t, randomAccount(seed)).audit().Interfaces })
		for _, v := range verdicts {
			synctest.Test(t, func(t *testing.T) { checkPromise(t, randomAccount(seed), v) })
			if t.Failed() {
				t.Fatalf("seed %d: %s", seed, show(v))
			}
			if v.Ready {
				ready++
			} else {
				unready++
			}
		}
	}
	t.Logf("%d accounts: %d interfaces that are ready, %d that are not", *accounts, ready, unready)
	if ready < int(*accounts)/2 || unready < int(*accounts)/4 {
		t.Error("too few interfaces of one kind for this test")
	}
}
