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
	// recordTime is for how long the record check is waited for once the moves are settled.
	recordTime = 3 * time.Second
	// maxSwept is how many interfaces that need nothing a sweep checks the records of. Their names far apart, they
	// take a call each and one for the zones, which fits into recordTime at RecordRate.
	maxSwept = 5
)

// checks is the record check under way, beside the moves.
type checks struct {
	// swept are the interfaces that are no items of the plan.
	swept  []inventory.Interface
	done   chan map[string][]record.Result
	cancel context.CancelFunc
}

// startChecks starts to check the records of the interfaces that a plan moves, of those that are already where a
// request wants them, and of a few that a sweep leaves where they are. Wrong records are repaired if that is set,
// unless this is a dry run.
func (h *Handler) startChecks(ctx context.Context, t trigger.Trigger, p plan.Plan, s inventory.Snapshot) *checks {
	var list []inventory.Interface
	for _, item := range p.Items {
		if item.Settled == "" || item.Reason == plan.ReasonAlreadyThere {
			list = append(list, item.Interface)
		}
	}
	repair := h.settings.RepairRecords && p.Mode == plan.ModeAct
	ctx, cancel := context.WithCancel(ctx)
	c := &checks{done: make(chan map[string][]record.Result, 1), cancel: cancel}
	if repair && t.Kind == trigger.KindSweep {
		c.swept = h.swept(p, s)
		list = append(list, c.swept...) // at the end: what moves comes first
	}
	go func() { c.done <- h.check(ctx, list, repair) }()
	return c
}

// check checks the names of interfaces. Those of several are read a page at a time, since Route 53 allows few
// requests; then the wrong ones are repaired one after the other.
func (h *Handler) check(ctx context.Context, list []inventory.Interface, repair bool) map[string][]record.Result {
	found := map[string][]record.Result{}
	if len(list) > 1 {
		found = h.records.CheckAll(ctx, list)
	}
	for _, e := range list {
		amiss := slices.ContainsFunc(found[e.ID], func(r record.Result) bool { return wrong(r.State) })
		if found[e.ID] == nil || (repair && amiss) {
			found[e.ID] = h.records.Check(ctx, e, repair)
		}
	}
	return found
}

// swept chooses the interfaces that need nothing whose records a sweep checks: a few that are named, served here and
// not paused, others in each minute.
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

// results waits for the checks, but not for long: what is not known by then is unverified.
func (c *checks) results() map[string][]record.Result {
	defer c.cancel()
	timer := time.AfterFunc(recordTime, c.cancel)
	defer timer.Stop()
	return <-c.done
}

// join waits for the checks and adds what they found to the interfaces. Of those that are not items of the plan it adds
// the ones whose record was wrong. The list is in the order of the interfaces' ids.
func (c *checks) join(list []interfaceResult) []interfaceResult {
	checked := c.results()
	for _, e := range c.swept {
		amiss := func(found record.Result) bool { return wrong(found.State) || found.State == record.Repaired }
		if slices.ContainsFunc(checked[e.ID], amiss) {
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
