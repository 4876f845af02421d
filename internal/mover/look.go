package mover

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/step"
)

// wanted reports whether a look would be of use: none is under way, and an interface waits for one.
func (r *run) wanted(now time.Time) bool {
	if r.looking {
		return false
	}
	for _, f := range r.flights {
		if !f.busy && f.move.Result() == nil && !now.Before(f.blind) {
			return true
		}
	}
	return false
}

// look looks at all interfaces that are on their way and have no call of their own under way, at once.
func (r *run) look(ctx context.Context, now time.Time) {
	serials := map[string]int{}
	var ids []string
	for _, id := range r.order {
		if f := r.flights[id]; !f.busy && f.move.Result() == nil {
			ids = append(ids, id)
			serials[id] = f.serial
		}
	}
	r.askTargets(ctx, now)
	r.looking = true
	r.calls++
	go func() {
		found, err := r.mover.ec2.InterfacesByID(ctx, ids)
		r.done <- func(at time.Time) {
			r.looking = false
			r.pacer.looked(now, at)
			if err != nil {
				r.pacer.failed()
				return
			}
			r.pacer.answered()
			r.observe(now, at, serials, found)
		}
	}()
}

// observe gives the moves what a look showed that was started at the instant at, except those for which a
// call was started meanwhile.
func (r *run) observe(at, end time.Time, serials map[string]int, found []inventory.Interface) {
	for id, serial := range serials {
		f := r.flights[id]
		if f.serial != serial {
			continue
		}
		var shown *inventory.Interface
		if i := slices.IndexFunc(found, func(e inventory.Interface) bool { return e.ID == id }); i >= 0 {
			shown = &found[i]
		}
		f.move.Observe(at, end, shown)
	}
}

// retryTargets is the pause after a question about targets that got no answer.
const retryTargets = time.Second

// targets lists the instances that interfaces go to whose state has to be known by now.
func (r *run) targets(now time.Time) []string {
	var ids []string
	for _, id := range r.order {
		if instance := r.flights[id].move.AskTarget(now); instance != "" && !slices.Contains(ids, instance) {
			ids = append(ids, instance)
		}
	}
	return ids
}

// askTargets asks for the states of the instances that interfaces go to, as far as they have to be known by now,
// beside the look.
func (r *run) askTargets(ctx context.Context, now time.Time) {
	if r.asking || now.Before(r.askAgain) {
		return
	}
	ids := r.targets(now)
	if len(ids) == 0 {
		return
	}
	r.asking = true
	r.calls++
	go func() {
		states := r.states(ctx, ids)
		r.done <- func(at time.Time) {
			r.asking = false
			if len(states) == 0 {
				r.askAgain = at.Add(retryTargets)
			}
			for _, f := range r.flights {
				for instance, state := range states {
					f.move.Target(instance, now, state)
				}
			}
		}
	}()
}

// sureStates is states, but an instance that EC2 does not show is asked for again after a pause.
func (r *run) sureStates(ctx context.Context, ids []string) map[string]inventory.State {
	states := r.states(ctx, ids)
	var missing []string
	for _, id := range ids {
		if states[id] == inventory.StateMissing {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 || !pace.Wait(ctx, step.Disbelief) {
		return states
	}
	maps.Copy(states, r.states(ctx, missing))
	return states
}

// states asks for the states of instances. What can't be asked is not in the result; what EC2 does not show is
// missing by this one answer.
func (r *run) states(ctx context.Context, ids []string) map[string]inventory.State {
	states := map[string]inventory.State{}
	found, err := r.mover.ec2.InstancesByID(ctx, ids)
	partial, ok := errors.AsType[*ec2api.PartialError](err)
	if err != nil && !ok {
		return states
	}
	for _, id := range ids {
		if partial == nil || !slices.Contains(partial.IDs, id) {
			states[id] = inventory.StateMissing
		}
	}
	for _, in := range found {
		states[in.ID] = in.State
	}
	return states
}
