package observe_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// TestRounds: "the common case in a busy account is an event about an instance that has nothing to do with us: it costs
// one API call (two while some managed interface is unattached)", and "a relevant event costs that one look and at most
// two further rounds of parallel Describe calls". Each line of a case is a round.
func TestRounds(t *testing.T) {
	members := []awssim.Instance{instance("i-1", spot), instance("i-2", scaled), instance("i-3", stopped, scaled), instance("i-9", nonMember)}
	heldByNonMember := []awssim.Instance{instance("i-1", nonMember), instance("i-2")}
	withCold := []awssim.Instance{instance("i-1", spot), instance("i-2", stopped, startTag("true"), ofType("c5.large")), instance("i-3", stopped, startTag("false"), ofType("m5.large"))}
	held, unattached := []awssim.Interface{eni("eni-a", "i-1")}, []awssim.Interface{eni("eni-a", "i-1"), eni("eni-b", "")}
	tests := []struct {
		name       string
		instances  []awssim.Instance
		interfaces []awssim.Interface
		scope      plan.Scope
		want       string
	}{
		{"an instance that has nothing to do with us", members, held, scopeOf(trigger.KindSpotInterruption, "i-9"), `
NetworkInterfaces(tag-key group)
`},
		{"the same while an interface is unattached", members, unattached, scopeOf(trigger.KindSpotInterruption, "i-9"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
`},
		{"a member that holds nothing, while an interface is unattached", members, unattached, scopeOf(trigger.KindStopping, "i-2"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) NetworkInterfaces(network-interface-id eni-b) SpotInstanceRequests(instance-id i-1)
`},
		{"a Spot interruption of the holder", members, held, scopeOf(trigger.KindSpotInterruption, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"a Spot interruption, and a cold standby of another type", withCold, held, scopeOf(trigger.KindSpotInterruption, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
InstanceStatus(i-1) InstanceTypes(instance-type t3.small c5.large) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"a Spot interruption of a holder that is not a member", heldByNonMember, held, scopeOf(trigger.KindSpotInterruption, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
InstanceStatus(i-2) InstanceTypes(instance-type t3.small) Instances(instance-id i-1) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"the holder stops", members, held, scopeOf(trigger.KindStopping, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"a holder that is not a member stops", heldByNonMember, held, scopeOf(trigger.KindStopping, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
InstanceStatus(i-2) InstanceTypes(instance-type t3.small) Instances(instance-id i-1) NetworkInterfaces(network-interface-id eni-a)
`},
		{"a lifecycle action of the holder, which has no tag of an Auto Scaling group", members, held, scopeOf(trigger.KindLifecycle, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
AutoScalingInstances(i-2, i-3, i-1) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"an alarm on a holder that is not a member", heldByNonMember, held, scopeOf(trigger.KindAlarm, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
InstanceStatus(i-1) InstanceStatus(i-2) InstanceTypes(instance-type t3.small) Instances(instance-id i-1) NetworkInterfaces(network-interface-id eni-a)
`},
		{"a rebalance recommendation for the holder", members, held, scopeOf(trigger.KindRebalance, "i-1"), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"an instance comes up that is not a member", members, held, scopeOf(trigger.KindRunning, "i-9"), `
Instances(instance-id i-9, tag-key group)
`},
		{"a member comes up", members, held, scopeOf(trigger.KindRunning, "i-2"), `
Instances(instance-id i-2, tag-key group)
Instances(tag:group *db*) NetworkInterfaces(tag-key group)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"a member comes up, and the holder is not one", heldByNonMember, held, scopeOf(trigger.KindRunning, "i-2"), `
Instances(instance-id i-2, tag-key group)
Instances(tag:group *db*) NetworkInterfaces(tag-key group)
AutoScalingInstances(i-1) InstanceStatus(i-1) InstanceStatus(i-2) InstanceTypes(instance-type t3.small) Instances(instance-id i-1) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"a sweep", members, unattached, scopeOf(trigger.KindSweep, ""), `
NetworkInterfaces(tag-key group)
Instances(tag-key group)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) SpotInstanceRequests(instance-id i-1)
`},
		{"a sweep, and the holder is not a member", heldByNonMember, held, scopeOf(trigger.KindSweep, ""), `
NetworkInterfaces(tag-key group)
Instances(tag-key group)
AutoScalingInstances(i-1) InstanceStatus(i-1) InstanceStatus(i-2) InstanceTypes(instance-type t3.small) Instances(instance-id i-1) SpotInstanceRequests(instance-id i-1)
`},
		{"a sweep without interfaces", members, nil, scopeOf(trigger.KindSweep, ""), `
NetworkInterfaces(tag-key group)
`},
		{"a rehearsal, and the holder is not a member", heldByNonMember, held, scopeOf(trigger.KindRehearsal, ""), `
NetworkInterfaces(tag-key group)
Instances(tag-key group)
InstanceStatus(i-2) InstanceTypes(instance-type t3.small) Instances(instance-id i-1)
`},
		{"a Health event", members, held, plan.ScopeOf(trigger.Trigger{Kind: trigger.KindHealth, Instances: []string{fullID("i-1")}}), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"a request with a target that is not a member", members, held, plan.ScopeOf(trigger.Trigger{Kind: trigger.KindManual, Group: "db", Target: fullID("i-9")}), `
NetworkInterfaces(tag-key group)
Instances(tag:group *db*)
AutoScalingInstances(i-2, i-3) InstanceStatus(i-1, i-2) InstanceTypes(instance-type t3.small) Instances(instance-id i-9) NetworkInterfaces(network-interface-id eni-a) SpotInstanceRequests(instance-id i-1)
`},
		{"a request for an interface that is not there", members, held, plan.ScopeOf(trigger.Trigger{Kind: trigger.KindManual, Interface: fullID("eni-c")}), `
NetworkInterfaces(tag-key group)
`},
	}
	for _, test := range tests {
		inBubble(t, test.name, func(t *testing.T) {
			a := simulate(t, test.instances, test.interfaces...)
			if _, err := a.observer.Read(a.ctx(), test.scope); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), a.rounds()); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
		})
	}
}

func scopeOf(kind trigger.Kind, short string) plan.Scope { return plan.ScopeOf(about(kind, short)) }
