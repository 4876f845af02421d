package plan

import "github.com/eni-failover/eni-failover/internal/inventory"

// running plans for an instance that has come up: the interfaces of its groups that are not served any more go to the
// best member, which need not be this one.
func (d *decision) running() Plan {
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
