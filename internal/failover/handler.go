// Package failover is the story of an invocation; start reading here. Event bytes become a trigger, a look
// at the account makes an inventory, both make a plan, the plan is carried out while the records are
// checked, and a report says what became of it.
package failover

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/mover"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/textfmt"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Handler handles events, one call of [Handler.Handle] each. It is safe for concurrent use, and keeps
// nothing from one event to the next but what does not change in AWS.
type Handler struct {
	settings Settings
	region   string
	ec2      *ec2api.Client
	records  *record.Checker
	scaling  *autoscalingapi.Client
	observer *observe.Observer
	mover    *mover.Mover
	metrics  *Metrics
	log      *slog.Logger
}

// Clients are the edges to AWS.
type Clients struct {
	EC2     *ec2api.Client
	Records *record.Checker
	Scaling *autoscalingapi.Client
}

// New makes a handler for the region that its clients talk to.
func New(settings Settings, region string, clients Clients, metrics *Metrics, log *slog.Logger) *Handler {
	return &Handler{
		settings: settings, region: region, ec2: clients.EC2, records: clients.Records, scaling: clients.Scaling,
		observer: observe.New(clients.EC2, clients.Scaling), mover: mover.New(clients.EC2, settings.Policy),
		metrics: metrics, log: log,
	}
}

// Handle handles one event. The account is that of the function, and empty if it is not known or does not
// matter (sam local); an event from another one is refused. The report is complete also where there is an
// error. Errors are of the types in this package, [*trigger.BadInputError] or [*observe.ObserveError].
func (h *Handler) Handle(ctx context.Context, event []byte, account string) (Report, error) {
	start := time.Now()
	ctx, calls := awsconfig.CountCalls(ctx)
	report, err := h.handle(ctx, event, account)
	report.Calls, report.DurationMs = calls.Calls(), time.Since(start).Milliseconds()
	h.metrics.write(time.Now(), report)
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
		report.settle(plan.OutcomeFailed, plan.ReasonBadInput, err.Error())
		return report, err
	}
	if reason, detail := h.ignore(t); reason != "" {
		report.settle(plan.OutcomeIgnored, reason, detail)
		return report, nil
	}
	snapshot, p, err := h.decide(ctx, t)
	if err != nil {
		err = unobserved(err)
		report.settle(plan.OutcomeFailed, plan.ReasonNotObserved, err.Error())
		return report, err
	}
	report.Unknown = snapshot.Gaps
	if p.Refused != "" {
		report.settle(plan.OutcomeFailed, p.Refused, p.Detail)
		return report, &RefusedError{message: "refused: " + textfmt.Shorten(p.Detail, maxDetailBytes)}
	}
	h.carryOut(ctx, t, p, snapshot, &report)
	if err = errorOf(report, p.Lenient); err == nil {
		report.explain()
	}
	if t.Kind == trigger.KindLifecycle {
		var hookErr error
		report.Hook, hookErr = h.completeHook(ctx, plan.NewLifecycleAction(t, p, report.DryRun, snapshot, resultsOf(report.Interfaces)))
		err = cmp.Or(err, hookErr)
	}
	return report, err
}

// ignore says why an event is left alone without looking at anything; empty if it is not.
func (h *Handler) ignore(t trigger.Trigger) (plan.Reason, string) {
	switch {
	case t.IgnoredFor == trigger.IgnoredSuppressed:
		return plan.ReasonSuppressed, t.Ignored
	case t.Ignored != "":
		return plan.ReasonNoAction, t.Ignored
	case t.EventRegion != "" && t.EventRegion != h.region:
		return plan.ReasonNotConcerned, "the Health event is about " + t.EventRegion
	}
	return plan.Expired(t, time.Now())
}

// maxAhead is by how much the time of a request may be ahead of the function's clock.
const maxAhead = 5 * time.Second

// ours refuses an event of another account or region, whose ids mean nothing here, and a request that can't be dated.
func (h *Handler) ours(t trigger.Trigger, account string) error {
	if t.Account != "" && account != "" && t.Account != account {
		return &trigger.BadInputError{Field: "account", Value: t.Account, Accepted: "the function's own account, " + account}
	}
	if t.Region != "" && t.Region != h.region {
		return &trigger.BadInputError{Field: "region", Value: t.Region, Accepted: "the function's own region, " + h.region}
	}
	if t.Kind == trigger.KindManual && t.Target == "" && t.From == "" && time.Until(t.Time) > maxAhead {
		return &trigger.BadInputError{Field: "time", Value: t.Time.Format(time.RFC3339), Accepted: "a time that is not ahead, or target or from besides: a request that can't be dated would move the interface back when it is delivered twice"}
	}
	return nil
}

