package simulation

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

const (
	region   = simclient.Region
	account  = "123456789012"
	mainVPC  = "vpc-0d0d0d0d0d0d0d0d0"
	otherVPC = "vpc-0e0e0e0e0e0e0e0e0"
	zoneA    = "eu-west-1a"
	zoneB    = "eu-west-1b"

	tagGroup    = "eni-failover:group"
	tagRecord   = "eni-failover:record"
	tagPaused   = "eni-failover:paused"
	tagPriority = "eni-failover:priority"
	tagLeft     = "eni-failover:left"
	tagScaling  = "aws:autoscaling:groupName"
)

// instanceTypes returns the types that the accounts use: with few slots and many, with several network cards, without
// Nitro. They are part of the simulated account, so that the oracle and EC2 read the same table.
func instanceTypes() []awssim.InstanceType {
	return []awssim.InstanceType{
		{Name: "t3.micro", Hypervisor: "nitro", MaximumInterfaces: 2, CardInterfaces: []int{2}, IPv4PerInterface: 2, IPv6PerInterface: 2},
		{Name: "t3.small", Hypervisor: "nitro", MaximumInterfaces: 3, CardInterfaces: []int{3}, IPv4PerInterface: 4, IPv6PerInterface: 4},
		{Name: "m5.large", Hypervisor: "nitro", MaximumInterfaces: 3, CardInterfaces: []int{3}, IPv4PerInterface: 10, IPv6PerInterface: 10},
		{Name: "t2.small", Hypervisor: "xen", MaximumInterfaces: 3, CardInterfaces: []int{3}, IPv4PerInterface: 4, IPv6PerInterface: 4},
		{Name: "p4d.24xlarge", Hypervisor: "nitro", MaximumInterfaces: 8, CardInterfaces: []int{4, 4}, IPv4PerInterface: 50, IPv6PerInterface: 50},
	}
}

// groupNames returns the names of the groups. The first one is a part of the second one, so that a filter that matches a
// part of a tag finds both.
func groupNames() []string { return []string{"db", "db-2", "nat"} }

// builder draws a world. It remembers which device indexes of its instances are taken.
type builder struct {
	draw
	world  awssim.World
	groups []string
	taken  map[string]map[int]bool // instance → device indexes on network card 0
}

func drawWorld(d draw) awssim.World {
	b := &builder{draw: d, taken: map[string]map[int]bool{}}
	b.groups = groupNames()[:pickWeighted(d, []weighted[int]{{70, 1}, {22, 2}, {8, 3}})]
	b.world.InstanceTypes = instanceTypes()
	b.world.Timing = b.timing()
	for n := range len(b.groups) + 2 + d.IntN(2) {
		b.addInstance(n)
	}
	for _, group := range b.groups {
		for range pickWeighted(d, []weighted[int]{{65, 1}, {35, 2}}) {
			b.addManaged(group)
		}
	}
	b.addUntouchables()
	return b.world
}

// timing draws short times for most accounts: long waits cost looks, and seldom show anything new.
func (b *builder) timing() awssim.Timing {
	ms := func(least, most time.Duration) awssim.Duration {
		if b.chance(92) {
			most = least + (most-least)/16
		}
		return awssim.Duration(b.between(least, most))
	}
	return awssim.Timing{
		Call:   awssim.Duration(b.between(10*time.Millisecond, 90*time.Millisecond)),
		Detach: ms(20*time.Millisecond, 4*time.Second), Attach: ms(20*time.Millisecond, 3*time.Second),
		Stop: ms(200*time.Millisecond, 30*time.Second), Start: ms(time.Second, 15*time.Second),
		Terminate: ms(200*time.Millisecond, 40*time.Second), Propagation: ms(0, 30*time.Second),
	}
}

func nthInstance(n int) string  { return fmt.Sprintf("i-%017x", n+1) }
func nthInterface(n int) string { return fmt.Sprintf("eni-%017x", n+1) }

// addInstance adds an instance, most often a running member in zone A.
func (b *builder) addInstance(n int) {
	in := awssim.Instance{
		ID: nthInstance(n), AZ: zoneA, VPC: mainVPC, State: "running", Tags: map[string]string{},
		LaunchTime: epoch.Add(-b.between(10*time.Second, 3*time.Hour).Truncate(time.Second)),
		Type: pickWeighted(b.draw, []weighted[string]{
			{20, "t3.micro"}, {45, "t3.small"}, {25, "m5.large"}, {6, "t2.small"}, {4, "p4d.24xlarge"},
		}),
	}
	if n > 0 {
		// The first instance is plain, so that most accounts have a usable member.
		b.vary(&in)
	}
	if b.chance(50) {
		in.Lifecycle = "spot"
		in.SpotBehavior = pickWeighted(b.draw, []weighted[string]{{80, "terminate"}, {12, "stop"}, {8, "hibernate"}})
		b.drawSpotRequest(&in)
	}
	b.drawMembership(&in)
	if b.chance(25) {
		b.joinAutoScalingGroup(&in)
	}
	b.world.Instances = append(b.world.Instances, in)
	b.taken[in.ID] = map[int]bool{0: true}
}

