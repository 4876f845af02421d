package plan_test

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// A Spot instance is interrupted. Two other members could take its interface; one of them is in another Availability Zone.
func ExampleDecide() {
	now := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	account := inventory.Snapshot{
		At:        now,
		Instances: map[string]inventory.Instance{},
		Limits:    map[string]inventory.Limits{"m5.large": {Interfaces: 3, Card0: 3, IPv4: 10, IPv6: 10, Nitro: true}},
		Interfaces: []inventory.Interface{{
			ID: "eni-0db", AZ: "eu-west-1a", VPC: "vpc-0a", Group: "db", Type: "interface", Status: inventory.StatusInUse,
			Attachment: &inventory.Attachment{
				ID: "eni-attach-01", Instance: "i-0d1", DeviceIndex: 1, Status: inventory.StatusAttached, AttachTime: now.Add(-time.Hour),
			},
		}},
	}
	member := func(id, zone string) inventory.Instance {
		return inventory.Instance{
			ID: id, Type: "m5.large", AZ: zone, VPC: "vpc-0a", State: inventory.StateRunning, Groups: []string{"db"},
			Priority: inventory.DefaultPriority, Card0: []int{0}, Attached: 1,
		}
	}
	holder := member("i-0d1", "eu-west-1a")
	holder.Spot, holder.Interruption = true, inventory.InterruptionPending
	holder.Card0, holder.Attached, holder.Secondary = []int{0, 1}, 2, []string{"eni-0db"}
	account.Add(holder)
	account.Add(member("i-0d2", "eu-west-1a"))
	account.Add(member("i-0d3", "eu-west-1b"))

	event := trigger.Trigger{Kind: trigger.KindSpotInterruption, Instance: "i-0d1", Time: now}
	for _, item := range plan.Decide(event, account, plan.Policy{}, now).Items {
		fmt.Println(item.Interface.ID, "goes to", item.Choice.Instance, "at index", item.Choice.Index)
		for _, c := range item.Candidates {
			fmt.Printf("%s %t %q\n", c.Instance, c.Eligible, c.Reason)
		}
	}
	// Output:
	// eni-0db goes to i-0d2 at index 1
	// i-0d2 true ""
	// i-0d1 false "doomed"
	// i-0d3 false "other-az"
}
