package mover

import (
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// wanted reports whether a look would be of use: none is under way, and an interface waits for one.
func (r *run) wanted(now time.Time) bool {
	if r.looking {
		return false
	}
	for _, j := range r.jobs {
		if !j.busy && j.move.Result() == nil && !now.Before(j.blind) {
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
		if j := r.jobs[id]; !j.busy && j.move.Result() == nil {
			ids = append(ids, id)
			serials[id] = j.serial
		}
	}
	r.askTargets(ctx, now)
	r.looking = true
	r.call(nil, func() message {
		found, err := r.mover.ec2.InterfacesByID(ctx, ids)
		return lookEnded{began: now, serials: serials, found: found, err: err}
	})
}

// deliver gives the moves what a look showed that ended at the instant now, except those for which a call was started
// meanwhile.
func (r *run) deliver(now time.Time, msg lookEnded) {
	r.pacer.looked(msg.began, now)
	if msg.err != nil {
		r.pacer.failed()
		return
	}
	r.pacer.answered()
	for id, serial := range msg.serials {
		j := r.jobs[id]
		if j.serial != serial {
			continue
		}
		var shown *inventory.Interface
		if i := slices.IndexFunc(msg.found, func(e inventory.Interface) bool { return e.ID == id }); i >= 0 {
			shown = &msg.found[i]
		}
		j.move.Observe(msg.began, now, shown)
	}
}
