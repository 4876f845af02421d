package failover

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/textfmt"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// The lines at DEBUG are written as an invocation goes along, so that one that is cut off has said how far it got. The
// line that sums an invocation up comes last, and would be missing then.

// debugTrigger logs what an event asks for, before the first call to AWS.
func (h *Handler) debugTrigger(ctx context.Context, t trigger.Trigger) {
	h.log.LogAttrs(ctx, slog.LevelDebug, "trigger",
		slog.String("kind", string(cmp.Or(t.Kind, trigger.KindUnknown))), slog.String("id", t.ID), slog.Time("eventTime", t.Time),
		slog.String("instance", t.Instance), slog.String("interface", t.Interface), slog.String("group", t.Group),
		slog.String("from", t.From), slog.String("target", t.Target), slog.Bool("force", t.Force), slog.Bool("dryRun", t.DryRun),
		slog.String("ignored", t.Ignored))
}

// debugPlan logs what is decided for each interface, before anything is changed.
func (h *Handler) debugPlan(ctx context.Context, p plan.Plan) {
	if !h.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	const maxItems = 100
	var decided []string
	for _, item := range p.Items {
		decided = append(decided, decision(item))
	}
	h.log.LogAttrs(ctx, slog.LevelDebug, "plan",
		slog.String("interfaces", textfmt.List(decided, "; ", maxItems)), slog.Bool("dryRun", p.Mode != plan.ModeAct))
}

// decision says in a few words what is decided for an interface.
func decision(item plan.Item) string {
	if item.Settled != "" {
		return fmt.Sprintf("%s: %s, %s", item.Interface.ID, item.Settled, item.Reason)
	}
	text := fmt.Sprintf("%s: from %s to %s, device index %d", item.Interface.ID, cmp.Or(item.From, "no instance"), item.Choice.Instance, item.Choice.Index)
	if item.Chosen().Start {
		text += ", to be started"
	}
	return text
}
