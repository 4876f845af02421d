package readiness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// inspectStandbys looks at the instances that could take an interface. What leaves it without any is critical;
// what shuts one of several ways is a warning. It returns what it saw.
func (i *inspection) inspectStandbys(x subject) *survey {
	s := i.survey(x)
	if !x.planned() && !x.stranded() {
		return s // it is never moved
	}
	if x.stranded() && s.unfit() == 0 {
		i.findNobody(x, s)
	}
	severity := Warning
	if x.stranded() {
		severity = Critical
	}
	if len(s.full) > 0 && (x.stranded() || s.idleFull) {
		i.add(Finding{
			ID: StandbyNoSlot, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Instances: s.full,
			Problem: fmt.Sprintf("%s %s as many interfaces as the instance type allows.", few(s.full), have(s.full)),
			Action:  "Detach an interface that it does not need, or use a larger instance type.",
		})
	}
	if len(s.taken) > 0 && x.stranded() {
		i.add(Finding{
			ID: StandbyOvercommitted, Severity: Critical, Resource: x.e.ID, Group: x.e.Group, Instances: s.taken,
			Problem: fmt.Sprintf("%s %s fewer free slots than there are interfaces that leave together with this one.", few(s.taken), have(s.taken)),
			Action:  "Add a standby, or use a larger instance type.",
		})
	}
	if len(s.small) > 0 {
		i.add(Finding{
			ID: StandbyTooSmall, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Instances: s.small,
			Problem: fmt.Sprintf("The instance type of %s does not allow the %s of the interface.", few(s.small), countAddresses(x.e)),
			Action:  "Use an instance type that allows as many addresses per interface (for prefixes, one built on Nitro), or take some off the interface.",
		})
	}
	if len(s.interrupted) > 0 {
		i.add(Finding{
			ID: StandbyInterrupted, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Instances: s.interrupted,
			Problem: fmt.Sprintf("%s %s about to be interrupted by Spot.", few(s.interrupted), are(s.interrupted)),
			Action:  "Replace it, best by an On-Demand instance or by one of another Spot pool.",
		})
	}
	i.inspectImpaired(x, s)
	i.inspectChoice(x, s)
	return s
}

func have(list []string) string {
	if len(list) == 1 {
		return "has"
	}
	return "have"
}

func countAddresses(e inventory.Interface) string {
	parts := []string{number(len(e.Addresses), "IPv4 address", "IPv4 addresses")}
	if len(e.IPv6) > 0 {
		parts = append(parts, number(len(e.IPv6), "IPv6 address", "IPv6 addresses"))
	}
	if len(e.Prefixes) > 0 {
		parts = append(parts, number(len(e.Prefixes), "prefix", "prefixes"))
	}
	return few(parts)
}

func (i *inspection) inspectImpaired(x subject, s *survey) {
	if len(s.impaired) == 0 {
		return
	}
	severity := Warning
	if x.stranded() || slices.Contains(s.impaired, x.item.Choice.Instance) {
		severity = Critical // nobody better is left
	}
	i.add(Finding{
		ID: StandbyImpaired, Severity: severity, Resource: x.e.ID, Group: x.e.Group, Instances: s.impaired,
		Problem: fmt.Sprintf("The status checks of %s fail.", few(s.impaired)),
		Action:  "Look at the instance's system log; stop and start it, or replace it.",
	})
}

// inspectChoice looks at where the interface would go.
func (i *inspection) inspectChoice(x subject, s *survey) {
	if !x.planned() {
		return
	}
	to := i.world.instance(x.item.Choice.Instance)
	if len(s.unknown) > 0 {
		i.add(Finding{
			ID: StandbyUnknown, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: []string{to.ID},
			Problem: fmt.Sprintf("The interface would go to %s, about which this is not known: %s.", to.ID, strings.Join(s.unknown, ", ")),
			Action:  "See the finding NOT_OBSERVED, and the permissions of the function's role.",
		})
	}
	if s.samePool {
		i.add(Finding{
			ID: StandbySameSpotPool, Severity: Warning, Resource: x.e.ID, Group: x.e.Group, Instances: s.eligible,
			Problem: fmt.Sprintf("The holder and all instances that could take the interface are Spot instances of one pool (%s in %s), which are interrupted together.", to.Type, to.AZ),
			Action:  "Add a standby that is On-Demand, or of another instance type.",
		})
	}
	if at := x.e.Attachment; !x.e.Unattached() && to.ID != at.Instance && at.DeviceIndex != x.item.Choice.Index {
		i.add(Finding{
			ID: StandbyIndexTaken, Severity: Info, Resource: x.e.ID, Group: x.e.Group, Instances: []string{to.ID},
			Problem: fmt.Sprintf("Device index %d is taken on %s: the interface would have index %d there.", at.DeviceIndex, to.ID, x.item.Choice.Index),
			Action:  "Let the guest know its interfaces by their MAC address, not by the index, or keep the index free.",
		})
	}
}

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

// findNobody reports an interface for which there is nobody near to speak of.
func (i *inspection) findNobody(x subject, s *survey) {
	var others []string
	if n := len(s.elsewhere); n > 0 {
		where := "in another Availability Zone"
		if s.vpc > 0 {
			where = "in another Availability Zone or VPC"
		}
		others = append(others, fmt.Sprintf("%d %s", n, where))
	}
	if n := len(s.down); n > 0 {
		others = append(others, fmt.Sprintf("%d not running", n))
	}
	if n := len(s.leaving); n > 0 {
		others = append(others, fmt.Sprintf("%d leaving the Auto Scaling group", n))
	}
	why := "the group has no other member"
	if len(others) > 0 {
		why = "the group's other members: " + few(others)
	}
	i.add(Finding{
		ID: NoStandbyInAZ, Severity: Critical, Resource: x.e.ID, Group: x.e.Group,
		Instances: slices.Concat(s.elsewhere, s.down, s.leaving),
		Problem:   fmt.Sprintf("No instance in %s could take the interface; %s.", x.e.AZ, why),
		Action:    fmt.Sprintf("Run a standby in %s (%s), and tag it %s=%s.", x.e.AZ, x.e.VPC, inventory.TagGroup, x.e.Group),
	})
}
