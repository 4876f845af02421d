// Package trigger turns the bytes of an event into a [Trigger]: what the event asks for, checked.
//
// It is the first stage of the flow (event bytes → trigger → inventory → plan → move and record check →
// report). An event is a hint: it sets scope and urgency, and what is so now is asked of EC2 later. So
// this package is pure: no clock, no I/O, nothing but the event itself. Every id and name that leaves it
// has a valid form and can be put into a request.
//
// Decoding has two levels: the envelope, which source and detail-type key, then the detail, in one file
// for each family of events.
package trigger

import (
	"fmt"
	"time"
)

// Kind says what happened, or what is asked for. The report and the metrics show it.
type Kind string

// The kinds of triggers.
const (
	// KindUnknown is an event that this function does not act on.
	KindUnknown Kind = "unknown"
	// KindSpotInterruption is EC2's warning that a Spot instance will be interrupted.
	KindSpotInterruption Kind = "spot-interruption"
	// KindStopping to KindRunning are EC2's notices that an instance entered that state.
	KindStopping     Kind = "stopping"
	KindStopped      Kind = "stopped"
	KindShuttingDown Kind = "shutting-down"
	KindTerminated   Kind = "terminated"
	KindRunning      Kind = "running"
	// KindLifecycle is an Auto Scaling group that waits to terminate an instance.
	KindLifecycle Kind = "lifecycle"
	// KindAlarm is an alarm that says that an instance, an interface or a group is unreachable.
	KindAlarm Kind = "alarm"
	// KindRebalance is EC2's recommendation to replace a Spot instance, which may never be interrupted.
	KindRebalance Kind = "rebalance"
	// KindHealth is AWS's announcement of work on instances, days ahead.
	KindHealth Kind = "health"
	// KindSweep is the schedule that looks after everything that no event told of.
	KindSweep Kind = "sweep"
	// KindRehearsal is the schedule that tries everything without doing it.
	KindRehearsal Kind = "rehearsal"
	// KindManual is a person's request.
	KindManual Kind = "manual"
)

// IgnoredSuppressed marks an alarm that is ignored because its actions are suppressed.
const IgnoredSuppressed = "suppressed"

// Trigger is what one event asks for. Only the fields of its kind are set.
type Trigger struct {
	Kind Kind
	// Ignored says why nothing is to be done about the event; empty if something may be.
	Ignored string
	// IgnoredFor tells apart what is ignored for a reason that a person chose; empty for the rest.
	IgnoredFor string
	// ID, Account, Region and Time are the envelope's; empty or zero where a manual request has none.
	ID, Account, Region string
	Time                time.Time

	// Instance is the instance that the event is about; Instances those that a Health event names, whose
	// region is EventRegion.
	Instance    string
	Instances   []string
	EventRegion string
	// Hook is what a lifecycle action waits for.
	Hook Hook
	// Alarm is what an alarm says of itself. It is about Instance, or about Group or Interface.
	Alarm Alarm

	// Group or Interface is what a manual request is about; exactly one is set.
	Group, Interface string
	// From and Target narrow a manual request: only off that instance, only onto that one.
	From, Target string
	// DryRun asks for a plan only; Force allows a forced detach.
	DryRun, Force bool
}

// BadInputError says which field of an event can't be used, what its value is, and what is accepted.
type BadInputError struct {
	// Field is the path of the field, like detail.instance-id; "event" for the event as a whole.
	Field string
	// Value is the value as it came in, cut to a length that fits a log line; empty if it is missing.
	Value string
	// Accepted says what the field may hold, or what else to do.
	Accepted string
}

func (e *BadInputError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("bad input: %s is missing; accepted: %s", e.Field, e.Accepted)
	}
	return fmt.Sprintf("bad input: %s is %s; accepted: %s", e.Field, e.Value, e.Accepted)
}
