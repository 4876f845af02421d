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
	members, err := h.ec2.Members(ctx, scope.Groups)
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

// inspect asks, all at once, for what else has to be known of the instances: those that are no members,
// status checks, Spot requests, limits of types. What can't be asked stays unknown, and is named.
func (h *Handler) inspect(ctx context.Context, s *inventory.Snapshot, t trigger.Trigger, scope plan.Scope) {
	var others, near, spot, kinds []string
	for _, id := range scope.Instances {
		if _, known := s.Instances[id]; !known {
			others = append(others, id)
		}
	}
	for _, id := range s.InstanceIDs() {
		in := s.Instances[id]
		if in.State != inventory.StateRunning || !slices.Contains(scope.Zones, in.AZ) {
			continue
		}
		near = append(near, id)
		if in.Spot {
			spot = append(spot, id)
		}
		if !slices.Contains(kinds, in.Type) {
			kinds = append(kinds, in.Type)
		}
	}
	round := round{snapshot: s, health: map[string]inventory.Health{}, interruptions: map[string]inventory.Interruption{}}
	round.ask(others, func() error {
		found, err := h.ec2.Instances(ctx, others)
		return round.keep(err, func() {
			// EC2 answered: an instance that is not in its answer is missing.
			for _, id := range others {
				s.Add(inventory.Instance{ID: id, State: inventory.StateMissing})
			}
			s.Add(found...)
		})
	})
	round.ask(near, func() error {
		found, err := h.ec2.Health(ctx, near)
		return round.keep(err, func() { maps.Copy(round.health, found) })
	})
	if t.Kind == trigger.KindRunning {
		// Apart from the others, since one id that EC2 does not know fails the whole call.
		round.ask(others, func() error {
			found, err := h.ec2.Health(ctx, others)
			return round.keep(err, func() { maps.Copy(round.health, found) })
		})
	}
	spot = append(spot, others...)
	round.ask(spot, func() error {
		found, err := h.ec2.Interruptions(ctx, spot)
		return round.keep(err, func() { maps.Copy(round.interruptions, found) })
	})
	round.ask(kinds, func() error {
		found, err := h.ec2.Limits(ctx, kinds)
		return round.keep(err, func() { maps.Copy(s.Limits, found) })
	})
	round.finish()
}

// round is a set of calls that run at the same time.
type round struct {
	snapshot      *inventory.Snapshot
	health        map[string]inventory.Health
	interruptions map[string]inventory.Interruption

	wg sync.WaitGroup
	mu sync.Mutex // guards all of the above while calls run
}

// ask makes a call about the given ids or names, if there are any.
func (r *round) ask(about []string, call func() error) {
	if len(about) > 0 {
		r.wg.Go(func() {
			if err := call(); err != nil {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.snapshot.Gaps = append(r.snapshot.Gaps, err.Error())
			}
		})
	}
}

// keep stores what a call found, unless it failed.
func (r *round) keep(err error, store func()) error {
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	store()
	return nil
}

// finish waits for the calls and puts the parts together.
func (r *round) finish() {
	r.wg.Wait()
	s := r.snapshot
	for id, in := range s.Instances {
		in.Health, in.Interruption = r.health[id], r.interruptions[id]
		s.Instances[id] = in
	}
	slices.Sort(s.Gaps)
}
