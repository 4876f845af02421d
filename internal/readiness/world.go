package readiness

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// world is the snapshot with its indexes. A departure concerns one instance, what it holds or has released, and the members
// of those groups. An audit of thousands of departures must not read the whole snapshot for each.
type world struct {
	snapshot inventory.Snapshot
	policy   plan.Policy
	now      time.Time
	members  map[string][]*inventory.Instance // by group, sorted by id
	held     map[string][]inventory.Interface // by holder, sorted by id
	released map[string][]inventory.Interface // unattached and detaching ones, by group
}

func newWorld(s inventory.Snapshot, p plan.Policy, now time.Time) *world {
	s.Interfaces = slices.SortedFunc(slices.Values(s.Interfaces), func(e, f inventory.Interface) int { return strings.Compare(e.ID, f.ID) })
	w := &world{
		snapshot: s, policy: p, now: now,
		members: s.MembersByGroup(), held: map[string][]inventory.Interface{}, released: map[string][]inventory.Interface{},
	}
	for _, e := range s.Interfaces {
		if id := e.Holder(); id != "" {
			w.held[id] = append(w.held[id], e)
		}
		if e.Released() {
			w.released[e.Group] = append(w.released[e.Group], e)
		}
	}
	return w
}

// instance looks an instance up. If the snapshot does not show it, nothing is known of it, not even its state.
func (w *world) instance(id string) inventory.Instance {
	if in, ok := w.snapshot.Instances[id]; ok {
		return in
	}
	return inventory.Instance{ID: id, State: inventory.StateUnasked}
}

// freeSlots counts the free slots of an instance; none if the limits of its type are not known.
func (w *world) freeSlots(in inventory.Instance) int {
	limit, ok := w.snapshot.Limits[in.Type]
	if !ok {
		return 0
	}
	return plan.FreeSlots(in, limit)
}

// serves reports whether an instance is a member of a group that this deployment serves.
func (w *world) serves(in inventory.Instance) bool {
	return slices.ContainsFunc(in.Groups, w.policy.Serves)
}

// memberGroups lists the groups that have members and that this deployment serves, sorted.
func (w *world) memberGroups() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.members)), func(group string) bool { return !w.policy.Serves(group) })
}

// plans makes the plan for each interface, and passes it to visit with the kind of its event, in no particular order. An
// interface that needs healing now is planned as the next sweep would do it, any other as its holder's departure would.
func (w *world) plans(visit func(plan.Item, trigger.Kind)) {
	healed := map[string]bool{}
	for _, item := range plan.Decide(trigger.Trigger{Kind: trigger.KindSweep, Time: w.now}, w.snapshot, w.policy, w.now).Items {
		if item.Settled == "" || item.Settled == plan.OutcomeStranded || item.Interface.Unattached() {
			healed[item.Interface.ID] = true
			visit(item, trigger.KindSweep)
		}
	}
	now := &future{world: w}
	for _, id := range slices.Sorted(maps.Keys(w.held)) {
		items, kind := now.lose(id)
		for _, item := range items {
			if item.Interface.Holder() == id && !healed[item.Interface.ID] {
				visit(item, kind)
			}
		}
	}
	w.serviceItems(visit)
}

// serviceItems passes the items for the interfaces that are attached, but to no instance: a service uses them (a NAT gateway,
// a load balancer). No departure concerns them, and a sweep has nothing to heal. The rehearsal has an item for every
// interface; only the sweep would ever come across these.
func (w *world) serviceItems(visit func(plan.Item, trigger.Kind)) {
	s := inventory.Snapshot{At: w.snapshot.At, Undescribed: w.snapshot.Undescribed}
	for _, e := range w.snapshot.Interfaces {
		if e.Holder() == "" && !e.Unattached() {
			s.Interfaces = append(s.Interfaces, e)
		}
	}
	for _, item := range plan.Decide(trigger.Trigger{Kind: trigger.KindRehearsal, Time: w.now}, s, w.policy, w.now).Items {
		visit(item, trigger.KindSweep)
	}
}
