package route53api

import (
	"context"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/record"
)

// Check checks the names of an interface, one Result for each in the order of its tag, or a single one that is
// NotConfigured. It returns soon after ctx ends; the names that it did not get to are Unverified. Of the managed interfaces, it
// tells those that share a name.
//
// The names are read one after the other: Route 53 allows an account five requests a second in all
// (Route 53 Developer Guide, "Quotas").
func (c *Checker) Check(ctx context.Context, e inventory.Interface, managed []inventory.Interface) []record.Result {
	return c.check(ctx, e, false, managed)
}

// Repair checks the names of an interface as Check does, and puts simple records that are wrong or missing right. It leaves the
// addresses of the interfaces alone that share a name with this one.
func (c *Checker) Repair(ctx context.Context, e inventory.Interface, managed []inventory.Interface) []record.Result {
	return c.check(ctx, e, true, managed)
}

func (c *Checker) check(ctx context.Context, e inventory.Interface, repair bool, managed []inventory.Interface) []record.Result {
	questions := record.Questions(e)
	if len(questions) == 0 {
		return []record.Result{record.Unnamed()}
	}
	zones := &zoneList{checker: c, vpc: e.VPC}
	results := make([]record.Result, 0, len(questions))
	for _, q := range questions {
		results = append(results, c.checkName(ctx, zones, q.Sharing(managed), repair))
	}
	return results
}

// checkName finds the zone of a name and checks the name there. If the remembered zone does not exist any more,
// checkName chooses again, once.
func (c *Checker) checkName(ctx context.Context, zones *zoneList, q record.Question, repair bool) record.Result {
	key := keyOf(q)
	if remembered, ok := c.recall(key); ok {
		r, err := c.checkIn(ctx, remembered, q, repair)
		switch {
		case err == nil:
			return r
		case fault.ClassOf(err) != fault.Gone:
			return q.Unverified(remembered.Zone.ID, err)
		}
		c.forget(key, remembered)
	}
	chosen, without, ok := zones.choose(ctx, q)
	if !ok {
		return without
	}
	r, err := c.checkIn(ctx, chosen, q, repair)
	if fault.ClassOf(err) == fault.Gone {
		return q.ZoneGone(chosen)
	}
	c.remember(key, chosen)
	if err != nil {
		return q.Unverified(chosen.Zone.ID, err)
	}
	return r
}

// checkIn checks a name in the zone chosen for it.
func (c *Checker) checkIn(ctx context.Context, in record.Choice, q record.Question, repair bool) (record.Result, error) {
	sets, err := c.listName(ctx, in.Zone.ID, q)
	if err != nil {
		return record.Result{}, err
	}
	if repair {
		if r := q.Repair(in, sets); len(r.Changes) > 0 {
			return c.repair(ctx, in.Zone.ID, q, r), nil
		}
	}
	return q.Judge(in, sets), nil
}
