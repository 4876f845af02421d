package audit

import (
	"context"
	"log/slog"
	"time"

	"github.com/eni-failover/eni-failover/internal/emf"
	"github.com/eni-failover/eni-failover/internal/readiness"
)

// writeMetrics writes the gauges that alarms watch. Their only dimension is the function: CloudWatch charges for each metric,
// so one for each group would be expensive, and the findings name the group.
func (a *Auditor) writeMetrics(now time.Time, r readiness.Result) {
	s := emf.Set{}
	s.Count("Audits", 1) // an alarm watches that audits take place
	s.Count("FindingsCritical", r.Summary.Critical)
	s.Count("FindingsWarning", r.Summary.Warning)
	s.Count("FindingsInfo", r.Summary.Info)
	s.Count("InterfacesAudited", r.Summary.Interfaces)
	s.Count("InterfacesUnready", r.Summary.Unready)
	a.metrics.Write(now, "", s)
}

// logResult writes a log line for each finding, and one that sums up the audit.
func (a *Auditor) logResult(ctx context.Context, r readiness.Result) {
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
