package failover

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// denials tells of attaches that EC2 denies after the detach, at the moment when it does: the move goes on trying for
// minutes, with the interface on no instance, and its report would come too late.
type denials struct {
	handler *Handler
	// told are the interfaces that the metrics have counted, and the pairs of interface and instance that the log has.
	told map[string]bool
}

func (h *Handler) newDenials() *denials { return &denials{handler: h, told: map[string]bool{}} }

// tell counts an interface whose candidate EC2 has denied, once, and logs the denial with the next step.
func (d *denials) tell(ctx context.Context, item plan.Item, candidate plan.Candidate) {
	e := item.Interface
	if d.first(e.ID) {
		d.handler.measureDenied(time.Now(), e.Group)
	}
	if !d.first(e.ID + " " + candidate.Instance) {
		return // the same refusal again
	}
	text := fmt.Sprintf("denied: %s of group %s is attached to no instance, and EC2 denies its attach to %s (%s); it is tried again until the time is up; "+
		"next: allow ec2:AttachNetworkInterface to the function's role, and look for a policy of the organization that denies it",
		e.ID, e.Group, candidate.Instance, candidate.Detail)
	d.handler.log.LogAttrs(ctx, slog.LevelError, "denied",
		slog.String("interface", e.ID), slog.String("group", e.Group), slog.String("instance", candidate.Instance), slog.String("error", text))
}

// first reports whether something is told for the first time.
func (d *denials) first(id string) bool {
	if d.told[id] {
		return false
	}
	d.told[id] = true
	return true
}

// mark notes in the results which denials the metrics have counted already.
func (d *denials) mark(list []interfaceResult) {
	for n := range list {
		list[n].deniedCounted = d.told[list[n].id()]
	}
}
