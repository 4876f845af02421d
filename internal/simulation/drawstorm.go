package simulation

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// addStorm adds Spot instances that are interrupted within a second, each with an interface, and standbys with a slot each. EC2
// throttles calls by its token buckets, which the invocations share.
func addStorm(d draw, s *Scenario) {
	s.World.TokenBuckets = true
	b := &builder{draw: d, world: s.World, groups: groupNames(), taken: map[string]map[int]bool{}}
	if d.chance(60) {
		b.groups = b.groups[:1]
	}
	from := d.between(0, s.Active/2)
	holders := 5 + d.IntN(8)
	for n := range holders {
		group := pick(d, b.groups)
		holder := b.addStormInstance(group)
		e := b.newSecondary(map[string]string{tagGroup: group})
		if d.chance(30) {
			b.addRecord(&e)
		}
		b.attach(&e, holder)
		b.world.Interfaces = append(b.world.Interfaces, e)
		s.Happenings = append(s.Happenings, Happening{
			ID: 800 + n, At: from + d.between(0, time.Second), Kind: "interruption", Interface: e.ID, Instance: holder.ID, Lasts: d.between(time.Second, time.Minute),
		})
	}
	standbys := holders
	if d.chance(30) {
		standbys -= d.IntN(3)
	}
	for range standbys {
		b.addStormInstance(pick(d, b.groups))
	}
	s.World = b.world
	slices.SortStableFunc(s.Happenings, byTime)
}

// addStormInstance adds a Spot instance with one slot that is a member of a group.
func (b *builder) addStormInstance(group string) awssim.Instance {
	in := awssim.Instance{
		ID: nthInstance(len(b.world.Instances)), AZ: zoneA, VPC: mainVPC, Type: "t3.micro", State: "running",
		LaunchTime: epoch.Add(-b.between(10*time.Second, 3*time.Hour).Truncate(time.Second)),
		Lifecycle:  "spot", SpotBehavior: "terminate", Tags: map[string]string{tagGroup: group},
	}
	b.world.Instances = append(b.world.Instances, in)
	b.taken[in.ID] = map[int]bool{0: true}
	return in
}
