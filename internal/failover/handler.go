// Package failover is the story of an invocation; start reading here. Event bytes become a trigger, a look
// at the account makes an inventory, both make a plan, the plan is carried out while the records are
// checked, and a report says what became of it.
package failover

import (
	"context"
	"log/slog"
	"time"

	"github.com/eni-failover/eni-failover/internal/apicalls"
	"github.com/eni-failover/eni-failover/internal/mover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/step"
	"github.com/eni-failover/eni-failover/internal/trigger"
	"github.com/eni-failover/eni-failover/internal/vpc"
)

// Handler handles events, one call of [Handler.Handle] each. It is safe for concurrent use, and keeps
// nothing from one event to the next but what does not change in AWS.
type Handler struct {
	settings Settings
	region   string
	ec2      *vpc.Client
	records  *record.Checker
	mover    *mover.Mover
	log      *slog.Logger
}

// New makes a handler for the region that its clients talk to.
func New(settings Settings, region string, ec2 *vpc.Client, records *record.Checker, log *slog.Logger) *Handler {
	return &Handler{
		settings: settings, region: region, ec2: ec2, records: records,
		mover: mover.New(ec2, settings.Policy), log: log,
	}
}

// Handle handles one event. The account is that of the function, and empty if it is not known or does not
// matter (sam local); an event from another one is refused. The report is complete also where there is an
// error. Errors are of the types in this package, or [*trigger.BadInputError].
func (h *Handler) Handle(ctx context.Context, event []byte, account string) (Report, error) {
	start := time.Now()
	ctx, calls := apicalls.Count(ctx)
	report, err := h.handle(ctx, event, account)
	report.Calls, report.DurationMs = calls.Calls(), time.Since(start).Milliseconds()
	h.logReport(ctx, report, err)
	return report, err
}

func (h *Handler) handle(ctx context.Context, event []byte, account string) (Report, error) {
	t, err := trigger.Parse(event)
	if err == nil && t.Ignored == "" {
		err = h.ours(t, account)
	}
	report := Report{Trigger: reportTrigger(t), Interfaces: []InterfaceReport{}, DryRun: h.settings.DryRun || t.DryRun}
	if err != nil {
		report.Outcome, report.Reason, report.Detail = plan.OutcomeFailed, plan.ReasonBadInput, err.Error()
		return report, err
	}
	if t.Ignored != "" {
		report.Outcome, report.Reason, report.Detail = plan.OutcomeIgnored, plan.ReasonNoAction, t.Ignored
		return report, nil
	}
	snapshot, err := h.observe(ctx, t)
	if err != nil {
		err = &ObserveError{err: err}
		report.Outcome, report.Reason, report.Detail = plan.OutcomeFailed, plan.ReasonUnobserved, err.Error()
		return report, err
	}
	report.Unknown = snapshot.Gaps
	p := plan.Decide(t, snapshot, h.settings.Policy, time.Now())
	switch {
	case p.Refused != "":
		report.Outcome, report.Reason, report.Detail = plan.OutcomeFailed, p.Refused, p.Detail
		return report, &RefusedError{message: "refused: " + p.Detail}
	case p.Ignored != "":
		report.Outcome, report.Reason, report.Detail = plan.OutcomeIgnored, p.Ignored, p.Detail
		return report, nil
	}
	report.Interfaces = h.carryOut(ctx, t, p, snapshot.At, report.DryRun)
	report.conclude()
	return report, errorOf(report)
}

// ours refuses an event of another account or region. Its ids mean nothing here.
func (h *Handler) ours(t trigger.Trigger, account string) error {
	if t.Account != "" && account != "" && t.Account != account {
		return &trigger.BadInputError{Field: "account", Value: t.Account, Accepted: "the function's own account, " + account}
	}
	if t.Region != "" && t.Region != h.region {
		return &trigger.BadInputError{Field: "region", Value: t.Region, Accepted: "the function's own region, " + h.region}
	}
	return nil
}

// carryOut moves what the plan says, or only asks whether it might, with the record check beside it.
func (h *Handler) carryOut(ctx context.Context, t trigger.Trigger, p plan.Plan, seen time.Time, dryRun bool) []InterfaceReport {
	ctx, cancel := withReserve(ctx)
	defer cancel()
	checks := h.startChecks(ctx, p, !dryRun)
	var moves map[string]*step.Move
	if !dryRun {
		moves = h.mover.Run(ctx, p, seen, h.again)
	}
	var reports []InterfaceReport
	for _, item := range p.Items {
		var r InterfaceReport
		switch {
		case item.Settled != "":
			r = reportItem(item)
		case dryRun:
			r = h.try(ctx, item)
		default:
			r = reportMove(moves[item.Interface.ID], t.Time)
		}
		reports = append(reports, r)
	}
	for id, results := range checks.results() {
		for i := range reports {
			if reports[i].Interface == id {
				reports[i].Records = reportRecords(results)
			}
		}
	}
	return reports
}

// withReserve ends the work a little before the invocation is cut off, so that the report can still say
// where everything is: three seconds, or an eighth of the time if that is less.
func withReserve(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-min(3*time.Second, time.Until(deadline)/8)))
}

// again observes anew for an interface whose candidates have all refused, and plans for it alone.
func (h *Handler) again(ctx context.Context, item plan.Item) (plan.Item, *plan.Book) {
	t := trigger.Trigger{Kind: trigger.KindManual, Interface: item.Interface.ID, From: item.Doomed}
	snapshot, err := h.observe(ctx, t)
	if err != nil {
		item.Choice = plan.Slot{} // nothing can be planned on; the next attempt may find more
		return item, nil
	}
	return plan.Again(item, snapshot, h.settings.Policy, time.Now())
}

// logReport writes the one line that sums up the invocation.
func (h *Handler) logReport(ctx context.Context, r Report, err error) {
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelError, "failover", slog.Any("report", r), slog.String("error", err.Error()))
		return
	}
	h.log.LogAttrs(ctx, slog.LevelInfo, "failover", slog.Any("report", r))
}
