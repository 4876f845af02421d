package night

import (
	"context"
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// noteResult notes the result of a run of the probe.
func (r *run) noteResult(ctx context.Context, result verdict.Event, data []byte) {
	e := Entry{Actor: "probe", Event: data, Style: display.Dim}
	switch d := result.Detail; result.Type {
	case verdict.TypeUnreachable:
		r.setTime(&r.timeline.Times.VerdictMs)
		var all []string
		for _, u := range d.Unreachable {
			all = append(all, r.verdictText(u))
			r.note(Entry{Actor: "EC2", Text: "says of " + r.statusText(u.Instance), Style: display.Dim})
		}
		e.Text, e.Style = result.Type+": "+strings.Join(all, "; "), display.Bold
	case verdict.TypeReached:
		var all []string
		for _, reached := range d.Reached {
			all = append(all, reached.Interface+" on "+reached.Attachment)
		}
		e.Text, e.Style = result.Type+": "+strings.Join(all, ", ")+" has answered for the first time", display.Bold
	default:
		e.Text = fmt.Sprintf("%s: %d questions, %d answers", result.Type, d.Asked, d.Answered)
		if d.Isolated {
			e.Text, e.Style = e.Text+"; the probe itself was cut off, so there is no verdict", display.Warn
		}
	}
	r.note(e)
	switch result.Type {
	case verdict.TypeUnreachable:
		r.live.happen(ctx, happened{what: momentVerdict, text: "The probe's verdict: " + e.Text + "."})
	case verdict.TypeReached:
		r.live.happen(ctx, happened{what: momentReached, text: "The probe: " + e.Text + "."})
	}
}

// verdictText puts a verdict into words.
func (r *run) verdictText(u verdict.Unreachable) string {
	text := fmt.Sprintf("%s, %s since %s, ", u.Interface, u.Evidence, r.secondsAt(u.Since))
	if u.ReachedAt.IsZero() {
		text += "no answer in this run"
	} else {
		text += "last answer at " + r.secondsAt(u.ReachedAt)
	}
	switch {
	case !u.Evidence.Silent():
		return text + ", confirmed: the host itself says so"
	case u.Confirmed:
		return text + ", confirmed: the witness " + u.Witness.String() + " answers"
	}
	return text + ", not confirmed"
}

// statusText returns what EC2 says of an instance while its service is down.
func (r *run) statusText(id string) string {
	w := r.session.Sim().World()
	in := session.FindInstance(&w, id)
	if in == nil {
		return id + ": nothing"
	}
	return fmt.Sprintf("%s: %s, status checks %s and %s", session.Label(w, id), in.State, in.SystemStatus, in.InstanceStatus)
}
