package failover

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// observe looks at as much of the account as the trigger needs: one call for an event that has nothing to
// do with any managed interface, and at most two further rounds of parallel calls for one that has.
func (h *Handler) observe(ctx context.Context, t trigger.Trigger) (inventory.Snapshot, error) {
	s := inventory.Snapshot{At: time.Now(), Instances: map[string]inventory.Instance{}, Limits: map[string]inventory.Limits{}}
	var groups []string
	if t.Kind == trigger.KindRunning {
		// Whether an instance that came up matters depends on its groups, so it is asked for first.
		member, err := h.ec2.Member(ctx, t.Instance)
		if err != nil {
			return s, err
		}
		s.Add(member...)
		if groups = s.Instances[t.Instance].Groups; len(groups) == 0 {
			return s, nil
		}
	}
	var err error
	if s.Interfaces, err = h.ec2.Managed(ctx); err != nil {
		return s, err
	}
	scope := plan.ScopeOf(t, s.Interfaces, groups)
	if len(scope.Groups) == 0 {
		return s, nil
	}
	members, err := h.members(ctx, t, scope.Groups)
	if err != nil {
		return s, err
	}
	s.Add(members...)
	if _, member := s.Instances[t.Instance]; !scope.Certain && !member {
		return s, nil // what hangs loose is of groups that the event's instance is not in
	}
	h.inspect(ctx, &s, t, scope)
	return s, nil
}

// members looks at the members of groups; for a trigger about all interfaces at those of all groups, by
// one filter instead of one for each.
func (h *Handler) members(ctx context.Context, t trigger.Trigger, groups []string) ([]inventory.Instance, error) {
	if t.Kind == trigger.KindSweep || t.Kind == trigger.KindRehearsal {
		return h.ec2.Everyone(ctx)
	}
	return h.ec2.Members(ctx, groups)
}

// questions are the ids and names that have to be asked about.
type questions struct {
	others []string // instances that are named or hold an interface and are no members
	near   []string // members that run where the interfaces are
	spot   []string // those of them that may have a Spot request
	scaled []string // instances in an Auto Scaling group
	types  []string // the types of near
}

func ask(s inventory.Snapshot, t trigger.Trigger, scope plan.Scope) questions {
	var q questions
	for _, id := range scope.Instances {
		if _, known := s.Instances[id]; !known {
			q.others = append(q.others, id)
		}
	}
	for _, id := range s.InstanceIDs() {
		if in := s.Instances[id]; slices.Contains(scope.Zones, in.AZ) {
			q.about(in)
		}
	}
	q.spot = append(q.spot, q.others...)
	if t.Kind == trigger.KindLifecycle && !slices.Contains(q.scaled, t.Instance) {
		q.scaled = append(q.scaled, t.Instance)
	}
	return q
}

func (q *questions) about(in inventory.Instance) {
	if in.ScalingGroup != "" {
		q.scaled = append(q.scaled, in.ID)
	}
	if in.State != inventory.StateRunning {
		return
	}
	q.near = append(q.near, in.ID)
	if in.Spot {
		q.spot = append(q.spot, in.ID)
	}
	if !slices.Contains(q.types, in.Type) {
		q.types = append(q.types, in.Type)
	}
}

// inspect asks, all at once, for what else has to be known of the instances: those that are no members,
// status checks, Spot requests, Auto Scaling, limits of types, and the interfaces once more. What can't be
// asked stays unknown, and is named.
func (h *Handler) inspect(ctx context.Context, s *inventory.Snapshot, t trigger.Trigger, scope plan.Scope) {
	q := ask(*s, t, scope)
	r := round{
		snapshot: s, health: map[string]inventory.Health{},
		interruptions: map[string]inventory.Interruption{}, scaling: map[string]inventory.Scaling{},
	}
	r.start(q.others, func() (func(), error) {
		found, err := h.ec2.Instances(ctx, q.others)
		return func() {
			// EC2 answered: an instance that is not in its answer is missing.
			for _, id := range q.others {
				s.Add(inventory.Instance{ID: id, State: inventory.StateMissing})
			}
			s.Add(found...)
		}, err
	})
	if t.Kind == trigger.KindRunning || t.Kind == trigger.KindSweep || t.Kind == trigger.KindAlarm {
		// Whether a holder that is no member is impaired matters here. It is asked for apart from the
		// members, since one id that EC2 does not know fails the whole call.
		r.start(q.others, func() (func(), error) {
			found, err := h.ec2.Health(ctx, q.others)
			return func() { maps.Copy(r.health, found) }, err
		})
	}
	r.start(q.near, func() (func(), error) {
		found, err := h.ec2.Health(ctx, q.near)
		return func() { maps.Copy(r.health, found) }, err
	})
	r.start(q.spot, func() (func(), error) {
		found, err := h.ec2.Interruptions(ctx, q.spot)
		return func() { maps.Copy(r.interruptions, found) }, err
	})
	r.start(q.scaled, func() (func(), error) {
		found, err := h.scaling.States(ctx, q.scaled)
		return func() { maps.Copy(r.scaling, found) }, err
	})
	r.start(q.types, func() (func(), error) {
		found, err := h.ec2.Limits(ctx, q.types)
		return func() { maps.Copy(s.Limits, found) }, err
	})
	if t.Kind != trigger.KindSweep && t.Kind != trigger.KindRehearsal {
		// These are about all interfaces, few of which will be moved; for the others this is the look
		// before the detach.
		at := time.Now()
		r.start(scope.Interfaces, func() (func(), error) {
			found, err := h.ec2.Look(ctx, scope.Interfaces)
			return func() {
				s.Again = at
				s.Update(found...)
			}, err
		})
	}
	r.finish()
}

// round is a set of calls that run at the same time.
type round struct {
	snapshot      *inventory.Snapshot
	health        map[string]inventory.Health
	interruptions map[string]inventory.Interruption
	scaling       map[string]inventory.Scaling

	wg sync.WaitGroup
	mu sync.Mutex // guards all of the above while calls run
}

// start makes a call about the given ids or names, if there are any, and keeps what it found.
func (r *round) start(about []string, call func() (keep func(), err error)) {
	if len(about) == 0 {
		return
	}
	r.wg.Go(func() {
		keep, err := call()
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil {
			r.snapshot.Gaps = append(r.snapshot.Gaps, err.Error())
			return
		}
		keep()
	})
}

// finish waits for the calls and puts the parts together.
func (r *round) finish() {
	r.wg.Wait()
	s := r.snapshot
	for id, in := range s.Instances {
		in.Health, in.Interruption, in.Scaling = r.health[id], r.interruptions[id], r.scaling[id]
		s.Instances[id] = in
	}
	slices.Sort(s.Gaps)
}
