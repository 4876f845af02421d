// Package failover is the story of an invocation; start reading here, at [Handler.Handle].
//
// The event's bytes become a trigger, a read of the account becomes an inventory, and both become a plan. The plan is
// carried out while the records are checked. What became of it all is one result (result.go): the error, the metrics, the
// lifecycle action and the events for others (events.go) follow from it, and at the end the report is written from it.
//
// The decisions are made in the packages plan and step. This package never retries a call and never decides where an
// interface goes.
package failover

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/mover"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Handler handles events, each by one call of [Handler.Handle]. It is safe for concurrent use. From one event to the next
// it only keeps what does not change in AWS, like the limits of instance types.
type Handler struct {
	settings Settings
	region   string
	ec2      *ec2api.Client
	records  *route53api.Checker
	scaling  *autoscalingapi.Client
	bus      *eventbridgeapi.Client
	observer *observe.Observer
	mover    *mover.Mover
	metrics  *emf.Writer
	log      *slog.Logger
}

// Clients are the clients of the AWS services.
type Clients struct {
	EC2     *ec2api.Client
	Records *route53api.Checker
	Scaling *autoscalingapi.Client
	// Bus is nil exactly if the setting EventBus is empty.
	Bus *eventbridgeapi.Client
}

// New makes a handler. The region is that of its clients.
func New(settings Settings, region string, clients Clients, metrics *emf.Writer, log *slog.Logger) *Handler {
	observer := observe.New(clients.EC2, clients.Scaling)
	return &Handler{
		settings: settings, region: region, ec2: clients.EC2, records: clients.Records, scaling: clients.Scaling, bus: clients.Bus,
		observer: observer, mover: mover.New(clients.EC2, observer, settings.Policy, log),
		metrics: metrics, log: log,
	}
}

// Handle handles one event. An event of another account than the function's own is refused, unless account is empty: sam
// local does not know the function's account. The report is complete even if there is an error. An error has one of the
// types of this package, or is a [*trigger.BadInputError] or an [*observe.ObserveError].
func (h *Handler) Handle(ctx context.Context, event []byte, account string) (Report, error) {
	start := time.Now()
	ctx, calls := awsconfig.CountCalls(ctx)
	r := h.handle(ctx, event, account)
	h.tell(ctx, start, r)
	// Nothing reads the report after this: what depends on what became of the event reads the result.
	report := r.report()
	report.Calls, report.DurationMs = calls.Calls(), time.Since(start).Milliseconds()
	h.measure(start, time.Now(), r)
	if r.err != nil {
		h.measureError(start)
	}
	h.logReport(ctx, report, r.level(), r.err)
	return report, r.err
}

// handle takes an event through the stages, as far as it goes, and returns what became of it.
func (h *Handler) handle(ctx context.Context, event []byte, account string) *result {
	t, err := trigger.Parse(event)
	if err == nil && t.Ignored == "" {
		err = h.ours(t, account)
	}
	r := &result{trigger: t, dryRun: h.settings.DryRun || t.DryRun}
	if err != nil {
		r.fail(plan.ReasonBadInput, err)
		return r
	}
	h.debugTrigger(ctx, t)
	t = dated(t)
	if reason, detail := h.ignore(t); reason != "" {
		r.settle(plan.OutcomeIgnored, reason, detail)
		return r
	}
	h.handBack(ctx, r, t)
	// An interface that is attached before the time of its event would be moved again by a duplicate.
	pace.Wait(ctx, ahead(t))
	snapshot, p, err := h.decide(ctx, r, t)
	if err != nil {
		r.fail(plan.ReasonNotObserved, unobserved(err))
		return r
	}
	r.gaps = snapshot.Gaps
	if p.Ignored == "" && p.Refused == "" {
		// A dry run makes a plan milder, never stricter: what is only to be reported stays so.
		if r.dryRun && p.Mode == plan.ModeAct {
			p.Mode = plan.ModeRehearse
		}
		r.dryRun = p.Mode != plan.ModeAct
		h.debugPlan(ctx, p)
		r.interfaces = h.carryOut(ctx, t, p, snapshot)
	}
	r.conclude(p)
	// The instance may only go on terminating when it is known what became of each interface.
	if t.Kind == trigger.KindLifecycle {
		var hookErr error
		r.hook, hookErr = h.completeHook(ctx, plan.NewLifecycleAction(t, p, r.dryRun, snapshot, resultsOf(r.interfaces)))
		r.err = cmp.Or(r.err, hookErr)
	}
	return r
}

// ignore returns why the event is ignored before anything is read; empty if it is not.
func (h *Handler) ignore(t trigger.Trigger) (plan.Reason, string) {
	switch {
	case t.IgnoredFor == trigger.IgnoredSuppressed:
		return plan.ReasonSuppressed, t.Ignored
	case t.Ignored != "":
		return plan.ReasonNoAction, t.Ignored
	case t.EventRegion != "" && t.EventRegion != h.region:
		return plan.ReasonNotConcerned, "the Health event is about " + t.EventRegion
	}
	return plan.Expired(t, time.Now()) // too old to be true, whatever EC2 says
}

