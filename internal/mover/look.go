package mover

import (
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// wanted reports whether a look would be of use: none is under way, and a move waits for one. A move that is blind until
// some instant does not: nothing that a look shows before changes what is due then.
func (r *run) wanted(now time.Time) bool {
	if r.looking {
		return false
	}
	for _, j := range r.jobs {
		if !j.busy && j.move.Result() == nil && !now.Before(j.blindUntil) {
			return true
		}
	}
	return false
}

// look takes one look for all moves that wait for no call of their own. The states of their targets are asked for beside
// it, so that the proof of an attach needs no further round.
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

// deliver gives the moves what a look showed that ended at the instant now. A move for which a call was started meanwhile
// does not get it: the look can't show what that call does. An interface that EC2's answer leaves out is given as missing.
func (r *run) deliver(now time.Time, msg lookEnded) {
	r.pacer.lookTaken(msg.began, now)
	if msg.err != nil { // an old look is better than none, and nothing is done on it when it gets too old
		if fault.ClassOf(msg.err) == fault.Throttled {
			r.pacer.throttled(now)
		} else {
			r.pacer.failed()
		}
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

// urgency returns the urgency of the most urgent interface.
func (r *run) urgency() urgency {
	least := othersMove
	for _, j := range r.jobs {
		switch {
		case j.move.Unserved():
			return clientsWait
		case j.move.Result() == nil && !j.move.Watches():
			least = moveWaits
		}
	}
	return least
}
