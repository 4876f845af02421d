package main

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/failover"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/testing/lambdarun"
)

// showHead says what is simulated and what will be sent.
func (t *trial) showHead(p *page) {
	timing := t.before.Timing
	p.line(bold, 0, "eni-failover sandbox")
	p.line(plain, 2, "The function's own code against a simulated EC2 and Route 53. Nothing reaches AWS.")
	p.line(plain, 0, "")
	rows := [][]string{
		{"account", fmt.Sprintf("%s in %s; a call takes %s, a detach %s, an attach %s", t.before.Account, t.before.Region,
			time.Duration(timing.Call), time.Duration(timing.Detach), time.Duration(timing.Attach))},
		{"event", t.eventHead()},
	}
	if len(t.settings) > 0 {
		rows = append(rows, []string{"settings", strings.Join(t.settings, " ")})
	}
	p.table(2, rows)
}

// eventHead says which event is sent, and as of when.
func (t *trial) eventHead() string {
	switch _, movable := t.event.happeningAt(time.Now()); {
	case t.options.change.kind != "":
		return t.event.name
	case t.options.keepTime:
		return t.event.name + ", with the time that is in it"
	case movable:
		return t.event.name + ", its time moved to now (-keep-time leaves it)"
	}
	return t.event.name
}

// showRest shows what happened, the outcome last.
func (t *trial) showRest(p *page) {
	t.showConsidered(p)
	t.showCalls(p)
	t.showInterfaces(p)
	p.line(plain, 0, "")
	outcome{report: t.report, err: t.err, world: t.before}.show(p)
	if advice := t.advice(); advice != "" {
		p.line(plain, 2, advice)
	}
}

// showCalls shows the wire log.
func (t *trial) showCalls(p *page) {
	const most = 60
	p.title("Calls, in seconds since the event was sent")
	since := func(at time.Time) string { return fmt.Sprintf("%7.3f", at.Sub(t.start).Seconds()) }
	rows, styles := [][]string{{since(t.start), "event", t.eventName()}}, []style{plain}
	if change := t.scenery(); change != "" {
		rows, styles = append(rows, []string{since(t.start), "account", change}), append(styles, plain)
	}
	list := t.wire.rows(t.calls)
	for i, r := range list {
		if i == most {
			rows, styles = append(rows, []string{since(r.at), "…", fmt.Sprintf("and %d more rows", len(list)-most)}), append(styles, dim)
			break
		}
		s := plain
		if r.look {
			s = dim
		}
		if r.times > 1 {
			r.text += fmt.Sprintf(" (%d times until %s)", r.times, strings.TrimSpace(since(r.last)))
		}
		rows, styles = append(rows, []string{since(r.at), r.who, r.text}), append(styles, s)
	}
	rows = append(rows, []string{since(t.end), "function", "returns " + string(t.report.Outcome)})
	p.table(1, rows, styles...)
}

// scenery says what was done to the account so that it is as the event says.
func (t *trial) scenery() string {
	was, is := find(&t.before, t.trigger.Instance), find(&t.sent, t.trigger.Instance)
	if was == nil || is == nil {
		return ""
	}
	var list []string
	add := func(before, after, what string) {
		if before != after {
			list = append(list, what+" "+after)
		}
	}
	add(was.State, is.State, is.ID+" is")
	add(was.SpotStatus, is.SpotStatus, "the Spot request of "+is.ID+" is")
	add(was.LifecycleState, is.LifecycleState, "Auto Scaling says of "+is.ID+":")
	add(checks(*was), checks(*is), is.ID+":")
	return strings.Join(list, "; ")
}

// eventName says what the event is about.
func (t *trial) eventName() string {
	about := cmp.Or(t.trigger.Instance, t.trigger.Interface, strings.Join(t.trigger.Instances, " "))
	if t.trigger.Group != "" {
		about = "group " + t.trigger.Group
	}
	kind := string(t.trigger.Kind)
	if kind == "" {
		return "one that can't be read"
	}
	return joinNonEmpty(": ", kind, about)
}

// advice is how to send an event that concerns this account, if this one did not because its ids or its region are
// another's.
func (t *trial) advice() string {
	const how = "To send an event about an instance of this account: -interrupt, -stop or -terminate with one of "
	elsewhere := t.trigger.Region != "" && t.trigger.Region != t.before.Region ||
		t.trigger.Account != "" && t.trigger.Account != t.before.Account
	unknown := t.trigger.Instance != "" && find(&t.before, t.trigger.Instance) == nil
	if !elsewhere && !unknown && t.report.Reason != plan.ReasonNotConcerned {
		return ""
	}
	return how + holders(t.before) + "."
}

// outcome is what a function returned, and the account that it was about.
type outcome struct {
	report failover.Report
	err    error
	world  awssim.World
}

