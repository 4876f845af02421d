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

var accounts = flag.Uint64("accounts", 60, "in how many random accounts TestPromisesOfRandomAccounts holds the audit to its word")

// randomAccount is one of the simulation's, in which whatever is in motion has come to rest and no guest hangs:
// what no look at an account can tell is no matter for an audit.
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

// TestPromisesOfRandomAccounts: see TestPromises.
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
		t.Error("too few of a kind to say anything")
	}
}
