package plan

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// scheduleWait limits the time for which a schedule insists on an answer: the next one comes soon.
const scheduleWait = 20 * time.Second

// Scope says what has to be read before a plan can be made. It is known before anything was read; what follows from
// the interfaces is a [Selection].
type Scope struct {
	// First is the instance to read before the interfaces, because its groups decide which of them matter; empty if
	// the interfaces come first.
	First string
	// AllMembers asks for the members of all groups by one filter, instead of one filter for each group.
	AllMembers bool
	// SecondRead asks for the selected interfaces a second time, while the instances are read. It serves a move as the
	// look before the detach. A scope of all interfaces, few of which will move, has none.
	SecondRead bool
	// NonMemberChecks asks for the status checks of holders that are not members: whether such a holder is impaired
	// decides something.
	NonMemberChecks bool
	// NonMemberSpot asks for the Spot requests of instances that are not members: an interruption is a reason to
	// relieve a holder, or bears out a warning that is old.
	NonMemberSpot bool
	// NonMemberScaling asks for the Auto Scaling states of instances that are not members, because a holder that its
	// group terminates is relieved. Whether the instance is in a group at all is asked in the same round: one more
	// round costs more than a question whose answer is none.
	NonMemberScaling bool
	// Terminating is the instance of a lifecycle action, whose Auto Scaling state decides whether the event is stale;
	// empty for other events.
	Terminating string
	// WaitLimit limits the time for which a question is repeated that must be answered; 0: the time of the
	// invocation does.
	WaitLimit time.Duration

	// trigger selects the interfaces that it concerns, and interfaces those with these ids; one of the two is set.
	trigger    trigger.Trigger
	interfaces []string
	// left is the instance that may have left the released interfaces of its groups; empty: none are in scope for
	// being released.
	left string
	// named are the instances that must be known if any interface is in scope.
	named []string
}

// ScopeOf returns the scope of a trigger.
func ScopeOf(t trigger.Trigger) Scope {
	s := Scope{
		SecondRead: true, trigger: t, left: t.Instance,
		named: append([]string{t.Instance, t.From, t.Target}, t.Instances...),
	}
	switch t.Kind {
	case trigger.KindSweep:
		s.AllMembers, s.SecondRead, s.WaitLimit = true, false, scheduleWait
		s.NonMemberChecks, s.NonMemberSpot, s.NonMemberScaling = true, true, true
	case trigger.KindRehearsal:
		s.AllMembers, s.SecondRead, s.WaitLimit = true, false, scheduleWait
	case trigger.KindRunning:
		s.First, s.left = t.Instance, ""
		s.NonMemberChecks, s.NonMemberSpot, s.NonMemberScaling = true, true, true
	case trigger.KindAlarm, trigger.KindUnreachable:
		s.NonMemberChecks = true
	case trigger.KindSpotInterruption:
		s.NonMemberSpot = true
	case trigger.KindLifecycle:
		s.Terminating = t.Instance
	case trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated,
		trigger.KindRebalance, trigger.KindHealth, trigger.KindManual, trigger.KindReached, trigger.KindUnknown:
	}
	return s
}

// ScopeOfAll returns the scope of all that a sweep would know, for a reader with all the time of its invocation.
func ScopeOfAll() Scope {
	s := ScopeOf(trigger.Trigger{Kind: trigger.KindSweep})
	s.WaitLimit = 0
	return s
}

// ScopeOfReplan returns the scope of a new plan for the interfaces with the given ids. The instances are those that
// must be known besides members and holders.
func ScopeOfReplan(ids, instances []string) Scope {
	return Scope{SecondRead: true, interfaces: ids, named: instances}
}

// Selection is what a scope selects of an account, once the interfaces are known.
type Selection struct {
	// Groups are those whose members must be known, sorted. None: the event concerns no interface.
	Groups []string
	// Interfaces are those in scope, in the order of their ids.
	Interfaces []string
	// AvailabilityZones are those of the interfaces in scope, sorted.
	AvailabilityZones []string
	// Instances are those that must be known besides the members, sorted: the holders, and the ones that the trigger
	// names.
	Instances []string
	// OnlyIfMember is the instance that must be a member of one of the groups. If it is not, none of the interfaces
	// is in scope: they are all released, and of groups that have nothing to do with the event. Empty: they are in
	// scope whatever the instances are like.
	OnlyIfMember string
}

// Select reads the selection off the managed interfaces of the region; memberOf holds the groups of the instance that
// was read first, if one was.
func (s Scope) Select(interfaces []inventory.Interface, memberOf []string) Selection {
	selected := Selection{OnlyIfMember: s.left}
	for _, e := range interfaces {
		switch {
		case slices.Contains(s.interfaces, e.ID), concerns(s.trigger, e, memberOf):
			selected.OnlyIfMember = ""
			selected.add(e)
			// Nothing else shows which instance a released interface was on: a verdict names it.
			if in := trigger.FindProbed(s.trigger.Unanswered, e.ID).Instance; in != "" && e.Released() {
				selected.Instances = insert(selected.Instances, in)
			}
		case s.left != "" && e.Released():
			selected.add(e)
		}
	}
	for _, id := range s.named {
		if id != "" && len(selected.Groups) > 0 {
			selected.Instances = insert(selected.Instances, id)
		}
	}
	return selected
}

// concerns reports whether a trigger is about an interface whatever the instances are like.
func concerns(t trigger.Trigger, e inventory.Interface, memberOf []string) bool {
	switch t.Kind {
	case trigger.KindSpotInterruption,
		trigger.KindStopping, trigger.KindStopped, trigger.KindShuttingDown, trigger.KindTerminated,
		trigger.KindLifecycle, trigger.KindRebalance:
		return e.Holder() == t.Instance
	case trigger.KindHealth:
		return slices.Contains(t.Instances, e.Holder())
	case trigger.KindRunning:
		return slices.Contains(memberOf, e.Group)
	case trigger.KindAlarm:
		return (t.Instance != "" && e.Holder() == t.Instance) || names(t, e)
	case trigger.KindUnreachable:
		return trigger.FindProbed(t.Unanswered, e.ID).Interface != ""
	case trigger.KindManual:
		return names(t, e)
	case trigger.KindSweep, trigger.KindRehearsal:
		return true
	case trigger.KindReached, trigger.KindUnknown:
		// An answer of the probe is about the attachment alone, which every read shows.
	}
	return false
}

// names reports whether a trigger names the interface, or its group.
func names(t trigger.Trigger, e inventory.Interface) bool {
	return e.ID == t.Interface || (t.Group != "" && e.Group == t.Group)
}

func (s *Selection) add(e inventory.Interface) {
	s.Interfaces = insert(s.Interfaces, e.ID)
	if e.Group != "" {
		s.Groups = insert(s.Groups, e.Group)
	}
	s.AvailabilityZones = insert(s.AvailabilityZones, e.AZ)
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