// drawSpotRequest draws the Spot request of an instance. A persistent request is open again as soon as its instance is
// about to be terminated, and may no longer name it.
func (b *builder) drawSpotRequest(in *awssim.Instance) {
	if in.SpotBehavior == "terminate" && b.chance(25) {
		in.SpotType, in.SpotUnnamed = "persistent", b.chance(50)
	}
	if b.chance(6) {
		in.SpotStatus = pick(b.draw, []string{
			"instance-terminated-no-capacity", "marked-for-stop", "instance-stopped-by-user", "none", "request-canceled-and-instance-running",
		})
	}
}

// vary draws differences from a plain instance.
func (b *builder) vary(in *awssim.Instance) {
	if b.chance(9) {
		in.AZ = zoneB
	}
	if b.chance(4) {
		in.VPC = otherVPC
	}
	in.State = pickWeighted(b.draw, []weighted[string]{{86, "running"}, {8, "stopped"}, {2, "stopping"}, {2, "pending"}, {2, "terminated"}})
	switch pickWeighted(b.draw, []weighted[int]{{84, 0}, {6, 1}, {4, 2}, {4, 3}, {2, 4}}) {
	case 1:
		in.SystemStatus, in.ImpairedSince = "impaired", epoch.Add(-b.between(0, 10*time.Minute))
	case 2:
		in.InstanceStatus, in.ImpairedSince = "impaired", epoch.Add(-b.between(0, 10*time.Minute))
	case 3:
		in.SystemStatus, in.InstanceStatus = "initializing", "initializing"
	case 4:
		in.InstanceStatus = "insufficient-data"
	}
	if b.chance(3) {
		in.RefuseAttach = pick(b.draw, []string{"UnsupportedOperation", "AttachmentLimitExceeded", "IncorrectInstanceState", "InternalError"})
	}
	in.HungAttach, in.HungGuest = b.chance(1), b.chance(2)
}

func (b *builder) drawMembership(in *awssim.Instance) {
	first := pick(b.draw, b.groups)
	if n := len(b.world.Instances); n < len(b.groups) {
		first = b.groups[n] // each group has a member
	}
	switch {
	case b.chance(4): // a member of no group
	case b.chance(20):
		in.Tags[tagGroup] = first + " " + pick(b.draw, b.groups)
	default:
		in.Tags[tagGroup] = first
	}
	if b.chance(20) {
		in.Tags[tagPriority] = pick(b.draw, []string{"1", "50", "100", "900", "first"})
	}
}

func (b *builder) joinAutoScalingGroup(in *awssim.Instance) {
	in.AutoScalingGroup = "asg"
	in.Tags[tagScaling] = in.AutoScalingGroup
	in.LifecycleState = pickWeighted(b.draw, []weighted[string]{{90, "InService"}, {3, "Standby"}, {3, "Pending:Wait"}, {4, "Warmed:Running"}})
}

// addManaged adds an interface of a group, most often attached to a member.
func (b *builder) addManaged(group string) {
	e := b.newSecondary(map[string]string{tagGroup: group})
	if b.chance(6) {
		e.Tags[tagPaused] = pick(b.draw, []string{"true", "yes", "", "false"})
	}
	if b.chance(30) {
		b.addRecord(&e)
	}
	var holders []awssim.Instance
	for _, in := range b.world.Instances {
		if memberOf(in.Tags, group) && in.State != "terminated" && in.VPC == mainVPC {
			holders = append(holders, in)
		}
	}
	if len(holders) > 0 && !b.chance(8) {
		b.attach(&e, pick(b.draw, holders))
	}
	b.world.Interfaces = append(b.world.Interfaces, e)
}

