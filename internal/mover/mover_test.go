package mover_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/mover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// TestNothingToDo makes no call for a plan whose items are settled.
func TestNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, err := awssim.New(awssim.World{})
		if err != nil {
			t.Fatal(err)
		}
		client := ec2api.New(ec2.NewFromConfig(simclient.Config(sim.Client())))
		m := mover.New(client, plan.Policy{DetachGrace: 15 * time.Second})
		start := time.Now()
		again := func(context.Context, []plan.Item, []plan.Slot) ([]plan.Item, *plan.SlotLedger) { panic("planned anew") }
		denied := func(context.Context, plan.Item, plan.Candidate) { panic("denied") }
		for _, p := range []plan.Plan{{}, {Items: []plan.Item{{Settled: plan.OutcomeIgnored}}}} {
			if moves := m.Run(t.Context(), p, time.Time{}, again, denied); len(moves) != 0 {
				t.Errorf("%d moves", len(moves))
			}
		}
		if len(sim.Calls()) != 0 || time.Since(start) != 0 {
			t.Errorf("%d calls in %s", len(sim.Calls()), time.Since(start))
		}
	})
}
