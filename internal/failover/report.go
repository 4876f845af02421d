package failover

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/step"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// Report is what became of an event. It is the function's result and its log line; the names of its
// fields are stable.
type Report struct {
	Outcome    plan.Outcome      `json:"outcome"`
	Reason     plan.Reason       `json:"reason"`
	Detail     string            `json:"detail,omitempty"`
	Trigger    TriggerReport     `json:"trigger"`
	Interfaces []InterfaceReport `json:"interfaces"`
	// Hook is what became of the lifecycle action, if the event was one.
	Hook *HookReport `json:"hook,omitempty"`
	// Unknown names what could not be asked.
	Unknown []string `json:"unknown,omitempty"`
	// Calls counts the calls to AWS, every attempt, by operation.
	Calls      map[string]int `json:"calls"`
	DurationMs int64          `json:"durationMs"`
	DryRun     bool           `json:"dryRun"`
	// Omitted counts what was left out for the size of the whole; nil if nothing was. See [Report.Limited].
	Omitted *Omitted `json:"omitted,omitempty"`

	// needsPerson is whether Detail says what a person has to do although the event is a success.
	needsPerson bool
}

// LogValue makes the report's fields fields of the log line, by the same names. The interfaces come last: CloudWatch
// Logs Insights extracts the first 200 fields of a line only ("Supported logs and discovered fields"), and the
// dashboard asks for the others.
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

// TriggerReport says what the event was.
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
	Detail    string       `json:"detail,omitempty"`
	// From is the instance that it leaves; To is where it was seen attached last, or would go.
	From        string           `json:"from"`
	To          string           `json:"to"`
	Attachment  string           `json:"attachment"`
	DeviceIndex int              `json:"deviceIndex"`
	Forced      bool             `json:"forced"`
	Candidates  []plan.Candidate `json:"candidates"`
	// OmittedCandidates counts those that are not listed; the eligible ones come first.
	OmittedCandidates int    `json:"omittedCandidates,omitempty"`
	Phases            Phases `json:"phases"`
	// EventToAttachedMs is the time from the event's own time to the look that proved the attachment.
	EventToAttachedMs int64          `json:"eventToAttachedMs"`
	Records           []RecordReport `json:"records"`
	// Differences are what the interface lost or gained on the way; Warnings the malformed tags that bear on it,
	// what went wrong beside the move, and what to do about a record that is wrong.
	Differences []string `json:"differences,omitempty"`
	Warnings    []string `json:"warnings,omitempty"`

	// refused is whether a request for it was refused: an error, whatever the outcome. where is the status
	// in which it was last seen on To. next is the step that Detail ends with.
	refused bool
	where   string
	next    string
	// unserved is whether no running instance held it when the plan was made.
	unserved bool
	// deniedTold is whether the metrics have counted already that EC2 denied its move.
	deniedTold bool
	// recordWarnings are those of the Warnings that are about a wrong record.
	recordWarnings []string
	omittedRecords int
}

// Phases are the durations of a move's parts, in milliseconds.
type Phases struct {
	DetachMs int64 `json:"detachMs"`
	AttachMs int64 `json:"attachMs"`
	VerifyMs int64 `json:"verifyMs"`
}

// RecordReport says how a name in the private hosted zone was found.
type RecordReport struct {
	Name       string       `json:"name"`
	State      record.State `json:"state"`
	HostedZone string       `json:"hostedZone"`
	Want       []netip.Addr `json:"want"`
	Got        []netip.Addr `json:"got"`
	Detail     string       `json:"detail,omitempty"`
}

// severity orders outcomes: the first that an interface has is the event's.
func severity(o plan.Outcome) int {
	return slices.Index([]plan.Outcome{
		plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomeMoved, plan.OutcomeAttached,
		plan.OutcomePlanned, plan.OutcomeSuperseded, plan.OutcomeNothingToDo, plan.OutcomeIgnored,
	}, o)
}

