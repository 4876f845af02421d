package readiness

import (
	"fmt"
	"maps"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// inspectGroups looks at groups as a whole.
func (i *inspection) inspectGroups() {
	for _, group := range i.groups {
		i.inspectChecks(group)
	}
	candidates := slices.Concat(i.world.groupsOf(), i.world.policy.Groups)
	slices.Sort(candidates)
	for _, group := range slices.Compact(candidates) {
		if len(i.of[group]) > 0 {
			continue
		}
		members := i.world.members[group]
		i.find(GroupWithoutInterface, Warning, group, group,
			fmt.Sprintf("no interface carries the tag %s=%s, so nothing of it is protected; it has %s.",
				inventory.TagGroup, group, number(len(members), "member", "members")),
			fmt.Sprintf("Tag the interface: aws ec2 create-tags --resources eni-… --tags Key=%s,Value=%s", inventory.TagGroup, group), members...)
	}
	i.inspectShared()
}

// inspectChecks reports the interfaces that differ from most of their group in the check of source and
// destination: one that routes needs it off, and it stays with the interface.
func (i *inspection) inspectChecks(group string) {
	var on, off []string
	for _, x := range i.of[group] {
		switch {
		case !x.e.Supported():
		case x.e.SourceDestCheck:
			on = append(on, x.e.ID)
		default:
			off = append(off, x.e.ID)
		}
	}
	rare, state, word := on, "on", "off"
	if len(off) < len(on) {
		rare, state, word = off, "off", "on"
	}
	if len(on) == 0 || len(off) == 0 {
		return
	}
	for _, id := range rare {
		i.find(SourceDestCheckMixed, Info, id, group,
			fmt.Sprintf("its source/destination check is %s, and %s for other interfaces of the group.", state, word),
			fmt.Sprintf("If it should be like the others: aws ec2 modify-network-interface-attribute --network-interface-id %s --%ssource-dest-check",
				id, map[string]string{"on": "no-", "off": ""}[state]))
	}
}

// inspectShared reports the standbys that interfaces of several holders have for their only one, without a
// slot for each: one loss is survived, two are not.
func (i *inspection) inspectShared() {
	type demand struct {
		interfaces, holders map[string]bool
	}
	only := map[string]*demand{}
	for _, x := range i.subjects {
		if !x.planned() || x.only == "" {
			continue
		}
		d := only[x.only]
		if d == nil {
			d = &demand{interfaces: map[string]bool{}, holders: map[string]bool{}}
			only[x.only] = d
		}
		d.interfaces[x.e.ID], d.holders[x.e.Holder()] = true, true
	}
	for _, id := range slices.Sorted(maps.Keys(only)) {
		d, in := only[id], i.world.instance(id)
		if _, known := i.world.snapshot.Limits[in.Type]; !known || i.world.slots(in) >= len(d.interfaces) {
			continue
		}
		i.find(StandbyOvercommitted, Info, id, "",
			fmt.Sprintf("it is the only standby of %d interfaces on %d instances, and has %s.",
				len(d.interfaces), len(d.holders), number(i.world.slots(in), "free slot", "free slots")),
			"Add a standby, or use a larger instance type, if more than one holder may go at a time.", slices.Sorted(maps.Keys(d.holders))...)
	}
}

// inspectInstances looks at the members by themselves.
func (i *inspection) inspectInstances() {
	holders := map[string]bool{}
	places := map[string]bool{} // group, zone and VPC of an interface
	for _, x := range i.subjects {
		holders[x.e.Holder()] = true
		places[x.e.Group+" "+x.e.AZ+" "+x.e.VPC] = true
	}
	for _, id := range i.world.snapshot.InstanceIDs() {
		in := i.world.instance(id)
		if in.State.Ending() || !i.world.serves(in) && len(in.Groups) > 0 && !holders[id] {
			continue
		}
		i.inspectMember(in, places)
	}
}

func (i *inspection) inspectMember(in inventory.Instance, places map[string]bool) {
	if len(in.TagFaults) > 0 {
		i.find(TagMalformed, Warning, in.ID, "", sayFaults(in.TagFaults),
			fmt.Sprintf("Correct it: aws ec2 create-tags --resources %s --tags Key=%s,Value=…", in.ID, in.TagFaults[0].Tag))
	}
	if b := in.OnInterruption; b == inventory.BehaviorStop || b == inventory.BehaviorHibernate {
		severity, what := Info, "an interruption stops it: it keeps its place in the group, and may come back as a standby"
		if b == inventory.BehaviorHibernate {
			severity, what = Warning, "an interruption hibernates it at once, without the two minutes of warning"
		}
		i.find(SpotHibernateOrStop, severity, in.ID, "", what+".",
			"If that is not meant: request it with the interruption behavior terminate.")
	}
	var groups []string
	for _, group := range in.Groups {
		if len(i.of[group]) > 0 {
			groups = append(groups, group)
		}
	}
	here := slices.ContainsFunc(groups, func(group string) bool { return places[group+" "+in.AZ+" "+in.VPC] })
	if len(groups) > 0 && !here {
		i.find(StandbyElsewhere, Info, in.ID, groups[0],
			fmt.Sprintf("no interface of %s is in its Availability Zone and VPC (%s, %s): it can't take over anything.", few(groups), in.AZ, in.VPC),
			"Move it to where the interfaces are, or take the tag off it.")
	}
}

// inspectGaps reports what could not be asked.
func (i *inspection) inspectGaps() {
	const longest = 300
	for _, gap := range i.world.snapshot.Gaps {
		if len(gap) > longest {
			gap = gap[:longest] + "…"
		}
		i.find(NotObserved, Warning, "account", "", "could not be asked: "+gap+".",
			"Give the audit's role the permission that is named, or wait until AWS answers again.")
	}
}
