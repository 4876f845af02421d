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

// world is the snapshot with its indexes. A departure concerns one instance, what it holds and leaves, and
// the members of those groups; an audit of thousands of departures must not look at everything for each.
type world struct {
	snapshot inventory.Snapshot
	policy   plan.Policy
	now      time.Time
	members  map[string][]string              // ids by group, sorted
	held     map[string][]inventory.Interface // by holder, in the order of ids
	loose    map[string][]inventory.Interface // unattached and detaching, by group
}

func newWorld(s inventory.Snapshot, p plan.Policy, now time.Time) *world {
	s.Interfaces = slices.SortedFunc(slices.Values(s.Interfaces), func(e, f inventory.Interface) int { return strings.Compare(e.ID, f.ID) })
	w := &world{
		snapshot: s, policy: p, now: now,
		members: map[string][]string{}, held: map[string][]inventory.Interface{}, loose: map[string][]inventory.Interface{},
	}
	for _, id := range s.InstanceIDs() {
		for _, group := range s.Instances[id].Groups {
			if list := w.members[group]; len(list) == 0 || list[len(list)-1] != id {
				w.members[group] = append(list, id)
			}
		}
	}
	for _, e := range s.Interfaces {
		if id := e.Holder(); id != "" {
			w.held[id] = append(w.held[id], e)
		}
		if e.Unattached() || e.Detaching() {
			w.loose[e.Group] = append(w.loose[e.Group], e)
		}
	}
	return w
}

// instance looks an instance up. Of one that is not in the snapshot nothing is known, not even its state.
func (w *world) instance(id string) inventory.Instance {
	if in, ok := w.snapshot.Instances[id]; ok {
		return in
	}
	return inventory.Instance{ID: id, State: inventory.StateUnasked}
}

// serves reports whether an instance is a member of a group that this deployment serves.
func (w *world) serves(in inventory.Instance) bool {
	return slices.ContainsFunc(in.Groups, w.policy.Serves)
}

// plans makes the plan for each interface and gives it to visit, in no particular order. What needs healing
// now is planned as the next sweep will do it; every other interface as its holder's departure would.
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
}

// groupsOf lists the groups that members of the snapshot are in and this deployment serves, sorted.
func (w *world) groupsOf() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(w.members)), func(group string) bool { return !w.policy.Serves(group) })
}
