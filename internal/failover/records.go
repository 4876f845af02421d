package failover

import (
	"context"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
)

// recordTime is for how long the record check is waited for once the moves are settled.
const recordTime = 3 * time.Second

// checks is the record check under way, beside the moves.
type checks struct {
	done   chan map[string][]record.Result
	cancel context.CancelFunc
}

// startChecks starts to check the records of the interfaces that are to be moved. Route 53 allows five
// requests a second in the whole account, so they are checked one after the other.
func (h *Handler) startChecks(ctx context.Context, p plan.Plan, repair bool) *checks {
	var list []inventory.Interface
	for _, item := range p.Items {
		if item.Settled == "" {
			list = append(list, item.Interface)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	c := &checks{done: make(chan map[string][]record.Result, 1), cancel: cancel}
	go func() {
		found := map[string][]record.Result{}
		for _, e := range list {
			found[e.ID] = h.records.Check(ctx, e, repair && h.settings.RepairRecords)
		}
		c.done <- found
	}()
	return c
}

// results waits for the checks, but not for long: what is not known by then is unverified.
func (c *checks) results() map[string][]record.Result {
	defer c.cancel()
	timer := time.AfterFunc(recordTime, c.cancel)
	defer timer.Stop()
	return <-c.done
}
