package failover

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/eventbridgeapi"
	"github.com/eni-failover/eni-failover/internal/pace"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/textfmt"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// The types of the events that this function puts on the bus. docs/events.md describes them, and the JSON schemas in
// events/out say it to machines.
const (
	typeProbe  = "ENI Failover Probe"
	typeMoved  = "ENI Failover Moved"
	typeFailed = "ENI Failover Failed"
)

const (
	// eventsTime limits the time in which others are told.
	eventsTime = 3 * time.Second
	// retryDelay is less than the time after which Lambda repeats an event that failed: one minute, then two more ("How
	// Lambda handles errors and retries with asynchronous invocation").
	retryDelay = 45 * time.Second
)

// The metrics that count what could not be put on the bus, once an invocation.
const (
	handOverFailures = "ProbeHandOverFailures"
	eventsNotPut     = "EventsNotPut"
)

// busFault is something that could not be put on the bus.
type busFault struct{ metric, warning string }

// addBusFault notes that something could not be put on the bus.
func (r *result) addBusFault(metric, warning string) {
	r.busFaults = append(r.busFaults, busFault{metric, textfmt.Shorten(warning, maxDetailBytes)})
}

// outcomeEvent is the detail of an event about one interface: its part of the report, and what a rule or a person needs
// besides. The names of its fields in JSON are published.
type outcomeEvent struct {
	InterfaceReport
	// Detail is that of the report, but it is there even if it is empty, and has neither double quotes nor backslashes: the
	// rule that makes a mail of the event refers to it.
	Detail  string        `json:"detail"`
	Trigger TriggerReport `json:"trigger"`
	// Error is the line that says what is left undone for the interface, with the next step. The first event of an
	// invocation has the whole error instead, so that one message to a person is enough. It has neither double quotes nor
	// backslashes.
	Error string `json:"error,omitempty"`
	// First reports whether this is the first event of its type in the invocation and, of a failure, whether no earlier
	// invocation has told it.
	First bool `json:"first"`
	// Others counts the other interfaces of the invocation with an event of the same type.
	Others int `json:"others"`
}

// tell puts an event on the bus for each interface that was moved, attached, failed or stranded. It comes after the result
// is final, and leaves time for the report. A failure never changes what became of an interface.
func (h *Handler) tell(ctx context.Context, start time.Time, r *result) {
	if h.bus == nil || r.dryRun {
		return
	}
	list := slices.Concat(r.movedEvents(), r.failedEvents(start))
	if len(list) == 0 {
		return
	}
	ctx, cancelReserve := pace.WithReserve(ctx)
	defer cancelReserve()
	ctx, cancel := context.WithTimeout(ctx, eventsTime)
	defer cancel()
	if err := h.bus.Put(ctx, list); err != nil {
		r.addBusFault(eventsNotPut, "others were not told: "+err.Error())
	}
}

// movedEvents returns an event for each interface that was moved or attached.
func (r *result) movedEvents() []eventbridgeapi.Event {
	moved := r.matching(func(i *interfaceResult) bool {
		return i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached
	})
	var list []eventbridgeapi.Event
	for n, i := range moved {
		list = append(list, r.event(typeMoved, i, outcomeEvent{First: n == 0, Others: len(moved) - 1}))
	}
	return list
}

// failedEvents returns an event for each interface that is failed or stranded and that the error of the invocation is
// about.
func (r *result) failedEvents(start time.Time) []eventbridgeapi.Event {
	failed := r.matching(func(i *interfaceResult) bool {
		return i.Outcome == plan.OutcomeFailed || (i.Outcome == plan.OutcomeStranded && !r.lenient)
	})
	isNew := slices.ContainsFunc(failed, func(i *interfaceResult) bool { return !r.repeats(start, i) })
	var list []eventbridgeapi.Event
	for n, i := range failed {
		e := outcomeEvent{Error: i.line(), First: n == 0 && isNew, Others: len(failed) - 1}
		if n == 0 {
			e.Error = r.err.Error()
		}
		e.Error = unquoted(e.Error)
		list = append(list, r.event(typeFailed, i, e))
	}
	return list
}

// unquoted replaces the double quotes and the backslashes in a text. EventBridge puts it into a mail without escaping
// ("Amazon EventBridge input transformation" in its user guide), where either would break the string.
func unquoted(text string) string { return strings.NewReplacer(`"`, "'", `\`, "/").Replace(text) }

// matching returns the interfaces that match, in their order.
func (r *result) matching(matches func(*interfaceResult) bool) []*interfaceResult {
	var list []*interfaceResult
	for n := range r.interfaces {
		if i := &r.interfaces[n]; matches(i) {
			list = append(list, i)
		}
	}
	return list
}

// event makes the event about one interface.
func (r *result) event(detailType string, i *interfaceResult, e outcomeEvent) eventbridgeapi.Event {
	entry := i.report(r.trigger)
	e.InterfaceReport, e.Trigger = entry.limited(), reportTrigger(r.trigger)
	e.Detail = unquoted(e.InterfaceReport.Detail)
	detail, err := json.Marshal(e)
	if err != nil {
		detail = nil // nothing in it can fail to be written as JSON; EventBridge would refuse it, which the report says
	}
	return eventbridgeapi.Event{DetailType: detailType, Time: time.Now(), Detail: detail}
}

// repeats reports whether an earlier invocation has told already what this one says of an interface: the same event is
// delivered again, a sweep finds it once more, or the probe does. A run of the probe that has never been answered began
// after the service died, so an earlier run has said so. A verdict that names no attachment is a monitor's, which tells once.
func (r *result) repeats(start time.Time, i *interfaceResult) bool {
	t := r.trigger
	if t.Kind == trigger.KindSweep || (!t.Time.IsZero() && start.Sub(t.Time) > retryDelay) {
		return true
	}
	p := trigger.FindProbed(t.Unanswered, i.id())
	return t.Kind == trigger.KindUnreachable && p.Attachment != "" && p.ReachedAt.IsZero()
}
