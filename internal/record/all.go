package record

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// largestPage is the most record sets that one answer has (Route 53 API reference, ListResourceRecordSets).
const largestPage = 300

// question is one name of one interface, to be looked for in the zone chosen for it.
type question struct {
	e     inventory.Interface
	index int // in e.Records
	name  string
	in    choice
}

// CheckAll checks the names of many interfaces, by the id of the interface; one without names is not in the
// result. It finds what [Checker.Check] finds, repairs nothing, remembers nothing, and takes fewer calls:
// zones are read a page at a time from one name to the next, so that a zone full of names costs a call for
// each page, and names far apart cost a call each. It returns soon after ctx ends, with what it could not get
// to as Unverified.
func (c *Checker) CheckAll(ctx context.Context, list []inventory.Interface) map[string][]Result {
	found := map[string][]Result{}
	looks := map[string]*lookup{}
	open := map[string][]question{}
	for _, e := range list {
		if len(e.Records) > 0 {
			found[e.ID] = make([]Result, len(e.Records))
		}
		if looks[e.VPC] == nil {
			looks[e.VPC] = &lookup{checker: c, vpc: e.VPC}
		}
		for i, tagged := range e.Records {
			q, settled := c.ask(ctx, looks[e.VPC], e, i)
			if settled != nil {
				found[e.ID][i] = settled.of(e, tagged)
				continue
			}
			open[q.in.Zone.ID] = append(open[q.in.Zone.ID], q)
		}
	}
	for _, zoneID := range slices.Sorted(maps.Keys(open)) {
		c.walk(ctx, zoneID, open[zoneID], func(q question, r Result) {
			found[q.e.ID][q.index] = r.of(q.e, q.e.Records[q.index])
		})
	}
	return found
}

// ask finds the zone of a name, or the result of one that there is no zone to read for.
func (c *Checker) ask(ctx context.Context, look *lookup, e inventory.Interface, index int) (question, *Result) {
	q := question{e: e, index: index, name: normalizeName(e.Records[index])}
	zones, err := look.zones(ctx)
	if err != nil {
		r := orUnverified(Result{}, err, "")
		return q, &r
	}
	if q.in = chooseZone(e, q.name, zones); q.in.State != "" {
		r := q.in.unreadable()
		return q, &r
	}
	return q, nil
}

// walk answers the questions about one zone, reading it from the first open name on until none is open.
// Nothing but the name that a page was asked to begin with counts as missing: which names a page skips is
// Route 53's order to know.
func (c *Checker) walk(ctx context.Context, zoneID string, open []question, answer func(question, Result)) {
	slices.SortStableFunc(open, func(a, b question) int { return cmp.Compare(listingOrder(a.name), listingOrder(b.name)) })
	for len(open) > 0 {
		page, err := c.readPage(ctx, zoneID, open)
		var rest []question
		for _, q := range open {
			sets := page.at[q.name]
			switch {
			case fault.ClassOf(err) == fault.Gone:
				answer(q, q.in.gone(q.e))
			case err != nil:
				answer(q, orUnverified(Result{}, err, zoneID)) // the SDK has retried; the next call would fare no better
			case q.name == page.from, len(sets) > 0 && q.name != page.next:
				r := judge(q.e, q.name, sets)
				r.HostedZone, r.Detail = zoneID, joinDetails(r.Detail, q.in.Detail)
				answer(q, r)
			default:
				rest = append(rest, q)
			}
		}
		open = rest
	}
}

// page is a part of a zone: what it has at each name, complete but for next.
type page struct {
	from string
	at   map[string][]recordSet
	// next is the name that the part breaks off in front of or within; empty at the end of the zone.
	next string
}

// readPage reads the part of a zone that begins with the first question's name. That name is answered for even
// if it alone does not fit: there are fewer types than listPage, so what fits shows that it is not simple.
func (c *Checker) readPage(ctx context.Context, zoneID string, open []question) (page, error) {
	p := page{from: open[0].name, at: map[string][]recordSet{}}
	size := int32(largestPage)
	if open[len(open)-1].name == p.from {
		size = listPage
	}
	out, err := c.client.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
		HostedZoneId: aws.String(zoneID), StartRecordName: aws.String(p.from), StartRecordType: types.RRTypeA,
		MaxItems: aws.Int32(size),
	})
	if err != nil {
		return p, translate(ctx, "ListResourceRecordSets", zoneID, err)
	}
	for i := range out.ResourceRecordSets {
		set := fromWire(&out.ResourceRecordSets[i])
		p.at[set.Name] = append(p.at[set.Name], set)
	}
	if out.IsTruncated {
		p.next = normalizeName(aws.ToString(out.NextRecordName))
	}
	return p, nil
}

// listingOrder is what Route 53 sorts names by: the labels from the last to the first (Route 53 API
// reference, ListResourceRecordSets). It decides only in which order a zone is read.
func listingOrder(name string) string {
	labels := strings.Split(strings.TrimSuffix(name, "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}
