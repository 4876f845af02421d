package observe

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// questions are the ids and names that [Observer.inspect] asks about.
type questions struct {
	nonMembers []string // instances to describe: named or holders, and not shown as members
	unlisted   []string // those of them whose status checks matter
	members    []string // running ones in the Availability Zones of the interfaces, whose status checks matter
	spot       []string // instances that may have a Spot request
	scaled     []string // instances that may be in an Auto Scaling group
	types      []string // the instance types of members
	interfaces []string // to read a second time
}

// questionsAbout lists what is left to ask after the essentials were read.
func questionsAbout(s inventory.Snapshot, scope plan.Scope, selected plan.Selection) questions {
	var q questions
	for _, id := range selected.Instances {
		if _, known := s.Instances[id]; !known {
			q.nonMembers = append(q.nonMembers, id)
		}
	}
	for _, id := range s.InstanceIDs() {
		if in := s.Instances[id]; slices.Contains(selected.AvailabilityZones, in.AZ) {
			q.addMember(in)
		}
	}
	if scope.NonMemberChecks {
		q.unlisted = q.nonMembers
	}
	if scope.NonMemberSpot {
		q.spot = append(q.spot, q.nonMembers...)
	}
	if scope.NonMemberScaling {
		q.scaled = append(q.scaled, q.nonMembers...)
	}
	if id := scope.Terminating; id != "" && !slices.Contains(q.scaled, id) {
		q.scaled = append(q.scaled, id)
	}
	if scope.SecondRead {
		q.interfaces = selected.Interfaces
	}
	return q
}

// addMember adds what there is to ask about a member that runs where the interfaces are, or about the Auto Scaling
// state of one that does not run.
func (q *questions) addMember(in inventory.Instance) {
	if in.ScalingGroup != "" {
		q.scaled = append(q.scaled, in.ID)
	}
	if in.State != inventory.StateRunning {
		return
	}
	q.members = append(q.members, in.ID)
	if in.Spot {
		q.spot = append(q.spot, in.ID)
	}
	if !slices.Contains(q.types, in.Type) {
		q.types = append(q.types, in.Type)
	}
}