// newSecondary returns an unattached interface with drawn addresses.
func (b *builder) newSecondary(tags map[string]string) awssim.Interface {
	n := len(b.world.Interfaces)
	e := awssim.Interface{ID: nthInterface(n), AZ: zoneA, VPC: mainVPC, Tags: tags, SecurityGroups: []string{"sg-0a0a0a0a0a0a0a0a0"}}
	e.PrivateIPs = []awssim.PrivateIP{{Address: fmt.Sprintf("10.0.1.%d", 10+n), Primary: true}}
	if b.chance(15) {
		e.PrivateIPs[0].ElasticIP = fmt.Sprintf("198.51.100.%d", 10+n)
	}
	if b.chance(12) {
		e.PrivateIPs = append(e.PrivateIPs,
			awssim.PrivateIP{Address: fmt.Sprintf("10.0.2.%d", 10+n)}, awssim.PrivateIP{Address: fmt.Sprintf("10.0.3.%d", 10+n)})
	}
	if b.chance(10) {
		e.IPv6 = []string{fmt.Sprintf("2001:db8::%x", 10+n)}
	}
	if b.chance(5) {
		e.IPv4Prefixes = []string{fmt.Sprintf("10.0.%d.0/28", 100+n)}
	}
	if b.chance(10) {
		e.SourceDestCheck = new(bool)
	}
	return e
}

// attach attaches an interface to an instance at a free device index, if a slot is free.
func (b *builder) attach(e *awssim.Interface, in awssim.Instance) {
	if len(b.taken[in.ID]) >= limitsOf(in.Type).CardInterfaces[0] {
		return
	}
	index := 1 + b.IntN(3)
	for b.taken[in.ID][index] {
		index++
	}
	b.taken[in.ID][index] = true
	e.AZ = in.AZ
	since := max(0, epoch.Sub(in.LaunchTime))
	e.Attachment = &awssim.Attachment{
		Instance: in.ID, DeviceIndex: index, DeleteOnTermination: b.chance(6),
		AttachTime: epoch.Add(-b.between(0, since).Truncate(time.Second)),
	}
}

// addRecord tags an interface with names in a private hosted zone. Their records may be wrong or missing.
func (b *builder) addRecord(e *awssim.Interface) {
	if len(b.world.Zones) == 0 {
		b.world.Zones = []awssim.Zone{{ID: "Z0000000000001", Name: "corp.internal", VPCs: []string{mainVPC}}}
	}
	zone := &b.world.Zones[0]
	name := fmt.Sprintf("svc%d.corp.internal", len(b.world.Interfaces))
	e.Tags[tagRecord] = name
	r := awssim.Record{Name: name, Type: "A", TTL: 60, Values: []string{e.PrivateIPs[0].Address}}
	switch pickWeighted(b.draw, []weighted[int]{{60, 0}, {15, 1}, {15, 2}, {5, 3}, {5, 4}}) {
	case 1:
		r.Values = []string{"10.9.9.9"}
	case 2:
		return
	case 3:
		r.SetIdentifier, r.Weight = "blue", new(int64)
	case 4:
		e.Tags[tagRecord] = name + " elsewhere.example.com not_a..name"
	}
	zone.Records = append(zone.Records, r)
}

// addUntouchables adds at most one interface that the function must leave alone.
func (b *builder) addUntouchables() {
	holder := pick(b.draw, b.world.Instances)
	if holder.State == "terminated" || holder.VPC != mainVPC {
		return
	}
	group := map[string]string{tagGroup: b.groups[0]}
	switch pickWeighted(b.draw, []weighted[int]{{60, 0}, {8, 1}, {8, 2}, {8, 3}, {8, 4}, {8, 5}}) {
	case 1: // an interface without a group
		e := b.newSecondary(map[string]string{"Name": "mine"})
		b.attach(&e, holder)
		b.world.Interfaces = append(b.world.Interfaces, e)
	case 2:
		e := b.newSecondary(group)
		e.RequesterManaged = true
		b.attach(&e, holder)
		b.world.Interfaces = append(b.world.Interfaces, e)
	case 3:
		e := b.newSecondary(group)
		e.Type = pick(b.draw, []string{"efa", "trunk", "branch"})
		b.attach(&e, holder)
		b.world.Interfaces = append(b.world.Interfaces, e)
	case 4: // the primary interface of an instance, tagged
		e := b.newSecondary(group)
		e.AZ = holder.AZ
		e.Attachment = &awssim.Attachment{Instance: holder.ID, DeviceIndex: 0, DeleteOnTermination: true, AttachTime: holder.LaunchTime}
		b.world.Interfaces = append(b.world.Interfaces, e)
	case 5:
		e := b.newSecondary(map[string]string{tagGroup: "no group!"})
		b.attach(&e, holder)
		b.world.Interfaces = append(b.world.Interfaces, e)
	}
}

func limitsOf(name string) awssim.InstanceType {
	for _, t := range instanceTypes() {
		if t.Name == name {
			return t
		}
	}
	return awssim.InstanceType{CardInterfaces: []int{0}}
}
