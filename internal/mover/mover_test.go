package mover_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/mover"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// TestNothingToDo makes no call for a plan whose items are settled.
func TestNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, err := awssim.New(awssim.World{})
		if err != nil {
			t.Fatal(err)
		}
		cfg := awsconfig.Tune(aws.Config{
			Region: "eu-west-1", HTTPClient: sim.Client(),
			Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
		})
		client := ec2api.New(ec2.NewFromConfig(cfg))
		m := mover.New(client, observe.New(client, autoscalingapi.New(autoscaling.NewFromConfig(cfg))), plan.Policy{DetachGrace: 15 * time.Second}, slog.New(slog.DiscardHandler))
		start := time.Now()
		denied := func(context.Context, plan.Item, plan.Candidate) { panic("denied") }
		for _, p := range []plan.Plan{{}, {Items: []plan.Item{{Settled: plan.OutcomeIgnored}}}} {
			if outcome := m.Run(t.Context(), p, time.Time{}, denied); len(outcome.Moves) != 0 {
				t.Errorf("%d moves", len(outcome.Moves))
			}
		}
		if len(sim.Calls()) != 0 || time.Since(start) != 0 {
			t.Errorf("%d calls in %s", len(sim.Calls()), time.Since(start))
		}
	})
}