// maxAhead limits how far the time of a request or a verdict may be ahead of the function's clock.
const maxAhead = 5 * time.Second

// ours refuses an event of another account or region, because its ids mean nothing here. It also refuses a request with a
// time ahead that names neither target nor from, and a verdict with a time ahead that names no attachment: a duplicate
// could not be recognized.
func (h *Handler) ours(t trigger.Trigger, account string) error {
	if t.Account != "" && account != "" && t.Account != account {
		return &trigger.BadInputError{Field: "account", Value: t.Account, Accepted: "the function's own account, " + account}
	}
	if t.Region != "" && t.Region != h.region {
		return &trigger.BadInputError{Field: "region", Value: t.Region, Accepted: "the function's own region, " + h.region}
	}
	switch {
	case ahead(t) <= maxAhead:
	case t.Kind == trigger.KindManual:
		return &trigger.BadInputError{Field: "time", Value: t.Time.Format(time.RFC3339), Accepted: "a time that is not ahead, or target or from besides: a request that can't be dated would move the interface back when it is delivered twice"}
	default:
		return &trigger.BadInputError{Field: "time", Value: t.Time.Format(time.RFC3339), Accepted: "a time that is not ahead, or an attachmentId for each interface: a verdict that can't be dated would move the interface again when it is delivered twice"}
	}
	return nil
}

// ahead returns how far the time of a request or a verdict is ahead of the function's clock, if a duplicate of it can be
// recognized by that time only.
func ahead(t trigger.Trigger) time.Duration {
	byTime := false
	switch t.Kind { //nolint:exhaustive // other events are about an instance, which goes away once
	case trigger.KindManual:
		byTime = t.Target == "" && t.From == ""
	case trigger.KindUnreachable:
		byTime = !trigger.NameAttachments(t.Unanswered)
	}
	if !byTime {
		return 0
	}
	return time.Until(t.Time)
}

// dated gives a verdict without a time that of its delivery: the rules about age need one. It names its attachments, so that it
// is not taken for one about a later attachment. The report has the event's own time.
func dated(t trigger.Trigger) trigger.Trigger {
	if t.Kind == trigger.KindUnreachable && t.Time.IsZero() {
		t.Time = time.Now()
	}
	return t
}

// decide reads as much of the account as the trigger's scope asks for, and makes a plan that has no doubts. A sweep hands
// the interfaces over to the probe on the way. It leaves time for the report.
func (h *Handler) decide(ctx context.Context, r *result, t trigger.Trigger) (inventory.Snapshot, plan.Plan, error) {
	ctx, cancel := pace.WithReserve(ctx)
	defer cancel()
	scope := plan.ScopeOf(t)
	snapshot, err := h.observer.Read(ctx, scope)
	if err == nil {
		h.handOver(ctx, r, snapshot)
	}
	for err == nil {
		// One read may show what was true some seconds ago. The plan says what it does not believe on one read alone.
		p := plan.Decide(t, snapshot, h.settings.Policy, time.Now())
		if len(p.Doubts) == 0 {
			return snapshot, p, nil
		}
		snapshot, err = h.observer.ReadToConfirm(ctx, scope, snapshot, p.Doubts)
	}
	return snapshot, plan.Plan{}, err
}

// carryOut carries out the plan as far as its mode allows, and checks the records at the same time. It leaves time for
// the report.
func (h *Handler) carryOut(ctx context.Context, t trigger.Trigger, p plan.Plan, s inventory.Snapshot) []interfaceResult {
	work, cancel := pace.WithReserve(ctx)
	defer cancel()
	check := h.startRecordCheck(work, t, p, s) // it runs beside the moves, and never delays one
	var tags tagFaults
	tags.add(s)
	var list []interfaceResult
	switch p.Mode {
	case plan.ModeAct:
		denials := h.newDenials()
		outcome := h.mover.Run(ctx, p, s.Look, s.Throttled, denials.tell)
		tags.addInstances(outcome.Malformed...)
		list = carriedOut(p, outcome.Moves)
		denials.mark(list)
		h.writeReachedTags(work, list)
	case plan.ModeReport:
		list = reportedOnly(p)
	case plan.ModeRehearse:
		list = h.rehearse(work, t, p)
	}
	for n := range list {
		i, item := &list[n], p.Items[n]
		i.warnings = append(tags.warnings(item, i.item.Candidates), i.warnings...)
		i.unserved = unserved(item.Interface, s) // as it was found, not as the move left it
	}
	return check.join(list)
}

// level returns the level of the line that sums up the invocation. A success that leaves something to a person is a
// warning: a function that logs warnings only still writes it.
func (r *result) level() slog.Level {
	switch {
	case r.err != nil:
		return slog.LevelError
	case r.needsPerson, len(r.busFaults) > 0:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// logReport writes the one line that sums up the invocation.
func (h *Handler) logReport(ctx context.Context, r Report, level slog.Level, err error) {
	limited := r.Limited()
	attrs := []slog.Attr{slog.Any("", &limited)}
	if err != nil {
		attrs = slices.Insert(attrs, 0, slog.String("error", err.Error()))
	}
	h.log.LogAttrs(ctx, level, "failover", attrs...)
}
