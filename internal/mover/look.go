package mover

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	waiting "github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/step"
	"github.com/eni-failover/eni-failover/internal/vpc"
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
		found, err := r.mover.ec2.Look(ctx, ids)
		r.done <- func(at time.Time) {
			r.looking = false
			r.pace.looked(now, at)
			if err != nil {
				r.pace.failed()
				return
			}
			r.pace.answered()
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

// askTargets asks whether the targets of attaches that take long still run, beside the look.
func (r *run) askTargets(ctx context.Context, now time.Time) {
	ids := r.arriving(now)
	if len(ids) == 0 {
		return
	}
	r.calls++
	go func() {
		states := r.states(ctx, ids)
		r.done <- func(time.Time) {
			r.disbelieve(states, now)
			for _, f := range r.flights {
				instance, _ := f.move.Arriving()
				if state, ok := states[instance]; ok {
					f.move.Target(instance, state)
				}
			}
		}
	}()
}

const (
	// askTargetsAfter is how long an attach may take before it is asked whether its target still runs,
	// and askTargetsEvery how often: a target seldom dies in these seconds, and a look costs a call.
	askTargetsAfter = 3 * time.Second
	askTargetsEvery = 5 * time.Second
)

// arriving lists the instances whose attach takes so long that their state is worth a call.
func (r *run) arriving(now time.Time) []string {
	if now.Sub(r.targets) < askTargetsEvery {
		return nil
	}
	var ids []string
	for _, id := range r.order {
		instance, since := r.flights[id].move.Arriving()
		if instance != "" && now.Sub(since) >= askTargetsAfter && !slices.Contains(ids, instance) {
			ids = append(ids, instance)
		}
	}
	if len(ids) > 0 {
		r.targets = now
	}
	return ids
}

// disbelieve leaves out of states, which were asked for at an instant, that a target does not run or is not
// there, unless an answer some seconds before has said so, too: what one answer shows may be from before it was
// started. There is no way back from shutting-down and terminated.
func (r *run) disbelieve(states map[string]inventory.State, at time.Time) {
	for id, state := range states {
		switch first, known := r.doubted[id]; {
		case state != inventory.StateMissing && (!state.Leaving() || state.Ending()):
			delete(r.doubted, id)
		case !known, at.Sub(first) > time.Minute: // long ago it was another attach
			r.doubted[id] = at
			delete(states, id)
		case at.Sub(first) < step.Disbelief:
			delete(states, id)
		}
	}
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
	if len(missing) == 0 || !waiting.Wait(ctx, step.Disbelief) {
		return states
	}
	maps.Copy(states, r.states(ctx, missing))
	return states
}

// states asks for the states of instances. What can't be asked is not in the result; what EC2 does not show is
// missing by this one answer.
func (r *run) states(ctx context.Context, ids []string) map[string]inventory.State {
	states := map[string]inventory.State{}
	found, err := r.mover.ec2.Instances(ctx, ids)
	partial, ok := errors.AsType[*vpc.PartialError](err)
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