// show says what became of the event, and the function's error if there is one.
func (o outcome) show(p *page) {
	p.line(o.style(), 0, joinNonEmpty(" ", "Outcome:", string(o.report.Outcome), reasonText(o.report.Reason)))
	for _, r := range o.report.Interfaces {
		o.showInterface(p, r)
	}
	if len(o.report.Interfaces) == 0 && o.err == nil {
		p.line(plain, 2, o.report.Detail)
	}
	if hook := o.report.Hook; hook != nil {
		p.line(plain, 2, fmt.Sprintf("lifecycle hook %s of %s: %s", hook.Name, hook.AutoScalingGroup, hookText(*hook)))
	}
	for _, unknown := range o.report.Unknown {
		p.line(warn, 2, "could not be asked: "+unknown)
	}
	if o.err != nil {
		p.line(bad, 2, "The function returned an error, "+errorType(o.err)+":")
		p.line(bold, 4, errorText(o.err))
	}
}

// showInterface says what became of one interface, and of its names.
func (o outcome) showInterface(p *page, r failover.InterfaceReport) {
	p.line(plain, 2, r.Interface+" "+o.fate(r))
	if r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached {
		p.line(dim, 2, timeText(r))
	}
	for _, rec := range r.Records {
		if rec.Name != "" {
			p.line(plain, 2, fmt.Sprintf("record %s: %s", rec.Name, joinNonEmpty("; ", string(rec.State), rec.Detail)))
		}
	}
	for _, difference := range r.Differences {
		p.line(warn, 2, "changed on the way: "+difference)
	}
	for _, warning := range r.Warnings {
		p.line(warn, 2, "warning: "+warning)
	}
}

// style is green for what needs nobody, red for what does.
func (o outcome) style() style {
	switch o.report.Outcome {
	case plan.OutcomeMoved, plan.OutcomeAttached, plan.OutcomeNothingToDo:
		if o.err == nil {
			return good
		}
	case plan.OutcomePlanned, plan.OutcomeSuperseded, plan.OutcomeIgnored:
		return warn
	case plan.OutcomeFailed, plan.OutcomeStranded:
	}
	return bad
}

// errorType is what Lambda reports as errorType: the name of the error's type.
func errorType(err error) string {
	if reported, ok := errors.AsType[*lambdarun.Error](err); ok {
		return reported.Type
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", err), "*")
	return name[strings.LastIndex(name, ".")+1:]
}

func errorText(err error) string {
	if reported, ok := errors.AsType[*lambdarun.Error](err); ok {
		return reported.Message
	}
	return err.Error()
}

// fate says what became of an interface.
func (o outcome) fate(r failover.InterfaceReport) string {
	forced := ""
	if r.Forced {
		forced = ", by force"
	}
	switch r.Outcome {
	case plan.OutcomeMoved:
		return fmt.Sprintf("moved from %s to %s%s", label(o.world, r.From), label(o.world, r.To), forced)
	case plan.OutcomeAttached:
		return fmt.Sprintf("was attached to no instance, and is on %s", label(o.world, r.To))
	case plan.OutcomePlanned:
		return fmt.Sprintf("would move from %s to %s", cmp.Or(label(o.world, r.From), "no instance"), label(o.world, r.To)) + permitted(r)
	case plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomeSuperseded, plan.OutcomeNothingToDo, plan.OutcomeIgnored:
		return joinNonEmpty(" ", string(r.Outcome), reasonText(r.Reason)) + ": " + r.Detail
	}
	return string(r.Outcome)
}

// timeText says how long a move took, and what of.
func timeText(r failover.InterfaceReport) string {
	millis := func(n int64) string { return seconds(time.Duration(n) * time.Millisecond) }
	text := fmt.Sprintf("detach %s, attach %s, verify %s", millis(r.Phases.DetachMs), millis(r.Phases.AttachMs), millis(r.Phases.VerifyMs))
	if r.EventToAttachedMs > 0 {
		text = millis(r.EventToAttachedMs) + " after the event: " + text
	}
	return text
}

// permitted says what is known of whether a planned move would be allowed.
func permitted(r failover.InterfaceReport) string {
	if r.Reason == "" {
		return "; EC2 would allow it"
	}
	return " " + reasonText(r.Reason) + ": " + r.Detail
}

func hookText(hook failover.HookReport) string {
	if hook.Completed {
		return joinNonEmpty("; ", "completed, the instance may go", hook.Detail)
	}
	return hook.Detail
}

func reasonText(reason plan.Reason) string {
	if reason == "" {
		return ""
	}
	return fmt.Sprintf("(%s)", reason)
}

// label is an instance's id with its name.
func label(w awssim.World, id string) string {
	if in := find(&w, id); in != nil && in.Tags["Name"] != "" {
		return fmt.Sprintf("%s (%s)", id, in.Tags["Name"])
	}
	return id
}

func joinNonEmpty(between string, parts ...string) string {
	var list []string
	for _, s := range parts {
		if s != "" {
			list = append(list, s)
		}
	}
	return strings.Join(list, between)
}
