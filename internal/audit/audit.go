// Package audit is the story of an audit: it observes the account, checks the records beside that, has
// package audit judge what was seen, and tells it as log lines and metrics. It changes nothing: no call that it
// makes could, not even a dry run, and its role needs no permission to.
package audit

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/awsconfig"
	"github.com/eni-failover/eni-failover/internal/aws/route53api"
	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/readiness"
	"github.com/eni-failover/eni-failover/internal/record"
)

// Auditor audits the account of its clients. It is safe for concurrent use, and keeps nothing from one audit to
// the next but the limits of instance types, which do not change.
type Auditor struct {
	settings readiness.Settings
	region   string
	observer *observe.Observer
	records  *route53api.Checker
	metrics  *emf.Writer
	log      *slog.Logger
}

// New makes an auditor for the region that its clients talk to.
func New(settings readiness.Settings, region string, observer *observe.Observer, records *route53api.Checker, metrics *emf.Writer, log *slog.Logger) *Auditor {
	return &Auditor{settings: settings, region: region, observer: observer, records: records, metrics: metrics, log: log}
}

// The most time that the parts of an audit take, if the invocation has as much.
const (
	censusTime  = time.Minute
	inspectTime = time.Minute
)

// EC2Rate is the rate within which the EC2 client of an audit keeps: half of what EC2 gives back to an account
// each second, in a burst that leaves most of the bucket ("Request throttling for the Amazon EC2 API").
func EC2Rate() *awsconfig.Limiter { return awsconfig.NewLimiter(20, 100*time.Millisecond) }

// ScalingRate is the rate for Auto Scaling, which publishes none.
func ScalingRate() *awsconfig.Limiter { return awsconfig.NewLimiter(20, 100*time.Millisecond) }

// RecordRate is the rate for Route 53: less than half of an account's five requests a second (Route 53 Developer
// Guide, "Quotas").
func RecordRate() *awsconfig.Limiter { return awsconfig.NewLimiter(2, 500*time.Millisecond) }

// Run audits the account. Its only error is an [*observe.ObserveError], when EC2 could not be asked for the
// interfaces or the members, so that nothing can be said. Findings are no error.
func (a *Auditor) Run(ctx context.Context) (readiness.Result, error) {
	start := time.Now()
	ctx, calls := awsconfig.CountCalls(ctx)
	snapshot, names, err := a.observe(ctx)
	if err != nil {
		err = &observe.ObserveError{Err: err, So: "nothing is known of the next failover"}
		a.log.LogAttrs(ctx, slog.LevelError, "audit", slog.String("error", err.Error()))
		return readiness.Result{}, err
	}
	result := readiness.Inspect(snapshot, names, a.settings, time.Now())
	result.Summary.Region = a.region
	result.Summary.Calls, result.Summary.DurationMs = calls.Calls(), time.Since(start).Milliseconds()
	result = result.Render()
	a.measure(time.Now(), result)
	a.tell(ctx, result)
	return result, nil
}

// observe looks at everything. The records need nothing but the interfaces, so they are checked while the
// instances are asked about.
func (a *Auditor) observe(ctx context.Context) (inventory.Snapshot, map[string][]record.Result, error) {
	ctx, cancel := pace.WithReserve(ctx)
	defer cancel()
	census, cancelCensus := context.WithTimeout(ctx, censusTime)
	defer cancelCensus()
	snapshot, err := a.observer.Census(census)
	if err != nil {
		return snapshot, nil, err
	}
	ctx, cancelInspect := context.WithTimeout(ctx, inspectTime)
	defer cancelInspect()
	var names map[string][]record.Result
	list := a.named(snapshot)
	var wg sync.WaitGroup
	wg.Go(func() { names = a.records.CheckAll(ctx, list) })
	a.observer.Inspect(ctx, &snapshot)
	wg.Wait()
	return snapshot, names, nil
}

// named lists the interfaces whose names are worth checking: those that this deployment would move, or would
// if they were not paused.
func (a *Auditor) named(s inventory.Snapshot) []inventory.Interface {
	var list []inventory.Interface
	for _, e := range s.Interfaces {
		if reason, _ := a.settings.Policy.Untouchable(e); reason == "" || reason == plan.ReasonPaused {
			list = append(list, e)
		}
	}
	return list
}
