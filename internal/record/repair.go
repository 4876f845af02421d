package record

import "github.com/eni-failover/eni-failover/internal/fault"

// Repair puts one wrong or missing name right by compare-and-set, with at most one batch of changes that takes
// effect. Whatever Route 53 answers, no second batch follows on newer knowledge: then another writer is at work
// on the record.
type Repair struct {
	// Changes are the batch; none if nothing can or may be done.
	Changes []Change

	question Question
	choice   Choice
	// sets are the record sets that the zone held when it was read, and found is the judgement of them.
	sets  []Set
	found Result
}

// Repair returns the repair of a name in the chosen zone, which lists these record sets from the name on.
func (q Question) Repair(c Choice, sets []Set) Repair {
	return Repair{question: q, choice: c, sets: sets, found: q.judge(sets), Changes: q.changes(sets)}
}

// Made returns the result of a repair whose changes Route 53 accepted.
func (r Repair) Made() Result {
	return r.after(r.question.judge(applied(r.sets, r.Changes))).in(r.choice)
}

// NotMade returns the result of a repair whose changes certainly had no effect.
func (r Repair) NotMade(err error) Result {
	result := r.found
	result.Detail = joinDetails(result.Detail, "not repaired: "+explain(err))
	return result.in(r.choice)
}

// Failed returns the result of a repair whose batch failed with err. It reports false if the name has to be read
// again first: another writer changed the record meanwhile, or the answer was lost.
func (r Repair) Failed(err error) (result Result, final bool) {
	if isOutOfTime(err) {
		result = r.question.answer(Unverified)
		result.Cause, result.Detail = CauseOutOfTime, "out of time: the repair may have been made or not"
		return result.in(r.choice), true
	}
	if class := fault.ClassOf(err); class == fault.Conflict || class == fault.Unavailable {
		return Result{}, false
	}
	return r.NotMade(err), true
}

// ReadAgain returns the result of a repair whose batch failed with err, from the record sets that the zone lists
// since.
func (r Repair) ReadAgain(err error, sets []Set) Result {
	result := r.question.judge(sets)
	switch {
	case fault.ClassOf(err) == fault.Unavailable && holds(sets, r.Changes):
		result = r.after(result)
	case result.State != OK:
		result.Detail = joinDetails("the repair failed ("+explain(err)+"), and the name was read again", result.Detail)
	}
	return result.in(r.choice)
}

// NotReadAgain returns the result of a repair whose batch failed with err, as did the second read.
func (r Repair) NotReadAgain(err, readErr error) Result {
	result := r.question.answer(Unverified)
	result.Cause = causeOf(readErr)
	result.Detail = "the repair failed (" + explain(err) + "), and so did reading again: " + explain(readErr)
	return result.in(r.choice)
}

// after returns the result of a repair whose changes are in place, from what is judged of the name now. A family
// that could not be put right remains a mismatch.
func (r Repair) after(now Result) Result {
	before := "it held " + few(texts(r.found.Got))
	if len(r.found.Got) == 0 {
		before = "it held no address"
	}
	if now.State == OK {
		now.State = Repaired
		now.Detail = before + " before"
		return now
	}
	now.Detail = joinDetails("repaired in part", now.Detail)
	return now
}
