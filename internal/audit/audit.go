// Package audit is the story of an audit. It observes the account and checks the records, has package readiness judge what
// it saw, and publishes the result as log lines and metrics. It changes nothing: it makes only calls that read, not even a
// dry run, and its role has no permission to change anything.
package audit

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/autoscalingapi"
	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
)

// Auditor audits the account of its clients. It is safe for concurrent use. From one audit to the next it keeps only the
// limits of instance types, which do not change.
type Auditor struct {
	settings readiness.Settings
	region   string
	observer *observe.Observer
	records  *route53api.Checker
	metrics  *emf.Writer
	log      *slog.Logger
}

// Clients are the edges to AWS.
type Clients struct {
	EC2     *ec2api.Client
	Records *route53api.Checker
	Scaling *autoscalingapi.Client
}

// New makes an auditor for the region that its clients talk to.
func New(settings readiness.Settings, region string, clients Clients, metrics *emf.Writer, log *slog.Logger) *Auditor {
	return &Auditor{
		settings: settings, region: region, observer: observe.New(clients.EC2, clients.Scaling), records: clients.Records,
		metrics: metrics, log: log,
	}
}

// These limit the time of each part of an audit. The deadline of the invocation may leave less.
const (
	maxCensusTime     = time.Minute
	maxInspectionTime = time.Minute
)

// EC2Rate returns the rate limit for the EC2 client of an audit: half of what EC2 gives back to an account each second,
// in a burst that leaves most of the bucket ("Request throttling for the Amazon EC2 API").
func EC2Rate() *awsconfig.Limiter { return awsconfig.NewLimiter(20, 100*time.Millisecond) }

// ScalingRate returns the rate limit for Auto Scaling, which publishes none of its own.
func ScalingRate() *awsconfig.Limiter { return awsconfig.NewLimiter(20, 100*time.Millisecond) }

// RecordRate returns the rate limit for Route 53: less than half of the five requests a second that an account has (Route 53
// Developer Guide, "Quotas").
func RecordRate() *awsconfig.Limiter { return awsconfig.NewLimiter(2, 500*time.Millisecond) }

// Run audits the account. Its only error is an [*observe.ObserveError]: EC2 did not answer which interfaces or members there
// are, so that nothing can be judged. Findings are not an error.
func (a *Auditor) Run(ctx context.Context) (readiness.Result, error) {
	start := time.Now()
	ctx, calls := awsconfig.CountCalls(ctx)
	snapshot, names, err := a.Observe(ctx)
	if err != nil {
		a.log.LogAttrs(ctx, slog.LevelError, "audit", slog.String("error", err.Error()))
		return readiness.Result{}, err
	}
	result := readiness.Inspect(snapshot, names, a.settings, time.Now())
	result.Summary.Region = a.region
	result.Summary.Calls, result.Summary.DurationMs = calls.Calls(), time.Since(start).Milliseconds()
	result = result.Render()
	a.writeMetrics(time.Now(), result)
	a.logResult(ctx, result)
	return result, nil
}

// Observe looks at everything that an audit needs, and returns it as [readiness.Inspect] takes it. Its only error is that of
// [Auditor.Run].
func (a *Auditor) Observe(ctx context.Context) (inventory.Snapshot, map[string][]record.Result, error) {
	snapshot, names, err := a.observe(ctx)
	if err != nil {
		err = &observe.ObserveError{Err: err, So: "nothing is known of the next failover"}
	}
	return snapshot, names, err
}

// observe looks. The record check needs only the interfaces, so it runs beside the questions about the instances.
func (a *Auditor) observe(ctx context.Context) (inventory.Snapshot, map[string][]record.Result, error) {
	ctx, cancel := pace.WithReserve(ctx)
	defer cancel()
	census, cancelCensus := context.WithTimeout(ctx, maxCensusTime)
	defer cancelCensus()
	snapshot, err := a.observer.Census(census)
	if err != nil {
		return snapshot, nil, err
	}
	ctx, cancelInspect := context.WithTimeout(ctx, maxInspectionTime)
	defer cancelInspect()
	var names map[string][]record.Result
	list := a.interfacesToCheck(snapshot)
	var wg sync.WaitGroup
	wg.Go(func() { names = a.records.CheckAll(ctx, list, list) })
	a.observer.Inspect(ctx, &snapshot)
	if a.settings.Policy.StartStandbys {
		a.observer.ReadVolumeKeys(ctx, &snapshot)
	}
	wg.Wait()
	return snapshot, names, nil
}

// interfacesToCheck lists the interfaces whose names are checked: those that this deployment may move, and the paused ones.
func (a *Auditor) interfacesToCheck(s inventory.Snapshot) []inventory.Interface {
	var list []inventory.Interface
	for _, e := range s.Interfaces {
		if reason, _ := a.settings.Policy.Untouchable(e); reason == "" || reason == plan.ReasonPaused {
			list = append(list, e)
		}
	}
	return list
}
