package mover

import (
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// settleTime limits the time of the last look.
const settleTime = time.Second

// settle ends the moves for which the time was too short, after one last look, so that the report says where the
// interfaces are now. Its ctx has the reserve left that loop did not get. A move that reaches its goal by that look has
// succeeded; without an answer, what was known before stands.
func (r *run) settle(ctx context.Context) {
	var ids []string
	for _, id := range r.order {
		if r.jobs[id].move.Result() == nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return
	}
	slices.Sort(ids)
	ctx, cancel := context.WithTimeout(ctx, half(ctx))
	defer cancel()
	began := time.Now()
	found, err := r.mover.ec2.InterfacesByID(ctx, ids)
	end := time.Now()
	for _, id := range ids {
		move := r.jobs[id].move
		i := slices.IndexFunc(found, func(e inventory.Interface) bool { return e.ID == id })
		if err == nil && i >= 0 {
			move.Observe(began, end, &found[i])
			move.Next(end) // which ends the move if it has reached its goal
		}
		move.TimeOut()
		r.finished(ctx, id)
	}
}

// half returns half of the time that is left, but no more than settleTime: the report has to be written, too.
func half(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return settleTime
	}
	return min(settleTime, time.Until(deadline)/2)
}
