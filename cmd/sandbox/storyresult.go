package main

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
)

// noteResult notes the result of a run of the probe.
func (r *storyRun) noteResult(result verdict.Event, data []byte) {
	e := entry{Actor: "probe", Event: data, style: display.Dim}
	switch d := result.Detail; result.Type {
	case verdict.TypeUnreachable:
		r.setTime(&r.timeline.Times.VerdictMs)
		var all []string
		for _, u := range d.Unreachable {
			all = append(all, r.verdictText(u))
			r.note(entry{Actor: "EC2", Text: "says of " + r.statusText(u.Instance), style: display.Dim})
		}
		e.Text, e.style = result.Type+": "+strings.Join(all, "; "), display.Bold
	case verdict.TypeReached:
		var all []string
		for _, reached := range d.Reached {
			all = append(all, reached.Interface+" on "+reached.Attachment)
		}
		e.Text, e.style = result.Type+": "+strings.Join(all, ", ")+" has answered for the first time", display.Bold
	default:
		e.Text = fmt.Sprintf("%s: %d questions, %d answers", result.Type, d.Asked, d.Answered)
		if d.Isolated {
			e.Text, e.style = e.Text+"; the probe itself was cut off, so there is no verdict", display.Warn
		}
	}
	r.note(e)
}

// verdictText puts a verdict into words.
func (r *storyRun) verdictText(u verdict.Unreachable) string {
	text := fmt.Sprintf("%s, %s since %s, ", u.Interface, u.Evidence, r.timeline.secondsAt(u.Since))
	if u.ReachedAt.IsZero() {
		text += "no answer in this run"
	} else {
		text += "last answer at " + r.timeline.secondsAt(u.ReachedAt)
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
func (r *storyRun) statusText(id string) string {
	w := r.session.now().World()
	in := findInstance(&w, id)
	if in == nil {
		return id + ": nothing"
	}
	return fmt.Sprintf("%s: %s, status checks %s and %s", label(w, id), in.State, in.SystemStatus, in.InstanceStatus)
}
