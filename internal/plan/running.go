package plan

import (
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// arrival plans for an instance that has come up: its groups' interfaces that nobody serves any more are
// given to whoever is best now.
func (d *decision) arrival() Plan {
	member := d.instance(d.trigger.Instance)
	if reason, detail := d.formerRun(member); reason != "" {
		return Plan{Ignored: reason, Detail: detail}
	}
	concerned := false
	plan := d.healAll(func(e inventory.Interface) bool {
		concerned = concerned || member.MemberOf(e.Group)
		return member.MemberOf(e.Group)
	})
	if !concerned {
		return Plan{Ignored: ReasonNotConcerned, Detail: member.ID + " is a member of no group that has an interface"}
	}
	return plan
}
