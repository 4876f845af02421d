package readiness

import (
	"fmt"
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// inspectInstances audits the members of the groups that this deployment serves, and the holders. An instance whose tag
// lists no valid group is audited as well: its tag may be the fault.
func (i *inspection) inspectInstances() {
	holders := map[string]bool{}
	places := map[string]bool{} // "group zone VPC" of the interfaces
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
		i.add(Finding{
			ID: TagMalformed, Severity: Warning, Resource: in.ID,
			Problem: describeFaults(in.TagFaults), Action: correctTag(in.ID, in.TagFaults[0]),
		})
	}
	if b := in.OnInterruption; b == inventory.BehaviorStop || b == inventory.BehaviorHibernate {
		severity, problem := Info, "An interruption stops the instance, which stays in the group and may come back as a standby."
		if b == inventory.BehaviorHibernate {
			severity, problem = Warning, "An interruption hibernates the instance at once, without the two minutes of warning."
		}
		i.add(Finding{
			ID: SpotHibernateOrStop, Severity: severity, Resource: in.ID, Problem: problem,
			Action: "If that is not meant, request the instance with the interruption behavior terminate.",
		})
	}
	var groups []string
	for _, group := range in.Groups {
		if len(i.of[group]) > 0 {
			groups = append(groups, group)
		}
	}
	here := slices.ContainsFunc(groups, func(group string) bool { return places[group+" "+in.AZ+" "+in.VPC] })
	if here {
		i.inspectColdStandby(in)
	}
	if len(groups) > 0 && !here {
		i.add(Finding{
			ID: StandbyElsewhere, Severity: Info, Resource: in.ID, Group: groups[0],
			Problem: fmt.Sprintf("No interface of %s is in the instance's Availability Zone and VPC (%s, %s), so it can't take over anything.", few(groups), in.AZ, in.VPC),
			Action:  "Move the instance to where the interfaces are, or take the tag off it.",
		})
	}
}
