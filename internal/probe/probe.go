// Package probe asks services inside a VPC whether they answer, each second for about a minute, and returns the result
// as an event. Start reading at [Prober.Run]: input → questions → verdict → event. Package ask sends the questions and
// package verdict decides; this package has the loop between them, the log line and the metrics.
//
// It has no access to AWS and moves nothing. A run that fails is never a verdict.
package probe

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/probe/ask"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// Network connects the prober to the services. Its functions are safe for concurrent use.
type Network struct {
	Ask     func(ctx context.Context, q ask.Question) verdict.Evidence
	Witness func(ctx context.Context, at netip.AddrPort, timeout time.Duration) bool
	// RuntimeAPI is where the function itself gets its events. It is never asked.
	RuntimeAPI netip.AddrPort
}

// RealNetwork returns the network of the function's VPC.
func RealNetwork(runtimeAPI netip.AddrPort) Network {
	asker := ask.New()
	return Network{Ask: asker.Ask, Witness: asker.Witness, RuntimeAPI: runtimeAPI}
}

// Prober carries out runs of the probe.
type Prober struct {
	network Network
	metrics *emf.Writer
	log     *slog.Logger
}

// New returns a prober that writes metrics and log lines.
func New(network Network, metrics *emf.Writer, log *slog.Logger) *Prober {
	return &Prober{network: network, metrics: metrics, log: log}
}

// Run asks what the input says until there is a verdict, the run ends, or the invocation is almost out of time. Its
// error is a [*verdict.BadInputError].
func (p *Prober) Run(ctx context.Context, input []byte) (verdict.Event, error) {
	start := time.Now()
	in, err := verdict.ParseInput(input)
	if err == nil {
		err = p.network.refuse(in)
	}
	if err != nil {
		p.log.LogAttrs(ctx, slog.LevelError, "probe", slog.String("error", err.Error()))
		return verdict.Event{}, err
	}
	limited, cancel := pace.WithReserve(ctx)
	defer cancel()
	event := newRunLoop(p.network, in, start).run(limited)
	p.measure(event)
	p.summarize(ctx, in, event, time.Since(start))
	return event, nil
}

// measure writes the metrics of a run. All are counts, and their only dimension is the function:
//
//	ProbeRuns          runs that came to an end: a sign of life
//	ProbeQuestions     questions about targets that left the prober, all checks of one being one question
//	ProbeAnswers       those of them that were answered
//	ProbeUnasked       questions left out: the run was over, or there were too many for this function
//	ProbeVerdicts      interfaces found unreachable
//	ProbeIsolatedRuns  runs in which the prober itself was cut off
func (p *Prober) measure(e verdict.Event) {
	s := emf.Set{}
	s.Count("ProbeRuns", 1)
	s.Count("ProbeQuestions", e.Detail.Asked)
	s.Count("ProbeAnswers", e.Detail.Answered)
	s.Count("ProbeUnasked", e.Detail.Unasked)
	s.Count("ProbeVerdicts", len(e.Detail.Unreachable))
	isolated := 0
	if e.Detail.Isolated {
		isolated = 1
	}
	s.Count("ProbeIsolatedRuns", isolated)
	p.metrics.Write(e.Time, "", s)
}

// summarize writes the log line that sums up the run.
func (p *Prober) summarize(ctx context.Context, in verdict.Input, e verdict.Event, took time.Duration) {
	d, level := e.Detail, slog.LevelInfo
	if len(d.Unreachable) > 0 || len(d.Down) > 0 || d.Isolated || d.Unasked > 0 {
		level = slog.LevelWarn
	}
	p.log.LogAttrs(ctx, level, "probe",
		slog.String("result", e.Type), slog.Int("targets", len(in.Targets)),
		slog.Int("asked", d.Asked), slog.Int("answered", d.Answered), slog.Int("unasked", d.Unasked),
		slog.Bool("isolated", d.Isolated), slog.Any("unreachable", d.Unreachable), slog.Int("reached", len(d.Reached)),
		slog.Any("down", d.Down), slog.Any("omitted", d.Omitted), slog.Int64("durationMs", took.Milliseconds()))
}
