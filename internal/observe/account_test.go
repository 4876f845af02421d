package observe_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// fullID makes an id that EC2 could have given from a short one, like i-1 or eni-a.
func fullID(short string) string {
	kind, digit, _ := strings.Cut(short, "-")
	return fmt.Sprintf("%s-%017s", kind, digit)
}

// shortened replaces the ids in a text by the short ones.
func shortened(text string) string { return strings.ReplaceAll(text, "0000000000000000", "") }

// instance makes a running member of group db in Availability Zone a.
func instance(short string, change ...func(*awssim.Instance)) awssim.Instance {
	in := awssim.Instance{
		ID: fullID(short), Type: "t3.small", AZ: "eu-west-1a", VPC: "vpc-0d0d0d0d0d0d0d0d0", State: "running",
		Tags: map[string]string{inventory.TagGroup: "db"},
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

func spot(in *awssim.Instance) { in.Lifecycle = "spot" }

func stopped(in *awssim.Instance) { in.State = "stopped" }

func startTag(value string) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.Tags[inventory.TagStart] = value }
}

func ofType(name string) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.Type = name }
}

func nonMember(in *awssim.Instance) { delete(in.Tags, inventory.TagGroup) }

func scaled(in *awssim.Instance) {
	in.AutoScalingGroup, in.LifecycleState = "asg", "InService"
	in.Tags[inventory.TagScalingGroup] = "asg"
}

// eni makes an interface of group db in Availability Zone a, attached to the holder if there is one.
func eni(short, holder string) awssim.Interface {
	e := awssim.Interface{
		ID: fullID(short), AZ: "eu-west-1a", VPC: "vpc-0d0d0d0d0d0d0d0d0", Tags: map[string]string{inventory.TagGroup: "db"},
	}
	if holder != "" {
		e.Attachment = &awssim.Attachment{Instance: fullID(holder), DeviceIndex: 1}
	}
	return e
}

// latency is that of each call.
const latency = 20 * time.Millisecond

// account is a simulated account and an observer on it.
type account struct {
	t        testing.TB
	sim      *awssim.Sim
	observer *observe.Observer
	started  time.Time
}

func simulate(tb testing.TB, instances []awssim.Instance, interfaces ...awssim.Interface) *account {
	tb.Helper()
	sim, err := awssim.New(awssim.World{
		Instances: instances, Interfaces: interfaces, Timing: awssim.Timing{Call: awssim.Duration(latency)},
	})
	if err != nil {
		tb.Fatal(err)
	}
	cfg := simclient.Config(sim.Client())
	observer := observe.New(ec2api.New(ec2.NewFromConfig(cfg)), autoscalingapi.New(autoscaling.NewFromConfig(cfg)))
	return &account{t: tb, sim: sim, observer: observer, started: time.Now()}
}

// inBubble runs a test with a simulated account in fake time.
func inBubble(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// ctx is the context of an invocation that has five minutes' time.
func (a *account) ctx() context.Context {
	ctx, cancel := context.WithTimeout(a.t.Context(), 5*time.Minute)
	a.t.Cleanup(cancel)
	return ctx
}

// read reads for a trigger, which must succeed.
func (a *account) read(t trigger.Trigger) inventory.Snapshot {
	a.t.Helper()
	s, err := a.observer.Read(a.ctx(), plan.ScopeOf(t))
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// about makes a trigger about an instance, if there is one.
func about(kind trigger.Kind, short string) trigger.Trigger {
	if short == "" {
		return trigger.Trigger{Kind: kind}
	}
	return trigger.Trigger{Kind: kind, Instance: fullID(short)}
}

// refuse refuses each call of an action as long as that is to be refused, counted from 1.
func (a *account) refuse(action, code string, refused func(n int) bool) {
	n := 0
	a.sim.Intercept(func(c awssim.Call) awssim.Fault {
		if c.Action != action {
			return awssim.Fault{}
		}
		if n++; refused(n) {
			return awssim.Fault{Code: code}
		}
		return awssim.Fault{}
	})
}

func always(int) bool { return true }

// count counts the calls of an action.
func (a *account) count(action string) int {
	n := 0
	for _, c := range a.sim.Calls() {
		if c.Action == action {
			n++
		}
	}
	return n
}

// rounds shows the calls of the wire log, those that were made at the same time in one line.
func (a *account) rounds() string {
	var lines [][]string
	calls := slices.SortedFunc(slices.Values(a.sim.Calls()), func(c, d awssim.Call) int { return cmp.Compare(c.Seq, d.Seq) })
	for _, c := range calls {
		for len(lines) <= int(c.Time.Sub(a.started)/latency) {
			lines = append(lines, nil)
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], question(c))
	}
	text := ""
	for _, line := range lines {
		slices.Sort(line)
		text += strings.Join(line, " ") + "\n"
	}
	return text
}

// question shows what a call asks for: its filters and ids.
func question(c awssim.Call) string {
	var asked []string
	for _, name := range slices.Sorted(maps.Keys(c.Params)) {
		if strings.HasPrefix(name, "Filter.") && strings.HasSuffix(name, ".Name") {
			number := strings.Split(name, ".")[1]
			values := ""
			for v := 1; c.Params.Has(fmt.Sprintf("Filter.%s.Value.%d", number, v)); v++ {
				values += " " + c.Params.Get(fmt.Sprintf("Filter.%s.Value.%d", number, v))
			}
			asked = append(asked, c.Params.Get(name)+values)
		}
		if strings.HasPrefix(name, "InstanceId") {
			asked = append(asked, c.Params.Get(name))
		}
	}
	text := strings.TrimPrefix(c.Action, "Describe") + "(" + strings.Join(asked, ", ") + ")"
	return strings.ReplaceAll(shortened(text), "eni-failover:", "")
}
