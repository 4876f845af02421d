package mover

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/step"
)

// targetsPause is the pause after a question about targets that got no answer.
const targetsPause = time.Second

// targets lists the instances that interfaces go to, and the holders that they wait on while a standby starts, as far as
// their state has to be known by now, and is not asked for already.
func (r *run) targets(now time.Time) []string {
	var ids []string
	for _, id := range r.order {
		move := r.jobs[id].move
		for _, instance := range []string{move.AskTarget(now), move.AskHolder(now)} {
			if instance != "" && !slices.Contains(ids, instance) && !slices.Contains(r.origins, instance) {
				ids = append(ids, instance)
			}
		}
	}
	return ids
}

// askTargets asks for the states of the instances that [run.targets] lists: EC2 attaches to an instance that does not run
// without a word (see package step). No move waits for the answer; one that needs it for its proof says so.
func (r *run) askTargets(ctx context.Context, now time.Time) {
	if r.asking || now.Before(r.askAfter) {
		return
	}
	ids := r.targets(now)
	if len(ids) == 0 {
		return
	}
	r.asking = true
	r.call(nil, func() message { return targetStates{began: now, found: r.mover.states(ctx, ids)} })
}

// deliverTargets gives the moves the states of the instances that they have asked for.
func (r *run) deliverTargets(now time.Time, msg targetStates) {
	if len(msg.found) == 0 { // throttled, denied or not answered: not with each look
		r.askAfter = now.Add(targetsPause)
	}
	for _, in := range msg.found {
		r.answered(msg.began, in)
	}
}

// answered gives all moves what EC2 said about an instance when it was asked at the instant began.
func (r *run) answered(began time.Time, in inventory.Instance) {
	r.forgetStart(began, in)
	for _, j := range r.jobs {
		j.move.Answered(began, in)
	}
}

// askOrigins asks whether the instances that interfaces could go back to still run. Interfaces that come from one instance
// tend to be refused together, at the moment when EC2 is busiest, so they ask together.
func (r *run) askOrigins(ctx context.Context, now time.Time, ids []string) {
	if len(ids) == 0 {
		return
	}
	var origins []string
	for _, id := range ids {
		if origin := r.jobs[id].move.Item().Origin; !slices.Contains(origins, origin) {
			origins = append(origins, origin)
		}
	}
	for _, id := range ids {
		r.logBegin(ctx, id, step.Action{Do: step.AskOrigin})
	}
	r.origins = append(r.origins, origins...)
	r.call(ids, func() message {
		return originStates{began: now, ids: ids, origins: origins, found: r.mover.confirmedStates(ctx, origins)}
	})
}

// deliverOrigins gives the moves the states of their origins. What could not be asked is not taken for running.
func (r *run) deliverOrigins(ctx context.Context, msg originStates) {
	r.origins = slices.DeleteFunc(r.origins, func(id string) bool { return slices.Contains(msg.origins, id) })
	for _, origin := range msg.origins {
		if in, ok := msg.found[origin]; ok {
			r.answered(msg.began, in)
		}
	}
	for _, id := range msg.ids {
		move := r.jobs[id].move
		state := msg.found[move.Item().Origin].State
		move.Origin(state)
		r.logEnd(ctx, id, step.Action{Do: step.AskOrigin}, cmp.Or(string(state), "unknown"), move.Item().Origin)
	}
}

// confirmedStates returns the states of instances, and asks again after a pause for those that EC2 does not show: one
// answer proves no absence ("Eventual consistency in the Amazon EC2 API").
func (m *Mover) confirmedStates(ctx context.Context, ids []string) map[string]inventory.Instance {
	states := m.states(ctx, ids)
	var missing []string
	for _, id := range ids {
		if states[id].State == inventory.StateMissing {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 || !pace.Wait(ctx, step.Disbelief) {
		return states
	}
	maps.Copy(states, m.states(ctx, missing))
	return states
}

// states asks for the states of instances. An instance that can't be asked for is not in the result; one that EC2 does
// not show is missing, by this one answer.
func (m *Mover) states(ctx context.Context, ids []string) map[string]inventory.Instance {
	states := map[string]inventory.Instance{}
	found, err := m.ec2.KnownInstances(ctx, ids)
	// While an Availability Zone is disrupted, EC2 answers for the instances of the others only.
	for _, id := range ec2api.Absent(ids, found, err) {
		states[id] = inventory.Instance{ID: id, State: inventory.StateMissing}
	}
	for _, in := range found {
		states[in.ID] = in
	}
	return states
}
