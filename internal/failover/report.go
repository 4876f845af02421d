package failover

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Report says what became of an event. It is the function's result and its log line. The names of its fields are stable;
// docs/report.md explains them.
type Report struct {
	Outcome    plan.Outcome      `json:"outcome"`
	Reason     plan.Reason       `json:"reason"`
	Detail     string            `json:"detail,omitempty"`
	Trigger    TriggerReport     `json:"trigger"`
	Interfaces []InterfaceReport `json:"interfaces"`
	// Hook says what became of the lifecycle action, if the event was one.
	Hook *HookReport `json:"hook,omitempty"`
	// Unknown names what could not be asked.
	Unknown []string `json:"unknown,omitempty"`
	// Warnings name what could not be put on the event bus.
	Warnings []string `json:"warnings,omitempty"`
	// Calls counts the calls to AWS by operation, with each attempt.
	Calls      map[string]int `json:"calls"`
	DurationMs int64          `json:"durationMs"`
	DryRun     bool           `json:"dryRun"`
	// Omitted counts what [Report.Limited] left out; nil if nothing.
	Omitted *Omitted `json:"omitted,omitempty"`
}

// LogValue makes the report's fields fields of the log line, with the same names. The interfaces come last: CloudWatch Logs
// Insights discovers only the first 200 fields of a line ("Supported logs and discovered fields"), and the dashboard
// queries the others.
func (r *Report) LogValue() slog.Value {
	var fields map[string]json.RawMessage
	text, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	if err != nil {
		return slog.StringValue(err.Error()) // nothing in it can fail to be written as JSON
	}
	const last = "interfaces"
	var attrs []slog.Attr
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != last {
			attrs = append(attrs, slog.Any(name, fields[name]))
		}
	}
	return slog.GroupValue(append(attrs, slog.Any(last, fields[last]))...)
}

// TriggerReport says what the event was about.
type TriggerReport struct {
	Kind      trigger.Kind `json:"kind"`
	Instance  string       `json:"instance"`
	Group     string       `json:"group,omitempty"`
	Interface string       `json:"interface,omitempty"`
	ID        string       `json:"id"`
	Time      string       `json:"time"`
}

// InterfaceReport says what became of one interface.
type InterfaceReport struct {
	Interface string       `json:"interface"`
	Group     string       `json:"group"`
	Outcome   plan.Outcome `json:"outcome"`
	Reason    plan.Reason  `json:"reason"`
	// Detail is the reason in words or, after a move to a standby that was started, how to go back.
	Detail string `json:"detail,omitempty"`
	// From is the instance that it leaves. To is the instance to which it was last seen attached, or to which it would go.
	From        string `json:"from"`
	To          string `json:"to"`
	Attachment  string `json:"attachment"`
	DeviceIndex int    `json:"deviceIndex"`
	Forced      bool   `json:"forced"`
	// Started reports whether it goes to a standby that was started for it. The standby is never stopped again by this function.
	Started    bool             `json:"started"`
	Candidates []plan.Candidate `json:"candidates"`
	// OmittedCandidates counts the candidates that are not listed. The eligible ones come first.
	OmittedCandidates int    `json:"omittedCandidates,omitempty"`
	Phases            Phases `json:"phases"`
	// EventToAttachedMs is the time from the event's own time to the look that proved the attachment.
	EventToAttachedMs int64           `json:"eventToAttachedMs"`
	Records           []record.Result `json:"records"`
	// Differences name what the interface lost or gained on the way. Warnings name malformed tags that concern it, what
	// went wrong beside the move, and what to do about a wrong record.
	Differences []string `json:"differences,omitempty"`
	Warnings    []string `json:"warnings,omitempty"`
}

// Phases are the durations of the parts of a move, in milliseconds.
type Phases struct {
	// StartMs is the time from the request to start a standby to the answer that showed it running.
	StartMs  int64 `json:"startMs"`
	DetachMs int64 `json:"detachMs"`
	AttachMs int64 `json:"attachMs"`
	VerifyMs int64 `json:"verifyMs"`
}

// report writes the report of the result. Its calls and its duration are added at the end.
func (r *result) report() Report {
	list := []InterfaceReport{}
	for n := range r.interfaces {
		list = append(list, r.interfaces[n].report(r.trigger))
	}
	var warnings []string
	for _, f := range r.busFaults {
		warnings = append(warnings, f.warning)
	}
	return Report{
		Outcome: r.outcome, Reason: r.reason, Detail: r.detail,
		Trigger: reportTrigger(r.trigger), Interfaces: list, Hook: r.hook, Unknown: r.gaps, Warnings: warnings, DryRun: r.dryRun,
	}
}

// reportTrigger writes the trigger's part of the report.
func reportTrigger(t trigger.Trigger) TriggerReport {
	r := TriggerReport{Kind: cmp.Or(t.Kind, trigger.KindUnknown), Instance: t.Instance, Group: t.Group, Interface: t.Interface, ID: t.ID}
	if probed := slices.Concat(t.Unanswered, t.Answered); len(probed) == 1 {
		r.Interface = probed[0].Interface
	}
	if r.Instance == "" {
		r.Instance = suspect(t.Unanswered)
	}
	if !t.Time.IsZero() {
		r.Time = t.Time.UTC().Format(time.RFC3339)
	}
	return r
}

// suspect returns the one instance that all interfaces of a verdict name; empty if they name several, or one names none.
func suspect(list []trigger.ProbedInterface) string {
	id := ""
	for n, p := range list {
		if n > 0 && p.Instance != id {
			return ""
		}
		id = p.Instance
	}
	return id
}

// report writes the interface's part of the report.
func (i *interfaceResult) report(t trigger.Trigger) InterfaceReport {
	return InterfaceReport{
		Interface: i.id(), Group: i.item.Interface.Group,
		Outcome: i.Outcome, Reason: i.Reason, Detail: i.explanation(),
		From: i.item.From, To: i.To, Attachment: i.Attachment, DeviceIndex: i.Index, Forced: i.Forced, Started: i.Started,
		Candidates: append([]plan.Candidate{}, i.item.Candidates...),
		Phases: Phases{
			StartMs: i.StartTime.Milliseconds(), DetachMs: i.Detached.Milliseconds(), AttachMs: i.Attached.Milliseconds(), VerifyMs: i.Verified.Milliseconds(),
		},
		EventToAttachedMs: i.sinceEvent(t).Milliseconds(),
		Records:           append([]record.Result{}, i.records...),
		Differences:       i.Differences,
		Warnings:          slices.Concat(i.warnings, i.recordWarnings()),
	}
}
