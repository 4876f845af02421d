package failover

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// Lambda reports the name of an error's type as errorType, and alarms match on it. So each failure that a person treats
// differently has a type of its own: those below, [*trigger.BadInputError], and [*observe.ObserveError] for an account
// that can't be read. Each message is one line that ends with the next step; docs/reasons.md explains the codes in it.

// StrandedError says that an interface should move, and no member of its group can take it. Nothing was detached.
type StrandedError struct{ message string }

func (e *StrandedError) Error() string { return e.message }

// FailedError says that a move did not end where it should, or that a lifecycle action could not be completed.
type FailedError struct{ message string }

func (e *FailedError) Error() string { return e.message }

// RefusedError says that a request asks for what the rules forbid, or names a target that can't take the interface.
// Nothing was changed for it.
type RefusedError struct{ message string }

func (e *RefusedError) Error() string { return e.message }

// unobserved returns the error of an event for which the account could not be read.
func unobserved(err error) error {
	return &observe.ObserveError{Err: err, So: "nothing was changed", Next: ", then send the event again"}
}

// errorOf returns the error that follows from a plan and from what became of its interfaces; nil if nothing is left undone
// that a retry or a person could do. Under a lenient plan a stranded interface is not an error: alarms watch its metric.
func errorOf(p plan.Plan, list []interfaceResult) error {
	if p.Refused != "" {
		return &RefusedError{message: "refused: " + textfmt.Shorten(p.Detail, maxDetailBytes)}
	}
	// Lambda reports one type for all: the most severe one, with the others in its text.
	var failed, stranded, refused []string
	for n := range list {
		i := &list[n]
		switch {
		case i.item.Refused:
			refused = append(refused, i.line())
		case i.Outcome == plan.OutcomeFailed:
			failed = append(failed, i.line())
		case i.Outcome == plan.OutcomeStranded && !p.Lenient:
			stranded = append(stranded, i.line())
		}
	}
	switch {
	case len(failed) > 0:
		return &FailedError{message: "failed: " + joinFew(slices.Concat(failed, stranded, refused))}
	case len(stranded) > 0:
		return &StrandedError{message: "stranded: " + joinFew(slices.Concat(stranded, refused))}
	case len(refused) > 0:
		return &RefusedError{message: "refused: " + joinFew(refused)}
	}
	return nil
}

// joinFew joins the first few lines to one, and counts the others: a log and an e-mail take no more.
func joinFew(lines []string) string {
	const maxLines = 5
	if len(lines) <= maxLines {
		return strings.Join(lines, " | ")
	}
	return fmt.Sprintf("%s | and %d more, see the report in the log", strings.Join(lines[:maxLines], " | "), len(lines)-maxLines)
}

// line says in one line why something is left undone for the interface, where it is, and the next step.
func (i *interfaceResult) line() string {
	if i.item.Refused && i.item.Next != "" { // a target that can't take it
		return textfmt.Shorten(i.explanation(), maxDetailBytes) // it names the interface, and ends with the next step
	}
	why := fmt.Sprintf("%s: %s", i.Reason, textfmt.Shorten(i.Detail, maxDetailBytes))
	if i.Outcome == plan.OutcomePlanned {
		why = "planned: no running instance holds it, and the dry run moves nothing"
	}
	return fmt.Sprintf("%s: %s; %s; next: %s", i.subject(), why, i.location(), i.nextStep())
}

// subject names the interface and its group.
func (i *interfaceResult) subject() string {
	if i.item.Interface.Group == "" {
		return i.id()
	}
	return i.id() + " of group " + i.item.Interface.Group
}

// location says where the interface is. It never claims more than was seen: an accepted attach that no look has shown yet
// has its own words in Where.
func (i *interfaceResult) location() string {
	switch {
	case i.Reason == plan.ReasonGone:
		return "it does not exist any more"
	case i.Attachment == "" && i.To != "" && i.Where != "":
		return fmt.Sprintf("it is %s, on %s", i.Where, i.To)
	case i.Attachment == "":
		return "it is attached to no instance"
	case i.Where == string(inventory.StatusAttached):
		return fmt.Sprintf("it is attached to %s (%s)", i.To, i.Attachment)
	case i.Where != "":
		return fmt.Sprintf("it is %s on %s (%s)", i.Where, i.To, i.Attachment)
	}
	if i.item.From == "" {
		return fmt.Sprintf("it is attached to no instance, but used by a service (%s)", i.Attachment)
	}
	return fmt.Sprintf("it is still on %s (%s)", i.item.From, i.Attachment)
}
