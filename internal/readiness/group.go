package readiness

import (
	"fmt"
	"maps"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// inspectGroups audits each group as a whole.
func (i *inspection) inspectGroups() {
	for _, group := range i.groups {
		i.inspectSourceDestChecks(group)
	}
	names := slices.Concat(i.world.memberGroups(), i.world.policy.Groups)
	slices.Sort(names)
	for _, group := range slices.Compact(names) {
		if len(i.of[group]) > 0 {
			continue
		}
		var members []string
		for _, in := range i.world.members[group] {
			members = append(members, in.ID)
		}
		i.add(Finding{
			ID: GroupWithoutInterface, Severity: Warning, Resource: group, Group: group, Instances: members,
			Problem: fmt.Sprintf("No interface carries the tag %s=%s, so nothing of the group is protected; it has %s.",
				inventory.TagGroup, group, number(len(members), "member", "members")),
			Action: fmt.Sprintf("Tag the interface: aws ec2 create-tags --resources eni-… --tags Key=%s,Value=%s", inventory.TagGroup, group),
		})
	}
	i.inspectSharedStandbys()
}

// inspectSourceDestChecks reports the interfaces whose source/destination check differs from that of most interfaces of
// the group. An interface that routes needs the check off, and the setting moves with the interface.
func (i *inspection) inspectSourceDestChecks(group string) {
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
	rare, option := on, "--no-source-dest-check"
	problem := "The source/destination check of the interface is on, and that of other interfaces of the group is off."
	if len(off) < len(on) {
		rare, option = off, "--source-dest-check"
		problem = "The source/destination check of the interface is off, and that of other interfaces of the group is on."
	}
	if len(on) == 0 || len(off) == 0 {
		return
	}
	for _, id := range rare {
		i.add(Finding{
			ID: SourceDestCheckMixed, Severity: Info, Resource: id, Group: group, Problem: problem,
			Action: fmt.Sprintf("If it should be like the others: aws ec2 modify-network-interface-attribute --network-interface-id %s %s", id, option),
		})
	}
}

// inspectSharedStandbys reports the standbys that are the only one of several interfaces, and that have fewer slots than
// interfaces. Interfaces of one holder are planned together, so these are on different holders: the group survives the loss
// of one of them, but not of two.
func (i *inspection) inspectSharedStandbys() {
	type demand struct {
		interfaces, holders map[string]bool
	}
	only := map[string]*demand{}
	for _, x := range i.subjects {
		if !x.planned() || x.onlyStandby == "" {
			continue
		}
		d := only[x.onlyStandby]
		if d == nil {
			d = &demand{interfaces: map[string]bool{}, holders: map[string]bool{}}
			only[x.onlyStandby] = d
		}
		d.interfaces[x.e.ID], d.holders[x.e.Holder()] = true, true
	}
	for _, id := range slices.Sorted(maps.Keys(only)) {
		d, in := only[id], i.world.instance(id)
		if _, known := i.world.snapshot.Limits[in.Type]; !known || i.world.freeSlots(in) >= len(d.interfaces) {
			continue
		}
		i.add(Finding{
			ID: StandbyOvercommitted, Severity: Info, Resource: id, Instances: slices.Sorted(maps.Keys(d.holders)),
			Problem: fmt.Sprintf("%s is the only standby of %d interfaces on %d instances, and has %s.",
				id, len(d.interfaces), len(d.holders), number(i.world.freeSlots(in), "free slot", "free slots")),
			Action: "Add a standby, or use a larger instance type, if more than one holder may go at a time.",
		})
	}
}
