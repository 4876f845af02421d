package record

import (
	"context"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/pace"
)

// A write that was throttled had no effect, so it is sent again, this often and after these pauses.
const (
	writeTries = 3
	writePause = 500 * time.Millisecond // doubled after each
)

// finding is a name that was read and found wrong or missing.
type finding struct {
	zone, name string
	sets       []recordSet
	result     Result
}

// repair puts right what can be, by compare-and-set, and says how the name stands then. Whatever Route 53
// answers, there is no second write on newer knowledge: somebody else is at work on the record.
func (c *Checker) repair(ctx context.Context, e inventory.Interface, found finding) Result {
	changes := changesFor(e, found.name, found.sets)
	if len(changes) == 0 {
		return found.result
	}
	if ctx.Err() != nil {
		return found.notRepaired(outOfTimeError{})
	}
	err := c.write(ctx, e, found.zone, changes)
	if err == nil {
		return found.after(judge(e, found.name, applied(found.sets, changes)))
	}
	switch class := fault.ClassOf(err); {
	case isOutOfTime(err):
		return Result{State: Unverified, Cause: CauseOutOfTime, Detail: "out of time: the repair may have been made or not"}
	case class == fault.Conflict, class == fault.Unavailable:
		return c.reread(ctx, e, found, changes, err)
	}
	return found.notRepaired(err)
}

// write sends the changes, and sends them again while it is throttled.
func (c *Checker) write(ctx context.Context, e inventory.Interface, zoneID string, changes []change) error {
	pause := writePause
	for try := 1; ; try++ {
		err := c.change(ctx, e, zoneID, changes)
		if fault.ClassOf(err) != fault.Throttled || try == writeTries {
			return err
		}
		if !pace.Wait(ctx, pause) {
			return err
		}
		pause *= 2
	}
}

// reread judges a name anew after a write that was refused because somebody else changed the record
// meanwhile, or whose reply was lost.
func (c *Checker) reread(ctx context.Context, e inventory.Interface, found finding, changes []change, cause error) Result {
	sets, err := c.listName(ctx, found.zone, found.name)
	if err != nil {
		return Result{
			State: Unverified, Cause: causeOf(err),
			Detail: "the repair failed (" + explain(cause) + "), and so did reading again: " + explain(err),
		}
	}
	r := judge(e, found.name, sets)
	switch {
	case fault.ClassOf(cause) == fault.Unavailable && holds(sets, changes):
		return found.after(r)
	case r.State != OK:
		r.Detail = joinDetails("the repair failed ("+explain(cause)+"), and the name was read again", r.Detail)
	}
	return r
}

// notRepaired gives the result of a repair that certainly had no effect.
func (f finding) notRepaired(err error) Result {
	r := f.result
	r.Detail = joinDetails(r.Detail, "not repaired: "+explain(err))
	return r
}

// after gives the result of a repair whose changes are in place, r being what is judged of the name then.
// A family that could not be put right remains a mismatch.
func (f finding) after(r Result) Result {
	before := "it held " + few(texts(f.result.Got))
	if len(f.result.Got) == 0 {
		before = "it held no address"
	}
	if r.State == OK {
		r.State = Repaired
		r.Detail = before + " before"
		return r
	}
	r.Detail = joinDetails("repaired in part", r.Detail)
	return r
}

// holds reports whether the zone holds what the changes create.
func holds(sets []recordSet, changes []change) bool {
	for _, ch := range changes {
		if ch.Delete {
			continue
		}
		s := simpleSet(ch.Set.Name, ch.Set.Type, sets)
		if s == nil || s.TTL != ch.Set.TTL {
			return false
		}
		// By address: IPv6 addresses have several spellings.
		has, unparsable := s.addressesOf()
		want, _ := ch.Set.addressesOf()
		if len(unparsable) > 0 || !slices.Equal(has, want) {
			return false
		}
	}
	return true
}
