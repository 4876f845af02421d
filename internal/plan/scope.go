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
	// Interfaces are those in scope, in the order of their ids.
	Interfaces []string
	// AvailabilityZones are those of the interfaces in scope, sorted.
	AvailabilityZones []string
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
		if certain := concerns(t, e, groups); certain || (t.Instance != "" && t.Kind != trigger.KindRunning && loose(e)) {
			s.Certain = s.Certain || certain
			s.add(e)
		}
	}
	s.name(append([]string{t.Instance, t.From, t.Target}, t.Instances...))
	return s
}

// ScopeAround is the scope of a new plan for the interfaces with the given ids, with the instances that it
// must know of besides.
func ScopeAround(ids, instances []string, interfaces []inventory.Interface) Scope {
	var s Scope
	for _, e := range interfaces {
		if slices.Contains(ids, e.ID) {
			s.Certain = true
			s.add(e)
		}
	}
	s.name(instances)
	return s
}

// concerns reports whether a trigger is about an interface whatever the instances are like.
func concerns(t trigger.Trigger, e inventory.Interface, groups []string) bool {
	switch t.Kind {
	case trigger.KindSpotInterruption,
		trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated,
		trigger.KindLifecycle, trigger.KindRebalance:
		return e.Holder() == t.Instance
	case trigger.KindHealth:
		return slices.Contains(t.Instances, e.Holder())
	case trigger.KindRunning:
		return slices.Contains(groups, e.Group)
	case trigger.KindAlarm:
		return (t.Instance != "" && e.Holder() == t.Instance) || names(t, e)
	case trigger.KindManual:
		return names(t, e)
	case trigger.KindSweep, trigger.KindRehearsal:
		return true
	case trigger.KindUnknown:
	}
	return false
}

// names reports whether a trigger names the interface, or its group.
func names(t trigger.Trigger, e inventory.Interface) bool {
	return e.ID == t.Interface || (t.Group != "" && e.Group == t.Group)
}

func (s *Scope) add(e inventory.Interface) {
	s.Interfaces = insert(s.Interfaces, e.ID)
	if e.Group != "" {
		s.Groups = insert(s.Groups, e.Group)
	}
	s.AvailabilityZones = insert(s.AvailabilityZones, e.AZ)
	if id := e.Holder(); id != "" {
		s.Instances = insert(s.Instances, id)
	}
}

// name adds instances that must be known if there is anything in scope.
func (s *Scope) name(instances []string) {
	for _, id := range instances {
		if id != "" && len(s.Groups) > 0 {
			s.Instances = insert(s.Instances, id)
		}
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
