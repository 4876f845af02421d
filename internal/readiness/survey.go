package readiness

import (
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// survey sorts the candidates for an interface by what can be said about them. The holder is not among them.
type survey struct {
	// elsewhere are in another Availability Zone or VPC; otherVPC counts those that are in the zone, but in another VPC.
	elsewhere []string
	otherVPC  int
	// down do not run and can't be started, notAllowed are cold standbys that START_STANDBYS does not allow to start, and
	// leaving leave their Auto Scaling group.
	down, notAllowed, leaving []string
	// full have no slot; idleFull reports that one of them holds no managed interface. taken have free slots, but the
	// interfaces that leave together with this one take them.
	full, taken []string
	idleFull    bool
	// small have an instance type that does not allow the addresses, and interrupted are about to be interrupted by Spot.
	small, interrupted []string
	// impaired fail a status check. They may be eligible as well: they are the last resort.
	impaired, eligible []string
	// cold are the eligible ones that would be started first.
	cold []inventory.Instance
	// unknown names what could not be asked about the instance that was chosen.
	unknown []string
	// samePool reports that the holder and all eligible candidates are of one Spot pool.
	samePool bool
}

// unfit counts the candidates that are near, and would do but for their condition.
func (s *survey) unfit() int {
	return len(s.full) + len(s.taken) + len(s.small) + len(s.interrupted) + len(s.impaired)
}

func (i *inspection) survey(x subject) *survey {
	s := &survey{samePool: x.holder.Spot}
	for _, c := range x.item.Candidates {
		if c.Instance == x.e.Holder() {
			continue
		}
		in := i.world.instance(c.Instance)
		if c.Eligible {
			s.eligible = append(s.eligible, in.ID)
			s.samePool = s.samePool && in.Spot && in.Type == x.holder.Type
		}
		if c.Start {
			s.cold = append(s.cold, in)
		}
		if c.Instance == x.item.Choice.Instance {
			s.unknown = c.Unknown
		}
		s.sort(i.world, in, c.Reason)
	}
	s.samePool = s.samePool && len(s.eligible) > 0
	return s
}

// sort puts a candidate into its list by the reason against it, which is empty if there is none.
func (s *survey) sort(w *world, in inventory.Instance, reason plan.Reason) {
	switch {
	case reason == plan.ReasonOtherAZ, reason == plan.ReasonOtherVPC:
		s.elsewhere = append(s.elsewhere, in.ID)
		s.otherVPC += count(reason == plan.ReasonOtherVPC)
		return
	case reason == plan.ReasonNotRunning, reason == plan.ReasonDoomed, reason == plan.ReasonColdSpot, reason == plan.ReasonColdScaled:
		s.down = append(s.down, in.ID)
		return
	case reason == plan.ReasonColdNotAllowed:
		s.notAllowed = append(s.notAllowed, in.ID)
		return
	case reason == plan.ReasonASGLeaving:
		s.leaving = append(s.leaving, in.ID)
		return
	case reason == plan.ReasonInterrupted:
		s.interrupted = append(s.interrupted, in.ID)
	case reason == plan.ReasonTooManyAddresses, reason == plan.ReasonPrefixNeedsNitro:
		s.small = append(s.small, in.ID)
	case reason == plan.ReasonNoSlot && w.freeSlots(in) > 0:
		s.taken = append(s.taken, in.ID)
	case reason == plan.ReasonNoSlot:
		s.full = append(s.full, in.ID)
		s.idleFull = s.idleFull || len(w.held[in.ID]) == 0
	}
	if in.Health.Impaired() {
		s.impaired = append(s.impaired, in.ID)
	}
}
