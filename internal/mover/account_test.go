package mover_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/mover"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// The calls that tests count and plant faults in.
const (
	lookCall   = "DescribeNetworkInterfaces"
	detachCall = "DetachNetworkInterface"
	attachCall = "AttachNetworkInterface"
	startCall  = "StartInstances"
)

func instanceID(short string) string  { return fmt.Sprintf("i-%017s", short) }
func interfaceID(short string) string { return fmt.Sprintf("eni-%017s", short) }

// bubble runs a subtest in fake time.
func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// member is an instance of group db. Type large has many slots, type small has one for a managed interface.
func member(short, instanceType, state string, change ...func(*awssim.Instance)) awssim.Instance {
	in := awssim.Instance{
		ID: instanceID(short), Type: instanceType, AZ: "eu-west-1a", VPC: "vpc-0d0d0d0d0d0d0d0d0", State: state,
		Tags: map[string]string{"eni-failover:group": "db"},
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

// worldOf has an instance 1, which is stopped and holds n interfaces a0, a1 and so on, and the standbys.
func worldOf(n int, standbys ...awssim.Instance) awssim.World {
	w := awssim.World{
		Timing: awssim.Timing{
			Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(2 * time.Second), Attach: awssim.Duration(time.Second),
		},
		InstanceTypes: []awssim.InstanceType{
			{Name: "large", MaximumInterfaces: 50, IPv4PerInterface: 10}, {Name: "small", MaximumInterfaces: 2, IPv4PerInterface: 10},
		},
		Instances: append([]awssim.Instance{member("1", "large", "stopped")}, standbys...),
	}
	for k := range n {
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: interfaceID(fmt.Sprintf("a%d", k)), AZ: "eu-west-1a", VPC: "vpc-0d0d0d0d0d0d0d0d0",
			Tags:       map[string]string{"eni-failover:group": "db"},
			Attachment: &awssim.Attachment{Instance: instanceID("1"), DeviceIndex: k + 1},
		})
	}
	return w
}

// account is a simulated account and a mover on it.
type account struct {
	t        *testing.T
	sim      *awssim.Sim
	observer *observe.Observer
	policy   plan.Policy
	mover    *mover.Mover
	started  time.Time

	mu     sync.Mutex // guards the rest
	log    bytes.Buffer
	denied []string
}

func newAccount(t *testing.T, w awssim.World, level slog.Level) *account {
	t.Helper()
	sim, err := awssim.New(w)
	if err != nil {
		t.Fatal(err)
	}
	cfg := simclient.Config(sim.Client())
	a := &account{t: t, sim: sim, policy: plan.Policy{DetachGrace: 15 * time.Second, StartStandbys: true}, started: time.Now()}
	client := ec2api.New(ec2.NewFromConfig(cfg))
	a.observer = observe.New(client, autoscalingapi.New(autoscaling.NewFromConfig(cfg)))
	a.mover = mover.New(client, a.observer, a.policy, slog.New(slog.NewJSONHandler(a, &slog.HandlerOptions{Level: level})))
	return a
}

// Write takes in a line of the log.
func (a *account) Write(line []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.log.Write(line)
}

// lines reads the log.
func (a *account) lines() []map[string]any {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []map[string]any
	for line := range bytes.Lines(a.log.Bytes()) {
		fields := map[string]any{}
		if err := json.Unmarshal(line, &fields); err != nil {
			a.t.Errorf("%v: %s", err, line)
		}
		list = append(list, fields)
	}
	return list
}

// move plans for the event that instance 1 has stopped, and carries the plan out in the time that is left after that.
func (a *account) move(limit time.Duration) mover.Outcome {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), limit)
	defer cancel()
	event := trigger.Trigger{Kind: trigger.KindStopped, Instance: instanceID("1"), Time: time.Now()}
	snapshot, err := a.observer.Read(ctx, plan.ScopeOf(event))
	if err != nil {
		a.t.Fatal(err)
	}
	p := plan.Decide(event, snapshot, a.policy, time.Now())
	return a.mover.Run(ctx, p, snapshot.Look, snapshot.Throttled, func(_ context.Context, item plan.Item, candidate plan.Candidate) {
		a.denied = append(a.denied, item.Interface.ID+" "+candidate.Instance+" "+string(candidate.Reason)+" "+candidate.Detail)
	})
}

// calls lists the calls of an action that took effect or were refused.
func (a *account) calls(action string) []awssim.Call {
	return slices.DeleteFunc(a.sim.Calls(), func(c awssim.Call) bool { return c.Action != action })
}

// plant makes a fault in each call that the function chooses.
func (a *account) plant(fault awssim.Fault, in func(awssim.Call) bool) {
	a.sim.Intercept(func(c awssim.Call) awssim.Fault {
		if in(c) {
			return fault
		}
		return awssim.Fault{}
	})
}

// holder is the instance that an interface is attached to; empty if it is not attached.
func (a *account) holder(short string) string {
	e, ok := a.sim.Interface(interfaceID(short))
	if !ok || e.Attachment == nil || e.Attachment.Status != "attached" {
		return ""
	}
	return e.Attachment.Instance
}

// about reports whether a call names the interface.
func about(c awssim.Call, short string) bool {
	return c.Params.Get("NetworkInterfaceId") == interfaceID(short)
}
