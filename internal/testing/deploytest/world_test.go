package deploytest_test

import (
	"maps"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// The account of the scenarios: a holder with an interface of group db, and a standby beside it.
const (
	holder   = "i-0a1b2c3d4e5f60001"
	standby  = "i-0a1b2c3d4e5f60002"
	faraway  = "i-0a1b2c3d4e5f60003" // in another Availability Zone
	theENI   = "eni-0a1b2c3d4e5f60001"
	theZone  = "Z0123456789ABCDEFGHIJ"
	theName  = "db.corp.internal"
	theVPC   = "vpc-0d0d0d0d0d0d0d0d0"
	theGroup = "db-asg"
)

// world is the account; the record of the name is wrong.
func world(change ...func(*awssim.World)) awssim.World {
	member := map[string]string{"eni-failover:group": "db"}
	w := awssim.World{
		Timing: awssim.Timing{
			Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(time.Second), Attach: awssim.Duration(time.Second),
		},
		Instances: []awssim.Instance{
			{ID: holder, Type: "t3.small", AZ: region + "a", VPC: theVPC, Lifecycle: "spot", Tags: maps.Clone(member)},
			{ID: standby, Type: "t3.small", AZ: region + "a", VPC: theVPC, Tags: maps.Clone(member)},
			{ID: faraway, Type: "t3.small", AZ: region + "b", VPC: theVPC, Tags: maps.Clone(member)},
		},
		Interfaces: []awssim.Interface{{
			ID: theENI, AZ: region + "a", VPC: theVPC, PrivateIPs: []awssim.PrivateIP{{Address: "10.0.0.5", Primary: true}},
			Tags:       map[string]string{"eni-failover:group": "db", "eni-failover:record": theName},
			Attachment: &awssim.Attachment{Instance: holder, DeviceIndex: 1},
		}},
		Zones: []awssim.Zone{{
			ID: theZone, Name: "corp.internal", VPCs: []string{theVPC},
			Records: []awssim.Record{{Name: theName, Type: "A", TTL: 60, Values: []string{"10.0.0.9"}}},
		}},
		AutoScalingGroups: []awssim.AutoScalingGroup{{Name: theGroup, Tags: map[string]string{"eni-failover:group": "yes"}}},
	}
	for _, f := range change {
		f(&w)
	}
	return w
}

// What happens to the holder.
func inState(state string) func(*awssim.World) {
	return func(w *awssim.World) { w.Instances[0].State = state }
}

func impaired(w *awssim.World) { w.Instances[0].InstanceStatus = "impaired" }

func untagged(w *awssim.World) { w.Instances[0].Tags = nil }

func leaving(w *awssim.World) {
	in := &w.Instances[0]
	in.Lifecycle = ""
	in.AutoScalingGroup, in.LifecycleState, in.LifecycleHook = theGroup, "Terminating:Wait", "eni-failover"
	in.Tags["aws:autoscaling:groupName"] = theGroup
}

func disrupted(w *awssim.World) { w.DisruptedAZs = []string{region + "b"} }

func paused(w *awssim.World) { w.Interfaces[0].Tags["eni-failover:paused"] = "yes" }

// without takes the standby away.
func without(w *awssim.World) { w.Instances[1].State = "stopped" }

// changes has somebody change the interface on its way.
func changes(w *awssim.World) { w.Instances[2].Tags["changes"] = "yes" }

func orphan(w *awssim.World) {
	w.Interfaces[0].Attachment = nil
	w.Instances[0].State = "terminated"
}

// wellMade is an account in which the next failover works.
func wellMade(w *awssim.World) {
	w.Instances[1].Type = "m5.large"
	w.Zones[0].Records[0].Values = []string{"10.0.0.5"}
	w.Interfaces[0].Subnet = "subnet-0a1b2c3d4e5f60009" // not the one of the primary interfaces
}

// scaled puts the holder into an Auto Scaling group.
func scaled(w *awssim.World) {
	leaving(w)
	w.Instances[0].LifecycleState = "InService"
}

// titled gives the instances their names, and the attachment an id that the page can speak of.
func titled(w *awssim.World) {
	for n, name := range []string{"db-a", "db-b", "db-c"} {
		w.Instances[n].Tags["Name"] = name
	}
	w.Interfaces[0].Attachment.ID = theENIOnA
	w.Timing = awssim.Timing{}
}

func unattached(w *awssim.World) { w.Interfaces[0].Attachment = nil }

func hung(w *awssim.World) { w.Instances[0].HungGuest, w.Instances[0].Lifecycle = true, "" }

func justAttached(w *awssim.World) { w.Interfaces[0].Attachment.AttachTime = time.Now() }

func misled(w *awssim.World) { w.Zones[0].Records[0].Values = []string{"10.0.0.9"} }