// settle sets the outcome of an event that comes to nothing.
func (r *Report) settle(outcome plan.Outcome, reason plan.Reason, detail string) {
	r.Outcome, r.Reason, r.Detail = outcome, reason, detail
}

// conclude sets the event's outcome from the interfaces': the most severe one, with its reason.
func (r *Report) conclude() {
	if len(r.Interfaces) == 0 {
		return
	}
	worst := slices.MinFunc(r.Interfaces, func(a, b InterfaceReport) int {
		return cmp.Or(cmp.Compare(severity(a.Outcome), severity(b.Outcome)), cmp.Compare(a.Interface, b.Interface))
	})
	r.Outcome, r.Reason, r.Detail = worst.Outcome, worst.Reason, worst.Detail
}

func reportTrigger(t trigger.Trigger) TriggerReport {
	r := TriggerReport{Kind: cmp.Or(t.Kind, trigger.KindUnknown), Instance: t.Instance, Group: t.Group, Interface: t.Interface, ID: t.ID}
	if !t.Time.IsZero() {
		r.Time = t.Time.UTC().Format(time.RFC3339)
	}
	return r
}

// reportItem reports an item as it was planned.
func reportItem(item plan.Item) InterfaceReport {
	r := InterfaceReport{
		Interface: item.Interface.ID, Group: item.Interface.Group,
		Outcome: item.Settled, Reason: item.Reason, Detail: item.Explanation(), refused: item.Refused, next: item.Next,
		From: item.From, To: item.Choice.Instance, DeviceIndex: item.Choice.Index,
		Candidates: append([]plan.Candidate{}, item.Candidates...), Records: []RecordReport{},
	}
	if a := item.Interface.Attachment; a != nil && item.Settled != "" {
		r.Attachment, r.DeviceIndex = a.ID, a.DeviceIndex
	}
	return r
}

// reportMove reports a finished move of an event of the given time.
func reportMove(move *step.Move, event time.Time) InterfaceReport {
	r := reportItem(move.Item())
	result := move.Result()
	r.Outcome, r.Reason, r.Detail = result.Outcome, result.Reason, result.Detail
	r.To, r.Attachment, r.DeviceIndex, r.Forced = result.To, result.Attachment, result.Index, result.Forced
	r.Differences, r.where = result.Differences, result.Where
	r.Warnings = append(r.Warnings, move.Warnings()...)
	r.Phases = Phases{DetachMs: result.Detached.Milliseconds(), AttachMs: result.Attached.Milliseconds(), VerifyMs: result.Verified.Milliseconds()}
	proven := r.Outcome == plan.OutcomeMoved || r.Outcome == plan.OutcomeAttached
	if proven && !event.IsZero() {
		r.EventToAttachedMs = max(0, result.Done.Sub(event).Milliseconds())
	}
	return r
}

// reportMoves reports a plan that was carried out.
func reportMoves(p plan.Plan, moves map[string]*step.Move, event time.Time) []InterfaceReport {
	list := []InterfaceReport{}
	for _, item := range p.Items {
		if item.Settled != "" {
			list = append(list, reportItem(item))
		} else {
			list = append(list, reportMove(moves[item.Interface.ID], event))
		}
	}
	return list
}

// reportOnly reports a plan that nobody means to carry out now.
func reportOnly(p plan.Plan) []InterfaceReport {
	var list []InterfaceReport
	for _, item := range p.Items {
		r := reportItem(item)
		if item.Settled == "" {
			r.Outcome, r.Reason, r.Detail = plan.OutcomePlanned, plan.ReasonReportOnly, "a standby is ready; the event itself is no reason to move"
		}
		list = append(list, r)
	}
	return list
}

func reportRecords(results []record.Result) []RecordReport {
	list := []RecordReport{}
	for _, r := range results {
		list = append(list, RecordReport{
			Name: r.Name, State: r.State, HostedZone: r.HostedZone, Detail: r.Detail,
			Want: append([]netip.Addr{}, r.Want...), Got: append([]netip.Addr{}, r.Got...),
		})
	}
	return list
}
