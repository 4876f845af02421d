package failover

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Lambda reports the name of an error's type as errorType, and alarms match on it: each way to fail that a
// person treats differently is a type of its own. Bad input is a [*trigger.BadInputError]; what can't be observed is an [*observe.ObserveError].

// StrandedError says that an interface should move and nobody can take it. Nothing was detached.
type StrandedError struct{ message string }

func (e *StrandedError) Error() string { return e.message }

// FailedError says that a move did not end where it should.
type FailedError struct{ message string }

func (e *FailedError) Error() string { return e.message }

// RefusedError says that a request asks for what the rules forbid. Nothing was changed.
type RefusedError struct{ message string }

func (e *RefusedError) Error() string { return e.message }

// unobserved is the error of an event for which the account could not be observed.
func unobserved(err error) error {
	return &observe.ObserveError{Err: err, So: "nothing was changed", Next: ", then send the event again"}
}

// errorOf returns the error that a report amounts to; nil if nothing is left undone that a retry or a
// person could do. Under a lenient plan a stranded interface is the alarms' business.
func errorOf(r Report, lenient bool) error {
	var failed, stranded, refused []string
	for _, i := range r.Interfaces {
		line := describe(i)
		switch {
		case i.refused:
			refused = append(refused, line)
		case i.Outcome == plan.OutcomeFailed:
			failed = append(failed, line)
		case i.Outcome == plan.OutcomeStranded && !lenient:
			stranded = append(stranded, line)
		}
	}
	switch {
	case len(failed) > 0:
		return &FailedError{message: join("failed", append(append(failed, stranded...), refused...))}
	case len(stranded) > 0:
		return &StrandedError{message: join("stranded", append(stranded, refused...))}
	case len(refused) > 0:
		return &RefusedError{message: join("refused", refused)}
	}
	return nil
}

// join makes one line of all that is left undone, and cuts it to a length that a log and an e-mail take.
func join(what string, lines []string) string {
	const most = 5
	more := ""
	if len(lines) > most {
		more = fmt.Sprintf(" | and %d more, see the report in the log", len(lines)-most)
		lines = lines[:most]
	}
	return what + ": " + strings.Join(lines, " | ") + more
}

// describe says of one interface what is left undone, where it is, and the next step.
func describe(i InterfaceReport) string {
	if i.refused && i.next != "" {
		return i.Detail // it names the interface, and ends with the next step
	}
	what := i.Interface
	if i.Group != "" {
		what += " of group " + i.Group
	}
	detail := strings.TrimSuffix(i.Detail, "; next: "+i.next)
	return fmt.Sprintf("%s: %s: %s; %s; %s", what, i.Reason, detail, location(i), nextStep(i))
}

// location says where the interface is.
func location(i InterfaceReport) string {
	switch {
	case i.Reason == plan.ReasonGone:
		return "it does not exist any more"
	case i.Attachment == "" && i.To != "" && i.where != "":
		return fmt.Sprintf("it is %s, on %s", i.where, i.To)
	case i.Attachment == "":
		return "it is attached to no instance"
	case i.where == "attached":
		return fmt.Sprintf("it is attached to %s (%s)", i.To, i.Attachment)
	case i.where != "":
		return fmt.Sprintf("it is %s on %s (%s)", i.where, i.To, i.Attachment)
	}
	return fmt.Sprintf("it is still on %s (%s)", i.From, i.Attachment)
}

// nextStep says what a person should do.
func nextStep(i InterfaceReport) string {
	if i.next != "" {
		return "next: " + i.next
	}
	steps := map[plan.Reason]string{
		plan.ReasonPaused:      "remove the tag eni-failover:paused and send the request again",
		plan.ReasonUnsupported: "move it by hand, or tag a plain secondary interface instead",
		plan.ReasonNoGroup:     "correct the tag eni-failover:group",
		plan.ReasonNotOnFrom:   "correct from, or leave it out",
		plan.ReasonDenied:      "allow ec2:DetachNetworkInterface and ec2:AttachNetworkInterface to the function's role, then send the event again",
		plan.ReasonOutOfTime:   "nothing, a retry carries on from here; if it repeats, look at the instance named, or send a request with force",
		plan.ReasonReturned:    "see the candidates in the report for why they refused, then send a request",
		plan.ReasonElsewhere:   "see the candidates in the report for why the target refused, then send a request",
		plan.ReasonGone:        "create it again, or remove what refers to it",
		plan.ReasonContested:   "find out what else moves it, then send a request",
	}
	if step, ok := steps[i.Reason]; ok {
		return "next: " + step
	}
	return "next: see the candidates in the report, then send a request"
}
