package mover

import (
	"cmp"
	"context"
	"log/slog"

	"github.com/eni-failover/eni-failover/internal/step"
)

// logBegin says what is about to be done for an interface. It comes before the call, so that an invocation that is killed
// has said which call it began.
func (r *run) logBegin(ctx context.Context, id string, action step.Action) {
	if !r.mover.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := r.describe(id, action)
	switch action.Do {
	case step.Detach:
		attrs = append(attrs, slog.String("attachment", action.Attachment), slog.Bool("force", action.Force))
	case step.Attach:
		attrs = append(attrs, slog.String("instance", action.Slot.Instance), slog.Int("deviceIndex", action.Slot.Index))
	case step.AskOrigin:
		attrs = append(attrs, slog.String("instance", r.jobs[id].move.Item().Origin))
	case step.Start:
		attrs = append(attrs, slog.String("instance", action.Slot.Instance))
	case step.WriteLeftTag, step.Replan, step.Wait, step.Finish:
	}
	r.mover.log.LogAttrs(ctx, slog.LevelDebug, "action begins", attrs...)
}

// logEnd says what came of an action, when the move has taken it in.
func (r *run) logEnd(ctx context.Context, id string, action step.Action, result, detail string) {
	if !r.mover.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := append(r.describe(id, action), slog.String("result", cmp.Or(result, "ok")), slog.String("detail", detail))
	r.mover.log.LogAttrs(ctx, slog.LevelDebug, "action ended", attrs...)
}

// logOver says how a move ended.
func (r *run) logOver(ctx context.Context, id string) {
	if r.mover.log.Enabled(ctx, slog.LevelDebug) {
		r.mover.log.LogAttrs(ctx, slog.LevelDebug, "move ended", slog.String("interface", id), slog.String("state", r.jobs[id].move.String()))
	}
}

// describe says which action of which interface a line is about, and how far the move is.
func (r *run) describe(id string, action step.Action) []slog.Attr {
	return []slog.Attr{
		slog.String("interface", id), slog.String("action", string(action.Do)), slog.String("state", r.jobs[id].move.String()),
	}
}
