package display

import (
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// FunctionError is an error of a function as Lambda reports it: the name of its Go type, and its message.
type FunctionError struct{ Type, Message string }

// ShowReport shows a report, and the error that the function returned with it; nil if there is none. label returns an
// instance's id, with its name if that is known.
func (p *Page) ShowReport(r failover.Report, err *FunctionError, label func(id string) string) {
	p.Line(OutcomeStyle(r.Outcome, err != nil), 0, Join(" ", "Outcome:", string(r.Outcome), ReasonText(r.Reason)))
	for _, i := range r.Interfaces {
		p.showInterface(i, label)
	}
	if len(r.Interfaces) == 0 && err == nil {
		p.Line(Plain, 2, r.Detail)
	}
	if hook := r.Hook; hook != nil {
		completed := ""
		if hook.Completed {
			completed = "completed, the instance may go"
		}
		p.Line(Plain, 2, fmt.Sprintf("lifecycle hook %s of %s: %s", hook.Name, hook.AutoScalingGroup, Join("; ", completed, hook.Detail)))
	}
	for _, unknown := range r.Unknown {
		p.Line(Warn, 2, "could not be asked: "+unknown)
	}
	for _, warning := range r.Warnings {
		p.Line(Warn, 2, warning)
	}
	if err != nil {
		p.Line(Bad, 2, "The function returned an error, "+err.Type+":")
		p.Line(Bold, 4, err.Message)
	}
}

// OutcomeStyle returns the style of an outcome: red if a person has to act.
func OutcomeStyle(outcome plan.Outcome, failed bool) Style {
	switch outcome {
	case plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomeNothingToDo:
		if !failed {
			return Good
		}
	case plan.OutcomePlanned, plan.OutcomeSuperseded, plan.OutcomeIgnored:
		return Warn
	case plan.OutcomeFailed, plan.OutcomeStranded:
	}
	return Bad
}

// showInterface shows the outcome of an interface, and its records.
func (p *Page) showInterface(r failover.InterfaceReport, label func(id string) string) {
	text := Join(" ", string(r.Outcome), ReasonText(r.Reason))
	if Goes(r) {
		from := "no instance"
		if r.From != "" {
			from = label(r.From)
		}
		text += fmt.Sprintf(": from %s to %s", from, label(r.To))
	}
	if r.Started {
		text += ", which was started"
	}
	if r.Forced {
		text += ", by force"
	}
	p.Line(Plain, 2, r.Interface+" "+Join(": ", text, r.Detail))
	if Goes(r) && r.Outcome != plan.OutcomePlanned {
		p.Line(Dim, 2, phasesText(r))
	}
	for _, record := range r.Records {
		if record.Name != "" {
			p.Line(Plain, 2, fmt.Sprintf("record %s: %s", record.Name, Join("; ", string(record.State), record.Detail)))
		}
	}
	for _, difference := range r.Differences {
		p.Line(Warn, 2, "changed on the way: "+difference)
	}
	for _, warning := range r.Warnings {
		p.Line(Warn, 2, "warning: "+warning)
	}
}

// Goes reports whether an interface has reached another instance, or would.
func Goes(r failover.InterfaceReport) bool {
	return r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached || r.Outcome == plan.OutcomePlanned
}

// phasesText returns the duration of a move and of its parts.
func phasesText(r failover.InterfaceReport) string {
	text := fmt.Sprintf("detach %s, attach %s, verify %s", Millis(r.Phases.DetachMs), Millis(r.Phases.AttachMs), Millis(r.Phases.VerifyMs))
	if r.Phases.StartMs > 0 {
		text = "start " + Millis(r.Phases.StartMs) + ", " + text
	}
	if r.EventToAttachedMs > 0 {
		text = Millis(r.EventToAttachedMs) + " after the event: " + text
	}
	return text
}

// Millis returns a number of milliseconds as seconds in words.
func Millis(n int64) string { return Seconds(time.Duration(n) * time.Millisecond) }

// Seconds returns a duration as seconds in words.
func Seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

// ErrorOf returns what Lambda reports of an error of a handler; nil if there is none.
func ErrorOf(err error) *FunctionError {
	if err == nil {
		return nil
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
	return &FunctionError{Type: name[strings.LastIndex(name, ".")+1:], Message: err.Error()}
}

// ReasonText returns a reason in parentheses; nothing if there is none.
func ReasonText(reason plan.Reason) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf("(%s)", reason)
}
