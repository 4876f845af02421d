package bench_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// The tests of this file measure in simulated time. They print their figures in the format of benchmarks, which can't run
// in simulated time.

// detachTimes are spread by a tenth around a detach time: how late a poll sees the end of a detach depends on its moment.
func detachTimes(around time.Duration) []time.Duration {
	const n = 21
	var list []time.Duration
	for k := range n {
		list = append(list, time.Duration(float64(around)*(0.9+0.2*(float64(k)+0.5)/n)))
	}
	return list
}

// floor is the time that no move of one interface can do without: a look, the members, the detach until it has taken
// effect, a look that shows it, the attach, and the look that proves it, each half a call before its effect and half after.
func floor(detach time.Duration) time.Duration { return 5*callTime + detach }

// TestMove measures the time from an event to the proof that the interface is attached, beside the floor and beside a move
// with the waiter of the SDK.
func TestMove(t *testing.T) {
	for _, around := range []time.Duration{200 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 20 * time.Second} {
		t.Run(fmt.Sprintf("detach=%v", around), func(t *testing.T) {
			var ratios, ours, waiters, looks sample
			for _, detach := range detachTimes(around) {
				took, polls := move(t, detach)
				ours, looks = append(ours, took.Seconds()), append(looks, float64(polls))
				ratios = append(ratios, took.Seconds()/floor(detach).Seconds())
				waiters = append(waiters, moveWithWaiter(t, detach).Seconds())
			}
			t.Logf("BenchmarkMove/detach=%v %d %.3f x-floor %.3f x-floor-p10 %.3f x-floor-p90 %.3f s-simulated %.3f floor-s %.3f waiter-s %.0f looks", around, len(ours),
				ratios.median(), ratios.quantile(0.1), ratios.quantile(0.9), ours.median(), floor(around).Seconds(), waiters.median(), looks.median())
		})
	}
}

// move returns how long a Spot warning takes until its interface is proved to be attached to the standby, and how many
// looks at the interface that took.
func move(t *testing.T, detach time.Duration) (took time.Duration, looks int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		sim := simulate(t, account(1, detach))
		handler := newHandler(t, sim)
		start := time.Now()
		if r, err := handler.Handle(t.Context(), spotWarning(t, holder), lambdarun.DefaultAccount); err != nil || r.Outcome != plan.OutcomeMoved {
			t.Fatalf("%s: %v", r.Outcome, err)
		}
		for _, c := range sim.Calls() {
			if c.Action == "DescribeNetworkInterfaces" {
				looks++
				took = c.Time.Add(callTime / 2).Sub(start) // what follows tells others of it
			}
		}
	})
	return took, looks
}

// moveWithWaiter does what people write in Go: detach, wait with the SDK's waiter, attach. It is over when the attach is
// answered.
func moveWithWaiter(t *testing.T, detach time.Duration) (took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		client := ec2.NewFromConfig(simclient.Untuned(simulate(t, account(1, detach)).Client()))
		start := time.Now()
		if err := detachWaitAttach(t.Context(), client); err != nil {
			t.Fatal(err)
		}
		took = time.Since(start)
	})
	return took
}

func detachWaitAttach(ctx context.Context, client *ec2.Client) error {
	held := &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{{Name: aws.String("attachment.instance-id"), Values: []string{holder}}, {Name: aws.String("tag-key"), Values: []string{"eni-failover:group"}}}}
	found, err := client.DescribeNetworkInterfaces(ctx, held)
	if err != nil {
		return err
	}
	e := found.NetworkInterfaces[0]
	if _, err := client.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{AttachmentId: e.Attachment.AttachmentId}); err != nil {
		return err
	}
	one := &ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{*e.NetworkInterfaceId}}
	if err := ec2.NewNetworkInterfaceAvailableWaiter(client).Wait(ctx, one, 5*time.Minute); err != nil {
		return err
	}
	_, err = client.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{NetworkInterfaceId: e.NetworkInterfaceId, InstanceId: aws.String(standby), DeviceIndex: aws.Int32(1)})
	return err
}

// TestCalls counts the calls of one move, without the polls, and those of an event that concerns no managed interface.
func TestCalls(t *testing.T) {
	t.Run("move", func(t *testing.T) {
		n := callsFor(t, account(1, 2*time.Second), holder, plan.OutcomeMoved)
		t.Logf("BenchmarkCallsOfMove 1 %d ec2-calls %d route53-calls %d events-calls", n["ec2"], n["route53"], n["events"])
	})
	t.Run("irrelevant", func(t *testing.T) {
		w := account(100, 2*time.Second)
		w.Instances = append(w.Instances, awssim.Instance{ID: "i-00000000000000009", Type: "big.1", AZ: "eu-west-1a", VPC: vpc, State: "running", Lifecycle: "spot"})
		n := callsFor(t, w, "i-00000000000000009", plan.OutcomeIgnored)
		t.Logf("BenchmarkIrrelevantEvent 1 %d ec2-calls %d route53-calls %d events-calls", n["ec2"], n["route53"], n["events"])
	})
}

// callsFor counts the calls of each service for a Spot warning, without looks at single interfaces.
func callsFor(t *testing.T, w awssim.World, instance string, want plan.Outcome) map[string]int {
	t.Helper()
	count := map[string]int{}
	synctest.Test(t, func(t *testing.T) {
		sim := simulate(t, w)
		r, err := newHandler(t, sim).Handle(t.Context(), spotWarning(t, instance), lambdarun.DefaultAccount)
		if err != nil || r.Outcome != want {
			t.Fatalf("%s: %v; want %s", r.Outcome, err, want)
		}
		for _, c := range sim.Calls() {
			poll := strings.HasPrefix(c.Params.Get("Filter.1.Name"), "network-interface-id") || c.Params.Has("NetworkInterfaceId.1")
			if !poll {
				count[c.Service]++
			}
		}
	})
	return count
}
