package plan

import (
	"slices"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Scope is what a look at the interfaces alone tells of an event: what else has to be asked.
type Scope struct {
	// Groups are those whose members must be known, sorted. None: the event concerns no interface.
	Groups []string
	// Zones are the Availability Zones of the interfaces in scope, sorted.
	Zones []string
	// Certain is whether an interface is in scope whatever the instances are like. Otherwise only one
	// that hangs loose is, and only if the event's instance is a member of its group.
	Certain bool
	// Instances are those that must be known besides the members, sorted: the holders, and the ones that
	// the trigger names.
	Instances []string
}

// ScopeOf reads the scope of a trigger off the managed interfaces of the region. For an instance that
// came up, groups are those of the instance.
func ScopeOf(t trigger.Trigger, interfaces []inventory.Interface, groups []string) Scope {
	var s Scope
	for _, e := range interfaces {
		certain := false
		switch t.Kind {
		case trigger.KindSpotInterruption,
			trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated:
			certain = e.Holder() == t.Instance
			if !certain && !loose(e) {
				continue
			}
		case trigger.KindRunning:
			certain = slices.Contains(groups, e.Group)
			if !certain {
				continue
			}
		case trigger.KindManual:
			certain = e.ID == t.Interface || (t.Group != "" && e.Group == t.Group)
			if !certain {
				continue
			}
		case trigger.KindUnknown:
			continue
		}
		s.Certain = s.Certain || certain
		s.add(e)
	}
	for _, id := range []string{t.Instance, t.From, t.Target} {
		if id != "" && len(s.Groups) > 0 {
			s.Instances = insert(s.Instances, id)
		}
	}
	return s
}

func (s *Scope) add(e inventory.Interface) {
	if e.Group != "" {
		s.Groups = insert(s.Groups, e.Group)
	}
	s.Zones = insert(s.Zones, e.AZ)
	if id := e.Holder(); id != "" {
		s.Instances = insert(s.Instances, id)
	}
}

// insert adds a string to a sorted list that does not have it.
func insert(list []string, s string) []string {
	i, found := slices.BinarySearch(list, s)
	if found {
		return list
	}
	return slices.Insert(list, i, s)
}
