package deploytest_test

import (
	"maps"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// The account of the scenarios: a holder with an interface of group db, and a standby beside it.
const (
	holder          = "i-0a1b2c3d4e5f60001"
	standby         = "i-0a1b2c3d4e5f60002"
	otherZoneMember = "i-0a1b2c3d4e5f60003" // in another Availability Zone
	eniID           = "eni-0a1b2c3d4e5f60001"
	zoneID          = "Z0123456789ABCDEFGHIJ"
	recordName      = "db.corp.internal"
	vpcID           = "vpc-0a1b2c3d4e5f60001"
	scalingGroup    = "db-asg"
	volumeKey       = "arn:aws:kms:" + region + ":" + account + ":key/1a2b3c4d-0000-4000-8000-000000000000"
)

// world is the account with changes. Its record is wrong.
func world(change ...func(*awssim.World)) awssim.World {
	member := map[string]string{"eni-failover:group": "db"}
	w := awssim.World{
		Timing: awssim.Timing{
			Call: awssim.Duration(20 * time.Millisecond), Detach: awssim.Duration(time.Second), Attach: awssim.Duration(time.Second),
		},
		Instances: []awssim.Instance{
			{ID: holder, Type: "t3.small", AZ: region + "a", VPC: vpcID, Lifecycle: "spot", Tags: maps.Clone(member)},
			{ID: standby, Type: "t3.small", AZ: region + "a", VPC: vpcID, Tags: maps.Clone(member)},
			{ID: otherZoneMember, Type: "t3.small", AZ: region + "b", VPC: vpcID, Tags: maps.Clone(member)},
		},
		Interfaces: []awssim.Interface{{
			ID: eniID, AZ: region + "a", VPC: vpcID, PrivateIPs: []awssim.PrivateIP{{Address: "10.0.0.5", Primary: true}},
			Tags:       map[string]string{"eni-failover:group": "db", "eni-failover:record": recordName},
			Attachment: &awssim.Attachment{Instance: holder, DeviceIndex: 1},
		}},
		Zones: []awssim.Zone{{
			ID: zoneID, Name: "corp.internal", VPCs: []string{vpcID},
			Records: []awssim.Record{{Name: recordName, Type: "A", TTL: 60, Values: []string{"10.0.0.9"}}},
		}},
		AutoScalingGroups: []awssim.AutoScalingGroup{{Name: scalingGroup, Tags: map[string]string{"eni-failover:group": "yes"}}},
	}
	for _, f := range change {
		f(&w)
	}
	return w
}

// The changes of the account. Unless they say otherwise, they are about the holder.

func inState(state string) func(*awssim.World) {
	return func(w *awssim.World) { w.Instances[0].State = state }
}

func impaired(w *awssim.World) { w.Instances[0].InstanceStatus = "impaired" }

func untagged(w *awssim.World) { w.Instances[0].Tags = nil }

func terminatingWait(w *awssim.World) {
	in := &w.Instances[0]
	in.Lifecycle = ""
	in.AutoScalingGroup, in.LifecycleState, in.LifecycleHook = scalingGroup, "Terminating:Wait", "eni-failover"
	in.Tags["aws:autoscaling:groupName"] = scalingGroup
}

func disrupted(w *awssim.World) { w.DisruptedAZs = []string{region + "b"} }

func paused(w *awssim.World) { w.Interfaces[0].Tags["eni-failover:paused"] = "yes" }

// standbyStopped leaves the group without a standby.
func standbyStopped(w *awssim.World) { w.Instances[1].State = "stopped" }

// coldStandby makes the standby a cold one: it is stopped, and may be started. A customer-managed key encrypts its volume.
func coldStandby(w *awssim.World) {
	w.Timing.Start = awssim.Duration(17 * time.Second)
	in := &w.Instances[1]
	in.State, in.Tags["eni-failover:start"] = "stopped", "true"
	w.Volumes = []awssim.Volume{{ID: "vol-0a1b2c3d4e5f60001", Instance: standby, Encrypted: true, KMSKeyID: volumeKey}}
}

// changedOnTheWay marks the account, so that measure changes the interface's security groups while it moves.
func changedOnTheWay(w *awssim.World) { w.Instances[2].Tags["changes"] = "yes" }

func holderTerminated(w *awssim.World) {
	w.Interfaces[0].Attachment = nil
	w.Instances[0].State = "terminated"
}

// readyAccount makes the account one in which the next failover works.
func readyAccount(w *awssim.World) {
	w.Instances[1].Type = "m5.large"
	w.Zones[0].Records[0].Values = []string{"10.0.0.5"}
	w.Interfaces[0].Subnet = "subnet-0a1b2c3d4e5f60009" // not the one of the primary interfaces
}

// The second service that the probe asks, on another instance.
const (
	otherENI          = "eni-0a1b2c3d4e5f60002"
	otherAttachmentID = "eni-attach-0a1b2c3d4e5f60002"
)

// probedServices lets the probe ask the service of the interface, and a second one on the member in the other Availability
// Zone. Both are armed if the probe has been answered on their attachments before.
func probedServices(armed bool) func(*awssim.World) {
	return func(w *awssim.World) {
		w.Interfaces[0].Attachment.ID = attachmentID
		w.Interfaces = append(w.Interfaces, awssim.Interface{
			ID: otherENI, AZ: region + "b", VPC: vpcID, PrivateIPs: []awssim.PrivateIP{{Address: "10.0.0.6", Primary: true}},
			Tags:       map[string]string{"eni-failover:group": "db"},
			Attachment: &awssim.Attachment{ID: otherAttachmentID, Instance: otherZoneMember, DeviceIndex: 1},
		})
		for n := range w.Interfaces {
			e := &w.Interfaces[n]
			e.Tags["eni-failover:probe"] = "tcp:5432 for:3s"
			if armed {
				e.Tags["eni-failover:reached"] = e.Attachment.ID
			}
		}
	}
}

// inScalingGroup puts the holder into an Auto Scaling group.
func inScalingGroup(w *awssim.World) {
	terminatingWait(w)
	w.Instances[0].LifecycleState = "InService"
}

// namedInstances gives the instances names, and the attachment an id, that the page can use.
func namedInstances(w *awssim.World) {
	for n, name := range []string{"db-a", "db-b", "db-c"} {
		w.Instances[n].Tags["Name"] = name
	}
	w.Interfaces[0].Attachment.ID = attachmentID
	w.Timing = awssim.Timing{}
}

func unattached(w *awssim.World) { w.Interfaces[0].Attachment = nil }

func hungGuest(w *awssim.World) { w.Instances[0].HungGuest, w.Instances[0].Lifecycle = true, "" }

func justAttached(w *awssim.World) { w.Interfaces[0].Attachment.AttachTime = time.Now() }

func wrongRecord(w *awssim.World) { w.Zones[0].Records[0].Values = []string{"10.0.0.9"} }
