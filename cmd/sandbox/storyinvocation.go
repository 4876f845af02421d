package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// invocation is one invocation of the failover.
type invocation struct {
	// name is the event for a person, and caller the access key of the invocation's calls.
	name, caller string
	start        time.Time
	report       failover.Report
	err          error
}

// noteInvocation notes an invocation. If it found nothing to do, or ended as an earlier one did, then only its calls that
// can change something are noted, and its beginning if it has changed something in EC2.
func (r *storyRun) noteInvocation(inv invocation) {
	end := r.returnOf(inv)
	brief := inv.foundNothing() || r.endedBefore(end.Text)
	calls := r.callsOf(inv.caller, brief)
	if brief {
		end.Text, end.style = display.Join(" ", inv.name+":", string(inv.report.Outcome), display.ReasonText(inv.report.Reason)), display.Dim
	}
	if !brief || slices.ContainsFunc(calls, func(c callLine) bool { return c.mutating && c.service == "EC2" }) {
		r.note(entry{At: inv.start, Actor: "failover", Text: "gets " + inv.name, style: display.Bold})
	}
	for _, c := range fold(calls) {
		r.note(r.entryOf(c))
	}
	r.note(end)
}

// entryOf returns the entry of a call, or of several that are alike.
func (r *storyRun) entryOf(c callLine) entry {
	e := entry{At: c.at, Actor: c.service, Text: c.text}
	if c.times > 1 {
		e.Until = c.last
		e.Text += fmt.Sprintf(", %d times until %s", c.times, r.timeline.secondsAt(c.last))
	}
	if c.look {
		e.style = display.Dim
	}
	return e
}

// foundNothing reports whether an invocation succeeded without a move.
func (i invocation) foundNothing() bool {
	return i.err == nil && slices.Contains([]plan.Outcome{plan.OutcomeNothingToDo, plan.OutcomeIgnored, plan.OutcomeSuperseded}, i.report.Outcome)
}

// endedBefore reports whether an earlier invocation ended like this.
func (r *storyRun) endedBefore(text string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.timeline.Entries, func(e entry) bool { return e.Report != nil && e.Text == text })
}

// callsOf returns the calls of an invocation, or only those that can change something.
func (r *storyRun) callsOf(caller string, onlyMutating bool) []callLine {
	return slices.DeleteFunc(r.session.calls(), func(c callLine) bool { return c.caller != caller || onlyMutating && !c.mutating })
}

// returnOf returns the entry of an invocation's return.
func (r *storyRun) returnOf(inv invocation) entry {
	report, w := inv.report, r.session.now().World()
	e := entry{Actor: "failover", Report: &report, style: display.OutcomeStyle(report.Outcome, inv.err != nil)}
	e.Text = display.Join(" ", "returns", string(report.Outcome), display.ReasonText(report.Reason))
	if report.Reason == plan.ReasonReached {
		r.setTime(&r.timeline.Times.ReachedMs)
	}
	for _, i := range report.Interfaces {
		if !display.Goes(i) {
			continue
		}
		e.Text += fmt.Sprintf(": %s from %s to %s", i.Interface, label(w, i.From), label(w, i.To))
		if i.Forced {
			e.Text += ", by force"
		}
		if i.Interface == storyInterface && i.Outcome != plan.OutcomePlanned {
			r.setTime(&r.timeline.Times.MovedMs)
		}
	}
	if err := display.ErrorOf(inv.err); err != nil {
		e.Text += "; " + err.Type + ": " + err.Message
	}
	return e
}
