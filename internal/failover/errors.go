package failover

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/observe"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/textfmt"
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
func join(what string, lines []string) string { return what + ": " + joinFew(lines) }

// joinFew joins the first few lines about an interface each, and counts the others.
func joinFew(lines []string) string {
	const most = 5
	if len(lines) <= most {
		return strings.Join(lines, " | ")
	}
	return fmt.Sprintf("%s | and %d more, see the report in the log", strings.Join(lines[:most], " | "), len(lines)-most)
}

// describe says of one interface what is left undone, where it is, and the next step.
func describe(i InterfaceReport) string {
	if i.refused && i.next != "" {
		return textfmt.Shorten(i.Detail, maxDetailBytes) // it names the interface, and ends with the next step
	}
	detail := textfmt.Shorten(strings.TrimSuffix(i.Detail, "; next: "+i.next), maxDetailBytes)
	why := fmt.Sprintf("%s: %s", i.Reason, detail)
	if i.Outcome == plan.OutcomePlanned {
		why = "planned: no running instance holds it, and the dry run moves nothing"
	}
	return fmt.Sprintf("%s: %s; %s; %s", subject(i), why, location(i), nextStep(i))
}

// subject names an interface and its group.
func subject(i InterfaceReport) string {
	if i.Group == "" {
		return i.Interface
	}
	return i.Interface + " of group " + i.Group
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
		plan.ReasonPaused:               "remove the tag eni-failover:paused, then send the request again or wait for the next sweep",
		plan.ReasonGroupNotServed:       "see whether another deployment serves its group; if none does, add the group to GROUPS (Groups in the template)",
		plan.ReasonUnsupportedInterface: "move it by hand, or tag a plain secondary interface instead",
		plan.ReasonNoValidGroup:         "correct the tag eni-failover:group",
		plan.ReasonNotOnFrom:            "correct from, or leave it out",
		plan.ReasonDenied:               "allow ec2:DetachNetworkInterface and ec2:AttachNetworkInterface to the function's role, then send the event again",
		plan.ReasonOutOfTime:            "nothing, a retry or the next sweep carries on from here; if it repeats, look at the instance named",
		plan.ReasonReturned:             "see the candidates in the report for why they refused, then send a request",
		plan.ReasonNotOnTarget:          "see the candidates in the report for why the target refused, then send a request",
		plan.ReasonGone:                 "create it again, or remove what refers to it",
		plan.ReasonContested:            "find out what else moves it, then send a request",
	}
	step, ok := steps[i.Reason]
	switch {
	case i.Reason == plan.ReasonOutOfTime && i.where == string(inventory.StatusDetaching):
		return fmt.Sprintf(`next: nothing, a retry or the next sweep forces the detach after DETACH_GRACE; to have it done now, send {"networkInterfaceId":%q,"from":%q,"force":true}`,
			i.Interface, i.To)
	case ok:
		return "next: " + step
	case i.Reason == plan.ReasonCooldown:
		return fmt.Sprintf(`next: decide whether it has to move, since the alarm does not speak again; to move it, send {"networkInterfaceId":%q,"from":%q}, `+
			`with "target" and an instance's id besides to choose the standby`, i.Interface, i.From)
	case i.Outcome == plan.OutcomePlanned:
		return "next: switch the dry run off (DRY_RUN, DryRun in the template), and the next sweep moves it; or move it by hand"
	}
	return "next: see the candidates in the report, then send a request"
}
