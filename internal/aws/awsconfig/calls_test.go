package awsconfig_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

func clients(t *testing.T) (*awssim.Sim, *ec2.Client, *route53.Client) {
	t.Helper()
	sim, err := awssim.New(awssim.World{Timing: awssim.Timing{Call: awssim.Duration(20 * time.Millisecond)}})
	if err != nil {
		t.Fatal(err)
	}
	cfg := simclient.Config(sim.Client())
	return sim, ec2.NewFromConfig(cfg), route53.NewFromConfig(cfg)
}

func TestCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim, e, r := clients(t)
		ctx, counter := awsconfig.CountCalls(t.Context())
		other, others := awsconfig.CountCalls(t.Context())
		failures := 2
		sim.Intercept(func(c awssim.Call) awssim.Fault {
			if c.Action == "DescribeInstances" && failures > 0 {
				failures--
				return awssim.Fault{Code: "RequestLimitExceeded"}
			}
			return awssim.Fault{}
		})
		look := func(ctx context.Context) {
			if _, err := e.DescribeInstances(ctx, &ec2.DescribeInstancesInput{}); err != nil {
				t.Error(err)
			}
		}
		look(ctx) // three attempts
		sim.Intercept(nil)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() { look(ctx) })
			wg.Go(func() { look(other) })
		}
		wg.Wait()
		look(t.Context()) // without a counter
		if _, err := r.ListHostedZonesByVPC(ctx, &route53.ListHostedZonesByVPCInput{VPCId: aws.String("vpc-0d0d0d0d0d0d0d0d0"), VPCRegion: "eu-west-1"}); err != nil {
			t.Error(err)
		}
		if got, want := counter.Calls(), map[string]int{"DescribeInstances": 13, "ListHostedZonesByVPC": 1}; !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if got, want := others.Calls(), map[string]int{"DescribeInstances": 10}; !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		counter.Calls()["x"] = 1
		if _, ok := counter.Calls()["x"]; ok {
			t.Error("the counter's own map is handed out")
		}
	})
}
