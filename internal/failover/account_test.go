package failover_test

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// The account, region, Availability Zones and VPC of the tests.
const (
	account = "123456789012"
	region  = "eu-west-1"
	zoneA   = "eu-west-1a"
	zoneB   = "eu-west-1b"
	vpcID   = "vpc-0d0d0d0d0d0d0d0d0"
)

// id makes an id that EC2 could have given, from a short name in hexadecimal digits.
func id(kind, short string) string { return fmt.Sprintf("%s-%017s", kind, short) }

func instanceID(short string) string { return id("i", short) }

func interfaceID(short string) string { return id("eni", short) }

// instance makes a running member of group db in zone a. The functions from spot to inAutoScaling change one.
func instance(short string, change ...func(*awssim.Instance)) awssim.Instance {
	in := awssim.Instance{
		ID: instanceID(short), Type: "t3.small", AZ: zoneA, VPC: vpcID, State: "running",
		Tags: map[string]string{"eni-failover:group": "db"},
	}
	for _, f := range change {
		f(&in)
	}
	return in
}

func spot(in *awssim.Instance) { in.Lifecycle = "spot" }

func onDemand(in *awssim.Instance) { in.Lifecycle = "" }

func spotStatus(code string) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.SpotStatus = code }
}

// persistent gives the instance a persistent Spot request, which no longer names it once the request is open again.
func persistent(in *awssim.Instance) { in.SpotType, in.SpotUnnamed = "persistent", true }

func launched(ago time.Duration) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.LaunchTime = time.Now().Add(-ago) }
}

func inState(s string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.State = s } }

func inZone(zone string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.AZ = zone } }

func ofType(name string) func(*awssim.Instance) { return func(in *awssim.Instance) { in.Type = name } }

func instanceTag(key, value string) func(*awssim.Instance) {
	return func(in *awssim.Instance) { in.Tags[key] = value }
}

// memberOf makes an instance a member of other groups than db.
func memberOf(names string) func(*awssim.Instance) { return instanceTag("eni-failover:group", names) }

func untagged(in *awssim.Instance) { in.Tags = nil }

// notAMember removes the group tag of an instance.
func notAMember(in *awssim.Instance) { delete(in.Tags, "eni-failover:group") }

func impaired(in *awssim.Instance) { in.InstanceStatus = "impaired" }

func impairedFor(d time.Duration) func(*awssim.Instance) {
	return func(in *awssim.Instance) {
		in.SystemStatus, in.ImpairedSince = "impaired", time.Now().Add(-d)
	}
}

func hungGuest(in *awssim.Instance) { in.HungGuest = true }

func inAutoScaling(lifecycleState string) func(*awssim.Instance) {
	return func(in *awssim.Instance) {
		in.AutoScalingGroup, in.LifecycleState = "asg", lifecycleState
		in.Tags["aws:autoscaling:groupName"] = "asg"
	}
}

// eni makes an interface of group db, attached to the instance with the short name holder unless that is empty. The
// functions that follow change one.
func eni(short, holder string, change ...func(*awssim.Interface)) awssim.Interface {
	e := awssim.Interface{
		ID: interfaceID(short), AZ: zoneA, VPC: vpcID,
		Tags: map[string]string{"eni-failover:group": "db"},
	}
	if holder != "" {
		e.Attachment = &awssim.Attachment{Instance: instanceID(holder), DeviceIndex: 1}
	}
	for _, f := range change {
		f(&e)
	}
	return e
}

func interfaceTag(key, value string) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Tags[key] = value }
}

func atIndex(n int) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Attachment.DeviceIndex = n }
}

// inGroup moves an interface to another group than db.
func inGroup(name string) func(*awssim.Interface) { return interfaceTag("eni-failover:group", name) }

func heldFor(age time.Duration) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Attachment.AttachTime = time.Now().Add(-age) }
}

func inStatus(s string) func(*awssim.Interface) {
	return func(e *awssim.Interface) { e.Attachment.Status = s }
}

func unattached(e *awssim.Interface) { e.Attachment = nil }

func detaching(e *awssim.Interface) { e.Attachment.Status = "detaching" }

// attachedByHand attaches an interface to an instance with an attachment of its own, as a person or another tool would.
func attachedByHand(holder string, index int) func(*awssim.Interface) {
	return func(e *awssim.Interface) {
		e.Attachment = &awssim.Attachment{
			ID: id("eni-attach", "ff"+holder), Instance: instanceID(holder), DeviceIndex: index, AttachTime: time.Now(),
		}
	}
}
