// Package trigger turns the bytes of an event into a [Trigger]: what the event asks for, checked.
//
// It is the first stage of the flow (event bytes → trigger → inventory → plan → move and record check → report). An event
// is a hint: it sets scope and urgency, and EC2 is asked later for the state of things. So this package is pure: no clock,
// no I/O, only the event itself. Every id and name that leaves it has a valid form and can be put into a request.
//
// Decoding has two levels: the envelope (parse.go), whose source and detail-type select the decoder of the detail, in one
// file for each source. A new type of event needs a line in eventTypes and, if none of the kinds fits, a [Kind]; the
// exhaustive switches of package plan then ask what it means.
package trigger

import (
	"encoding/json"
	"fmt"
	"time"
)

// Kind says what has happened, or what is asked for. The report and the metrics show it.
type Kind string

// The kinds of triggers.
const (
	// KindUnknown is an event that this function does not act on.
	KindUnknown Kind = "unknown"
	// KindSpotInterruption is EC2's warning that a Spot instance will be interrupted.
	KindSpotInterruption Kind = "spot-interruption"
	// KindStopping to KindRunning are EC2's notices that an instance has entered the state of this name.
	KindStopping     Kind = "stopping"
	KindStopped      Kind = "stopped"
	KindShuttingDown Kind = "shutting-down"
	KindTerminated   Kind = "terminated"
	KindRunning      Kind = "running"
	// KindLifecycle is the lifecycle action of an Auto Scaling group that waits to terminate an instance.
	KindLifecycle Kind = "lifecycle"
	// KindAlarm is an alarm about the reachability of an instance, an interface or a group.
	KindAlarm Kind = "alarm"
	// KindUnreachable is the verdict of the probe, or of a monitor, that nothing answers at interfaces.
	KindUnreachable Kind = "unreachable"
	// KindReached is the probe's note that interfaces have answered for the first time on their attachments.
	KindReached Kind = "reached"
	// KindRebalance is EC2's recommendation to replace a Spot instance, which may never be interrupted.
	KindRebalance Kind = "rebalance"
	// KindHealth is AWS's announcement of work on instances, days ahead.
	KindHealth Kind = "health"
	// KindSweep is the schedule that repairs what events have missed.
	KindSweep Kind = "sweep"
	// KindRehearsal is the schedule that asks EC2 whether every move would be allowed.
	KindRehearsal Kind = "rehearsal"
	// KindManual is a person's request.
	KindManual Kind = "manual"
)

// IgnoredSuppressed marks an alarm that is ignored because its actions are suppressed.
const IgnoredSuppressed = "suppressed"

// Trigger is what one event asks for. Only the fields of its kind are set.
type Trigger struct {
	Kind Kind
	// Ignored says why the event is left alone; empty if something may have to be done about it.
	Ignored string
	// IgnoredFor is [IgnoredSuppressed] for an event that is left alone by a person's choice; empty for others.
	IgnoredFor string
	// ID, Account, Region and Time are the envelope's; empty or zero where the event has none. Of the kinds whose age matters,
	// only a request and a verdict may have no time.
	ID, Account, Region string
	Time                time.Time

	// Instance is the instance that the event is about. Instances are those that a Health event names, which are in
	// EventRegion.
	Instance    string
	Instances   []string
	EventRegion string
	// Hook is the hook of a lifecycle action.
	Hook Hook
	// Alarm says more about an alarm. The alarm is about Instance, Group or Interface: exactly one is set.
	Alarm Alarm

	// Unanswered are the interfaces at which nothing answers, by a verdict: each once, at least one. Answered are those that
	// the probe has reached for the first time on their attachments: each once. A verdict of the probe may have both.
	Unanswered, Answered []ProbedInterface
	// Rest is what a verdict asks the probe to go on with: JSON that is not checked here; nil if nothing is left.
	Rest json.RawMessage

	// Group or Interface is what a manual request is about, or an alarm that names one; exactly one is set in a request.
	Group, Interface string
	// From and Target narrow a manual request: only off From, only onto Target.
	From, Target string
	// DryRun asks for a plan only; Force allows a forced detach.
	DryRun, Force bool
}

// BadInputError says which field of an event can't be used, what its value is, and what is accepted.
type BadInputError struct {
	// Field is the path of the field, like detail.instance-id; "event" for the event as a whole.
	Field string
	// Value is the value as it came in, cut to fit a log line; empty if the field is missing.
	Value string
	// Accepted says what the field may hold, or what to do instead.
	Accepted string
}

func (e *BadInputError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("bad input: %s is missing; accepted: %s", e.Field, e.Accepted)
	}
	return fmt.Sprintf("bad input: %s is %s; accepted: %s", e.Field, e.Value, e.Accepted)
}
