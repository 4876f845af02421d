package failover

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/record"
	"github.com/eni-failover/eni-failover/internal/step"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// result is what became of an event. The error, the metrics, the lifecycle action and, at the end, the report are made
// from it. Its outcome is final after [result.conclude], or after settle or fail for an event that goes no further.
type result struct {
	trigger trigger.Trigger
	// dryRun reports whether the event changes nothing by intent: of a plan that is carried out, whether its mode is
	// another than ModeAct.
	dryRun bool
	// outcome, reason and detail are those of the event as a whole. With interfaces, they are those of the worst one.
	outcome plan.Outcome
	reason  plan.Reason
	detail  string
	// interfaces are in the order of their ids. There are none for an event that is ignored, refused or failed as a whole.
	interfaces []interfaceResult
	// gaps names what could not be asked.
	gaps []string
	// lenient reports whether a stranded interface is a success.
	lenient bool
	// unreached counts, on a sweep, the interfaces that the probe asks in vain since they were attached.
	unreached int
	// busFaults are what could not be put on the bus.
	busFaults []busFault
	// hook is what became of the lifecycle action; nil if the event is not one.
	hook *HookReport
	// err is not nil if something is left undone that a retry or a person could do.
	err error
	// needsPerson reports whether detail says what a person has to do although err is nil. It is false if err is not nil.
	needsPerson bool
}

// settle sets the outcome of the event as a whole.
func (r *result) settle(outcome plan.Outcome, reason plan.Reason, detail string) {
	r.outcome, r.reason, r.detail = outcome, reason, detail
}

// fail ends an event for which no plan could be made.
func (r *result) fail(reason plan.Reason, err error) {
	r.settle(plan.OutcomeFailed, reason, err.Error())
	r.err = err
}

// conclude derives the event's outcome and its error from the plan and from what became of the interfaces. It is the one
// place that decides whether an event is refused.
func (r *result) conclude(p plan.Plan) {
	r.lenient = p.Lenient
	switch {
	case p.Refused != "":
		r.settle(plan.OutcomeFailed, p.Refused, p.Detail)
	case p.Ignored != "":
		r.settle(plan.OutcomeIgnored, p.Ignored, p.Detail)
	case len(r.interfaces) == 0:
		r.settle(plan.OutcomeNothingToDo, plan.ReasonHolderServes, p.Detail)
	default:
		worst := slices.MinFunc(r.interfaces, func(a, b interfaceResult) int {
			return cmp.Or(cmp.Compare(severity(a.Outcome), severity(b.Outcome)), cmp.Compare(a.id(), b.id()))
		})
		r.settle(worst.Outcome, worst.Reason, worst.explanation())
	}
	if r.err = errorOf(p, r.interfaces); r.err != nil {
		return // the error says what is left undone
	}
	if lines := r.undone(); len(lines) > 0 {
		r.detail, r.needsPerson = joinFew(lines), true
	}
}

// severity orders the outcomes, the worst first. The event has the first one that an interface has.
func severity(o plan.Outcome) int {
	return slices.Index([]plan.Outcome{
		plan.OutcomeFailed, plan.OutcomeStranded, plan.OutcomeMoved, plan.OutcomeAttached,
		plan.OutcomePlanned, plan.OutcomeSuperseded, plan.OutcomeNothingToDo, plan.OutcomeIgnored,
	}, o)
}

// interfaceResult is what became of one interface.
type interfaceResult struct {
	// item is its item of the plan. After a move, the item's candidates say how each of them answered.
	item plan.Item
	// settled reports whether the plan alone settled it, so that EC2 was asked nothing for it.
	settled bool
	// Result says what became of it, where it is, and why. It is the move's, if there was one; after a dry run, To is
	// where it would go. Its Detail does not include the next step.
	step.Result
	// unserved reports whether no running instance held the interface when the plan was made.
	unserved bool
	// deniedCounted reports whether the metrics have counted already that EC2 denied its move.
	deniedCounted bool
	// reachedTagWritten reports whether the tag eni-failover:reached was written.
	reachedTagWritten bool
	// warnings are the malformed tags that bear on it, and what went wrong beside the move.
	warnings []string
	// records are the results of the record check; none if its names were not checked.
	records []record.Result
}

func (i *interfaceResult) id() string { return i.item.Interface.ID }

// planned is the result of an interface as far as the plan alone says it.
func planned(item plan.Item) interfaceResult {
	i := interfaceResult{item: item, settled: item.Settled != "", Result: step.Result{
		Outcome: item.Settled, Reason: item.Reason, Detail: item.Detail, To: item.Choice.Instance, Index: item.Choice.Index,
	}}
	if a := item.Interface.Attachment; a != nil && i.settled {
		i.Attachment, i.Index = a.ID, a.DeviceIndex
	}
	return i
}

// carriedOut are the results of a plan whose items were moved.
func carriedOut(p plan.Plan, moves map[string]*step.Move) []interfaceResult {
	var list []interfaceResult
	for _, item := range p.Items {
		i := planned(item)
		if move := moves[item.Interface.ID]; move != nil { // nil for an item that the plan has settled
			i.item, i.Result, i.warnings = move.Item(), *move.Result(), move.Warnings()
		}
		list = append(list, i)
	}
	return list
}

// reportedOnly are the results of a plan that is not to be carried out.
func reportedOnly(p plan.Plan) []interfaceResult {
	var list []interfaceResult
	for _, item := range p.Items {
		i := planned(item)
		if !i.settled {
			i.Outcome, i.Reason, i.Detail = plan.OutcomePlanned, plan.ReasonReportOnly, "a standby is ready; the event itself is no reason to move"
			if item.Chosen().Start {
				i.Detail = "a cold standby can be started; the event itself is no reason to move"
			}
		}
		list = append(list, i)
	}
	return list
}

// explanation is the reason in words. It includes the next step that the plan knows, and what a person has to do after a
// move to a standby that was started for it.
func (i *interfaceResult) explanation() string {
	switch {
	case i.settled:
		return i.item.Explanation()
	case i.Started && i.Detail == "" && (i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached):
		return fmt.Sprintf("%s was started for it, and this function never stops it; to go back, move the interface to another member by a request, then stop %s", i.To, i.To)
	}
	return i.Detail
}

// sinceEvent returns the time from the event to the look that proved the attachment; 0 if there was none, or the event
// has no time. It is never negative: the event's time is in whole seconds, and of another clock.
func (i *interfaceResult) sinceEvent(t trigger.Trigger) time.Duration {
	proven := i.Outcome == plan.OutcomeMoved || i.Outcome == plan.OutcomeAttached
	if !proven || t.Time.IsZero() {
		return 0
	}
	return max(0, i.Done.Sub(t.Time))
}

// recordWarnings says what to do about the records that are wrong.
func (i *interfaceResult) recordWarnings() []string {
	var list []string
	for _, found := range i.records {
		if wrong(found.State) {
			list = append(list, recordWarning(found))
		}
	}
	return list
}
