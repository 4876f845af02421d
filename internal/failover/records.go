package failover

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// RecordRate is the rate for Route 53. An account has five requests a second in all (Route 53 Developer Guide,
// "Quotas"): in no second are there more than that, and in the long run it is two, so that others have their part.
func RecordRate() *awsconfig.Limiter { return awsconfig.NewLimiter(3, 500*time.Millisecond) }

const (
	// recordTime limits the wait for the record check after the moves have ended.
	recordTime = 3 * time.Second
	// maxSwept limits the interfaces without a move whose records one sweep checks. If their names are far apart in the
	// zone, they take one call each and one for the zones, which at RecordRate fits into recordTime.
	maxSwept = 5
)

// recordCheck is the check of records that runs beside the moves.
type recordCheck struct {
	// swept are the interfaces that are not items of the plan.
	swept []inventory.Interface
	// done gets the results, by the interfaces' ids, exactly once.
	done   chan map[string][]record.Result
	cancel context.CancelFunc
}

// startRecordCheck starts to check the records of the interfaces that a plan moves and of those that are already where a
// request wants them. With REPAIR_RECORDS, unless this is a dry run, wrong records are repaired, and a sweep also checks
// those of a few interfaces without a move.
func (h *Handler) startRecordCheck(ctx context.Context, t trigger.Trigger, p plan.Plan, s inventory.Snapshot) *recordCheck {
	var list []inventory.Interface
	for _, item := range p.Items {
		if item.Settled == "" || item.Reason == plan.ReasonAlreadyThere {
			list = append(list, item.Interface)
		}
	}
	repair := h.settings.RepairRecords && p.Mode == plan.ModeAct
	ctx, cancel := context.WithCancel(ctx)
	c := &recordCheck{done: make(chan map[string][]record.Result, 1), cancel: cancel}
	if repair && t.Kind == trigger.KindSweep { // without repairs, the rehearsal reports wrong records soon enough
		c.swept = h.swept(p, s)
		list = append(list, c.swept...) // at the end: what moves comes first
	}
	go func() { c.done <- h.checkRecords(ctx, list, repair, s.Interfaces) }()
	return c
}

// checkRecords checks the names of interfaces. Because Route 53 allows few requests, those of several interfaces are read
// page by page. Then the wrong ones are repaired one after the other, with respect to all managed interfaces.
func (h *Handler) checkRecords(ctx context.Context, list []inventory.Interface, repair bool, managed []inventory.Interface) map[string][]record.Result {
	found := map[string][]record.Result{}
	// One name is read by itself, in one call: a page may have 300 records of others.
	if len(list) > 1 {
		found = h.records.CheckAll(ctx, list, managed)
	}
	for _, e := range list {
		isWrong := slices.ContainsFunc(found[e.ID], func(r record.Result) bool { return wrong(r.State) })
		switch {
		case repair && (isWrong || found[e.ID] == nil):
			found[e.ID] = h.records.Repair(ctx, e, managed)
		case found[e.ID] == nil:
			found[e.ID] = h.records.Check(ctx, e, managed)
		}
	}
	return found
}

// swept chooses the interfaces without a move whose records a sweep checks: a few that have names, are served here and are
// not paused. Each minute it chooses others.
func (h *Handler) swept(p plan.Plan, s inventory.Snapshot) []inventory.Interface {
	items := map[string]bool{}
	for _, item := range p.Items {
		items[item.Interface.ID] = true
	}
	var named []inventory.Interface
	for _, e := range s.Interfaces {
		if reason, _ := h.settings.Policy.Untouchable(e); reason == "" && len(e.Records) > 0 && !items[e.ID] && !unserved(e, s) {
			named = append(named, e)
		}
	}
	var some []inventory.Interface
	for _, n := range rotation(len(named), time.Now().Truncate(time.Minute)) {
		if len(some) < maxSwept {
			some = append(some, named[n])
		}
	}
	return some
}

// results waits for the check, but not longer than recordTime: names that were not read by then are unverified.
func (c *recordCheck) results() map[string][]record.Result {
	defer c.cancel()
	timer := time.AfterFunc(recordTime, c.cancel)
	defer timer.Stop()
	return <-c.done
}

// join waits for the check and adds its results to the interfaces. It also adds the swept interfaces whose record was
// wrong. The list that it returns is in the order of the interfaces' ids.
func (c *recordCheck) join(list []interfaceResult) []interfaceResult {
	checked := c.results()
	for _, e := range c.swept {
		wasWrong := func(found record.Result) bool { return wrong(found.State) || found.State == record.Repaired }
		if slices.ContainsFunc(checked[e.ID], wasWrong) {
			list = append(list, planned(plan.Item{
				Interface: e, From: e.Holder(), Settled: plan.OutcomeNothingToDo, Reason: plan.ReasonHolderServes,
				Detail: e.Holder() + " holds it and gives no reason to move it; its record was wrong",
			}))
		}
	}
	slices.SortFunc(list, func(a, b interfaceResult) int { return cmp.Compare(a.id(), b.id()) })
	for n := range list {
		list[n].records = checked[list[n].id()]
	}
	return list
}
