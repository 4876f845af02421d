package audit

import (
	"context"
	"log/slog"
	"time"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// measure writes the gauges that alarms watch. They have the function for their only dimension: a metric for
// each group would cost by the group, and the findings name it.
func (a *Auditor) measure(now time.Time, r readiness.Result) {
	s := emf.Set{}
	s.Count("Audits", 1) // a sign of life
	s.Count("FindingsCritical", r.Summary.Critical)
	s.Count("FindingsWarning", r.Summary.Warning)
	s.Count("FindingsInfo", r.Summary.Info)
	s.Count("InterfacesAudited", r.Summary.Interfaces)
	s.Count("InterfacesUnready", r.Summary.Unready)
	a.metrics.Write(now, "", s)
}

// tell writes a log line for each finding, and one that sums the audit up.
func (a *Auditor) tell(ctx context.Context, r readiness.Result) {
	for _, f := range r.Findings {
		a.log.LogAttrs(ctx, levelOf(f.Severity), "finding",
			slog.String("id", string(f.ID)), slog.String("severity", string(f.Severity)),
			slog.String("resource", f.Resource), slog.String("group", f.Group), slog.Any("instances", f.Instances),
			slog.String("problem", f.Problem), slog.String("action", f.Action), slog.String("link", f.Link))
	}
	s := r.Summary
	a.log.LogAttrs(ctx, slog.LevelInfo, "audit",
		slog.Int("interfaces", s.Interfaces), slog.Int("ready", s.Ready), slog.Int("unready", s.Unready),
		slog.Int("groups", s.Groups), slog.Int("members", s.Members),
		slog.Int("critical", s.Critical), slog.Int("warning", s.Warning), slog.Int("info", s.Info),
		slog.Any("calls", s.Calls), slog.Int64("durationMs", s.DurationMs))
}

func levelOf(s readiness.Severity) slog.Level {
	switch s {
	case readiness.Critical:
		return slog.LevelError
	case readiness.Warning:
		return slog.LevelWarn
	case readiness.Info:
	}
	return slog.LevelInfo
}