// decide reads as much of the account as the trigger's scope asks for, and makes a plan that has no doubts. It leaves time
// for the report.
func (h *Handler) decide(ctx context.Context, t trigger.Trigger) (inventory.Snapshot, plan.Plan, error) {
	ctx, cancel := pace.WithReserve(ctx)
	defer cancel()
	scope := plan.ScopeOf(t)
	snapshot, err := h.observer.Read(ctx, scope)
	for err == nil {
		p := plan.Decide(t, snapshot, h.settings.Policy, time.Now())
		if len(p.Doubts) == 0 {
			return snapshot, p, nil
		}
		snapshot, err = h.observer.ReadToConfirm(ctx, scope, snapshot, p.Doubts)
	}
	return snapshot, plan.Plan{}, err
}

// carryOut does what the plan says as far as its mode goes, with the record check beside it, and reports it.
func (h *Handler) carryOut(ctx context.Context, t trigger.Trigger, p plan.Plan, s inventory.Snapshot, report *Report) {
	switch {
	case p.Ignored != "":
		report.settle(plan.OutcomeIgnored, p.Ignored, p.Detail)
		return
	case report.DryRun && p.Mode == plan.ModeAct:
		p.Mode = plan.ModeRehearse
	}
	report.settle(plan.OutcomeNothingToDo, plan.ReasonHolderServes, p.Detail) // if there is no item
	work, cancel := pace.WithReserve(ctx)
	defer cancel()
	checks := h.startChecks(work, t, p, s)
	var tags tagFaults
	tags.add(s)
	switch p.Mode {
	case plan.ModeAct:
		denials := h.newDenials()
		moves := h.mover.Run(work, p, s.SecondRead, func(ctx context.Context, items []plan.Item, reserved []plan.Slot) ([]plan.Item, *plan.SlotLedger) {
			return h.again(ctx, items, reserved, &tags)
		}, denials.tell)
		h.mover.Settle(ctx, moves)
		report.Interfaces = reportMoves(p, moves, t.Time)
		denials.mark(report.Interfaces)
	case plan.ModeReport:
		report.DryRun = true
		report.Interfaces = reportOnly(p)
	case plan.ModeRehearse:
		report.DryRun = true
		report.Interfaces = h.rehearse(work, t, p)
	}
	for i := range report.Interfaces {
		r, item := &report.Interfaces[i], p.Items[i]
		r.Warnings = append(tags.warnings(item, r.Candidates), r.Warnings...)
		r.unserved = unserved(item.Interface, s)
	}
	checks.report(report)
	report.conclude()
}

// again observes anew for interfaces whose candidates have all refused, and plans for them alone. It notes the
// malformed tags that it sees.
func (h *Handler) again(ctx context.Context, items []plan.Item, reserved []plan.Slot, tags *tagFaults) ([]plan.Item, *plan.SlotLedger) {
	ctx, cancel := pace.WithReserve(ctx)
	defer cancel()
	var ids, doomed []string
	for _, item := range items {
		ids, doomed = append(ids, item.Interface.ID), append(doomed, item.Doomed)
	}
	snapshot, err := h.observer.ReadForReplan(ctx, ids, doomed)
	if err != nil {
		for n := range items {
			items[n].Choice = plan.Slot{} // nothing can be planned on; the next attempt may find more
		}
		return items, nil
	}
	tags.add(snapshot)
	return plan.Replan(items, reserved, snapshot, h.settings.Policy, time.Now())
}

// logReport writes the one line that sums up the invocation. A success that leaves something to a person is a
// warning, so that it is kept where the function logs no more than warnings.
func (h *Handler) logReport(ctx context.Context, r Report, err error) {
	told := r.Limited()
	switch {
	case err != nil:
		h.log.LogAttrs(ctx, slog.LevelError, "failover", slog.String("error", err.Error()), slog.Any("", &told))
	case r.needsPerson:
		h.log.LogAttrs(ctx, slog.LevelWarn, "failover", slog.Any("", &told))
	default:
		h.log.LogAttrs(ctx, slog.LevelInfo, "failover", slog.Any("", &told))
	}
}
