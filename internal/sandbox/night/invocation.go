package night

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// invocation is one invocation of the failover.
type invocation struct {
	// name is the event for a person, and caller the access key of the invocation's calls.
	name, caller string
	// sweep reports whether the event is the sweep's.
	sweep  bool
	start  time.Time
	report failover.Report
	err    error
}

// noteInvocation notes an invocation. If it found nothing to do, or ended as an earlier one did, then only its calls that
// can change something are noted, and its beginning if it has changed something in EC2.
func (r *run) noteInvocation(ctx context.Context, inv invocation) {
	end := r.returnOf(inv)
	brief := inv.foundNothing() || r.endedBefore(end.Text)
	calls := r.callsOf(inv.caller, brief)
	if brief {
		end.Text, end.Style = display.Join(" ", inv.name+":", string(inv.report.Outcome), display.ReasonText(inv.report.Reason)), display.Dim
	}
	if !brief || slices.ContainsFunc(calls, func(c session.CallLine) bool { return c.Mutating && c.Service == "EC2" }) {
		r.keep(Entry{At: inv.start, Actor: "failover", Text: "gets " + inv.name, Style: display.Bold})
	}
	for _, c := range session.Fold(calls) {
		r.keep(r.entryOf(c))
	}
	r.keep(end)
	r.live.returned(ctx, inv, end, brief)
}

// entryOf returns the entry of a call, or of several that are alike.
func (r *run) entryOf(c session.CallLine) Entry {
	e := Entry{At: c.At, Actor: c.Service, Text: c.Text}
	if c.Times > 1 {
		e.Until = c.Last
		e.Text += fmt.Sprintf(", %d times until %s", c.Times, r.secondsAt(c.Last))
	}
	if c.Look {
		e.Style = display.Dim
	}
	return e
}

// foundNothing reports whether an invocation succeeded without a move.
func (i invocation) foundNothing() bool {
	return i.err == nil && slices.Contains([]plan.Outcome{plan.OutcomeNothingToDo, plan.OutcomeIgnored, plan.OutcomeSuperseded}, i.report.Outcome)
}

// endedBefore reports whether an earlier invocation ended like this.
func (r *run) endedBefore(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.timeline.Entries, func(e Entry) bool { return e.Report != nil && e.Text == text })
}

// callsOf returns the calls of an invocation, or only those that can change something.
func (r *run) callsOf(caller string, onlyMutating bool) []session.CallLine {
	return slices.DeleteFunc(r.session.Calls(), func(c session.CallLine) bool { return c.Caller != caller || onlyMutating && !c.Mutating })
}

// returnOf returns the entry of an invocation's return.
func (r *run) returnOf(inv invocation) Entry {
	report, w := inv.report, r.session.Sim().World()
	e := Entry{Actor: "failover", Report: &report, Style: display.OutcomeStyle(report.Outcome, inv.err != nil)}
	e.Text = display.Join(" ", "returns", string(report.Outcome), display.ReasonText(report.Reason))
	if report.Reason == plan.ReasonReached {
		r.setTime(&r.timeline.Times.ReachedMs)
	}
	for _, i := range report.Interfaces {
		if !display.Goes(i) {
			continue
		}
		e.Text += fmt.Sprintf(": %s from %s to %s", i.Interface, session.Label(w, i.From), session.Label(w, i.To))
		if i.Forced {
			e.Text += ", by force"
		}
		if i.Interface == interfaceID && i.Outcome != plan.OutcomePlanned {
			r.setTime(&r.timeline.Times.MovedMs)
		}
	}
	if err := display.ErrorOf(inv.err); err != nil {
		e.Text += "; " + err.Type + ": " + err.Message
	}
	return e
}
