package observe

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// questions are the ids and names that [Observer.inspect] asks about.
type questions struct {
	nonMembers []string // instances to describe: named or holders, and not known yet
	unproven   []string // those of them whose status checks matter; EC2 may not know such an id
	running    []string // known instances that run where the interfaces are
	spot       []string // instances that may have a Spot request
	scaled     []string // instances that may be in an Auto Scaling group
	types      []string // the instance types of the running ones, and of the cold standbys
	interfaces []string // interfaces to read a second time
}

// questionsAbout lists what is left to ask after the essentials were read.
func questionsAbout(s inventory.Snapshot, scope plan.Scope, selected plan.Selection) questions {
	var q questions
	for _, id := range selected.Instances {
		if _, known := s.Instances[id]; !known {
			q.nonMembers = append(q.nonMembers, id)
		}
	}
	// A member in another Availability Zone can't take any of the interfaces, so it is not asked about.
	for _, id := range s.InstanceIDs() {
		if in := s.Instances[id]; slices.Contains(selected.AvailabilityZones, in.AZ) {
			q.addKnown(in)
		}
	}
	if scope.NonMemberChecks {
		q.unproven = q.nonMembers
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

// addKnown adds what there is to ask about a known instance that is where the interfaces are. If it does not run, that is
// its Auto Scaling state only, and the limits of its type if it may be started.
func (q *questions) addKnown(in inventory.Instance) {
	if in.ScalingGroup != "" {
		q.scaled = append(q.scaled, in.ID)
	}
	cold := in.Start && (in.State == inventory.StateStopped || in.State == inventory.StatePending)
	if (in.State == inventory.StateRunning || cold) && !slices.Contains(q.types, in.Type) {
		q.types = append(q.types, in.Type)
	}
	if in.State != inventory.StateRunning {
		return
	}
	q.running = append(q.running, in.ID)
	if in.Spot {
		q.spot = append(q.spot, in.ID)
	}
}
