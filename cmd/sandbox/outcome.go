package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
)

// showOutcome shows a report, and the error that the function returned with it, if any. The world has the names of
// the instances.
func showOutcome(p *page, w awssim.World, r failover.Report, err error) {
	p.line(outcomeStyle(r.Outcome, err), 0, joinNonEmpty(" ", "Outcome:", string(r.Outcome), reasonText(r.Reason)))
	for _, i := range r.Interfaces {
		showInterface(p, w, i)
	}
	if len(r.Interfaces) == 0 && err == nil {
		p.line(plain, 2, r.Detail)
	}
	if hook := r.Hook; hook != nil {
		completed := ""
		if hook.Completed {
			completed = "completed, the instance may go"
		}
		p.line(plain, 2, fmt.Sprintf("lifecycle hook %s of %s: %s", hook.Name, hook.AutoScalingGroup, joinNonEmpty("; ", completed, hook.Detail)))
	}
	for _, unknown := range r.Unknown {
		p.line(warn, 2, "could not be asked: "+unknown)
	}
	for _, warning := range r.Warnings {
		p.line(warn, 2, warning)
	}
	if err != nil {
		kind, message := errorText(err)
		p.line(bad, 2, "The function returned an error, "+kind+":")
		p.line(bold, 4, message)
	}
}

// outcomeStyle is red if a person has to act.
func outcomeStyle(outcome plan.Outcome, err error) style {
	switch outcome {
	case plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomeNothingToDo:
		if err == nil {
			return good
		}
	case plan.OutcomePlanned, plan.OutcomeSuperseded, plan.OutcomeIgnored:
		return warn
	case plan.OutcomeFailed, plan.OutcomeStranded:
	}
	return bad
}

// showInterface shows the outcome of an interface, and its records.
func showInterface(p *page, w awssim.World, r failover.InterfaceReport) {
	text := joinNonEmpty(" ", string(r.Outcome), reasonText(r.Reason))
	if goes(r) {
		from := "no instance"
		if r.From != "" {
			from = label(w, r.From)
		}
		text += fmt.Sprintf(": from %s to %s", from, label(w, r.To))
	}
	if r.Forced {
		text += ", by force"
	}
	p.line(plain, 2, r.Interface+" "+joinNonEmpty(": ", text, r.Detail))
	if goes(r) && r.Outcome != plan.OutcomePlanned {
		p.line(dim, 2, phasesText(r))
	}
	for _, record := range r.Records {
		if record.Name != "" {
			p.line(plain, 2, fmt.Sprintf("record %s: %s", record.Name, joinNonEmpty("; ", string(record.State), record.Detail)))
		}
	}
	for _, difference := range r.Differences {
		p.line(warn, 2, "changed on the way: "+difference)
	}
	for _, warning := range r.Warnings {
		p.line(warn, 2, "warning: "+warning)
	}
}

// goes reports whether an interface has reached another instance, or would.
func goes(r failover.InterfaceReport) bool {
	return r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached || r.Outcome == plan.OutcomePlanned
}

// phasesText says how long a move took, and its parts.
func phasesText(r failover.InterfaceReport) string {
	text := fmt.Sprintf("detach %s, attach %s, verify %s", millis(r.Phases.DetachMs), millis(r.Phases.AttachMs), millis(r.Phases.VerifyMs))
	if r.EventToAttachedMs > 0 {
		text = millis(r.EventToAttachedMs) + " after the event: " + text
	}
	return text
}

func millis(n int64) string { return seconds(time.Duration(n) * time.Millisecond) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }

// errorText is what Lambda reports of an error: as errorType the name of its Go type, and its message.
func errorText(err error) (kind, message string) {
	if reported, ok := errors.AsType[*lambdarun.Error](err); ok {
		return reported.Type, reported.Message
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
	return name[strings.LastIndex(name, ".")+1:], err.Error()
}

func reasonText(reason plan.Reason) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf("(%s)", reason)
}
