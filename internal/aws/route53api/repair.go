package route53api

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/record"
)

// A write that was throttled had no effect, so it is sent again.
const (
	writeAttempts = 3
	writePause    = 500 * time.Millisecond // after the first attempt; it doubles after each
)

// repair makes the changes of a repair, and reads the name again where only that shows what became of them.
func (c *Checker) repair(ctx context.Context, zoneID string, q record.Question, r record.Repair) record.Result {
	if ctx.Err() != nil {
		return r.NotMade(record.OutOfTimeError{})
	}
	err := c.write(ctx, zoneID, q, r.Changes)
	if err == nil {
		return r.Made()
	}
	if result, final := r.Failed(err); final {
		return result
	}
	sets, readErr := c.listName(ctx, zoneID, q)
	if readErr != nil {
		return r.NotReadAgain(err, readErr)
	}
	return r.ReadAgain(err, sets)
}

// write sends the changes, and sends them again while Route 53 throttles them.
func (c *Checker) write(ctx context.Context, zoneID string, q record.Question, changes []record.Change) error {
	pause := writePause
	for attempt := 1; ; attempt++ {
		err := c.change(ctx, zoneID, q, changes)
		if fault.ClassOf(err) != fault.Throttled || attempt == writeAttempts || !pace.Wait(ctx, pause) {
			return err
		}
		pause *= 2
	}
}
