package readiness

import (
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// survey is what there is to say of the candidates for an interface, the holder apart.
type survey struct {
	elsewhere, down, leaving        []string // other zone or VPC, not running, leaving their Auto Scaling group
	full, taken, small, interrupted []string // near, but not fit; taken: by what would come along
	impaired, eligible              []string // impaired ones may be eligible, for want of better
	vpc                             int      // how many of elsewhere are for the VPC only
	idleFull                        bool     // a full one that holds no managed interface
	unknown                         []string // what could not be asked of the choice
	samePool                        bool     // holder and all eligible ones are of one Spot pool
}

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
		if c.Instance == x.item.Choice.Instance {
			s.unknown = c.Unknown
		}
		s.sort(i.world, in, c.Reason)
	}
	s.samePool = s.samePool && len(s.eligible) > 0
	return s
}

// sort puts a candidate where it belongs by the reason against it.
func (s *survey) sort(w *world, in inventory.Instance, reason plan.Reason) {
	far := map[plan.Reason]*[]string{
		plan.ReasonOtherAZ: &s.elsewhere, plan.ReasonOtherVPC: &s.elsewhere, plan.ReasonNotRunning: &s.down,
		plan.ReasonDoomed: &s.down, plan.ReasonASGLeaving: &s.leaving,
	}
	near := map[plan.Reason]*[]string{
		plan.ReasonInterrupted: &s.interrupted, plan.ReasonTooManyAddresses: &s.small, plan.ReasonPrefixNeedsNitro: &s.small,
		plan.ReasonNoSlot: &s.full,
	}
	if reason == plan.ReasonNoSlot && w.slots(in) > 0 {
		near[reason] = &s.taken
	}
	if list, ok := far[reason]; ok {
		*list = append(*list, in.ID)
		s.vpc += count(reason == plan.ReasonOtherVPC)
		return
	}
	if list, ok := near[reason]; ok {
		*list = append(*list, in.ID)
		s.idleFull = s.idleFull || list == &s.full && len(w.held[in.ID]) == 0
	}
	if in.Health.Impaired() {
		s.impaired = append(s.impaired, in.ID)
	}
}

// slots counts the free slots of an instance, by what is known of its type.
func (w *world) slots(in inventory.Instance) int {
	limit, ok := w.snapshot.Limits[in.Type]
	if !ok {
		return 0
	}
	return max(0, min(limit.Card0-len(in.Card0), limit.Interfaces-in.Attached))
}
