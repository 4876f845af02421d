package route53api

import (
	"context"
	"maps"
	"slices"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/record"
)

// openName is a name that has to be read in the zone chosen for it.
type openName struct {
	record.Question
	zone record.Choice
	// result is where its result belongs.
	result *record.Result
}

// CheckAll checks the names of many interfaces and returns the results by interface id; an interface without names
// is not in the result. It finds what [Checker.Check] finds, but repairs nothing, remembers nothing, and takes fewer
// calls: it reads a zone a page at a time from one name to the next, so that a zone full of names costs a call for
// each page, and names far apart cost a call each. It returns soon after ctx ends; the names that it did not get to
// are Unverified.
func (c *Checker) CheckAll(ctx context.Context, list, managed []inventory.Interface) map[string][]record.Result {
	found := map[string][]record.Result{}
	zones := map[string]*zoneList{}
	open := map[string][]openName{}
	for _, e := range list {
		questions := record.Questions(e)
		if len(questions) == 0 {
			continue
		}
		if zones[e.VPC] == nil {
			zones[e.VPC] = &zoneList{checker: c, vpc: e.VPC}
		}
		results := make([]record.Result, len(questions))
		found[e.ID] = results
		for i, q := range questions {
			q = q.Sharing(managed)
			chosen, without, ok := zones[e.VPC].choose(ctx, q)
			if !ok {
				results[i] = without
				continue
			}
			open[chosen.Zone.ID] = append(open[chosen.Zone.ID], openName{Question: q, zone: chosen, result: &results[i]})
		}
	}
	for _, zoneID := range slices.Sorted(maps.Keys(open)) {
		c.walk(ctx, zoneID, open[zoneID])
	}
	return found
}

// walk fills in the results of names in one zone. It reads the zone from the first open name on until none is open.
func (c *Checker) walk(ctx context.Context, zoneID string, open []openName) {
	slices.SortStableFunc(open, func(a, b openName) int { return record.CompareListed(a.Name, b.Name) })
	for len(open) > 0 {
		page, err := c.readPage(ctx, zoneID, open)
		open = slices.DeleteFunc(open, func(n openName) bool {
			sets, decided := page.At(n.Name)
			switch {
			case fault.ClassOf(err) == fault.Gone:
				*n.result = n.ZoneGone(n.zone)
			case err != nil: // the SDK has retried; the next call would not do better
				*n.result = n.Unverified(zoneID, err)
			case decided:
				*n.result = n.Judge(n.zone, sets)
			default:
				return false
			}
			return true
		})
	}
}

// readPage reads the part of a zone that begins with the first open name. If no other name is open, it asks for no
// more than one name needs.
func (c *Checker) readPage(ctx context.Context, zoneID string, open []openName) (record.Page, error) {
	first, last := open[0].Name, open[len(open)-1].Name
	size := int32(maxPage)
	if first == last {
		size = namePage
	}
	listed, err := c.list(ctx, zoneID, listFrom(first), size)
	if err != nil {
		return record.Page{}, err
	}
	return record.NewPage(first, listed.sets, listed.nextName), nil
}
