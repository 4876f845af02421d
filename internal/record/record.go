// Package record checks that the names of an interface point at it: each name in the interface's tag
// eni-failover:record must have, in the private hosted zone that answers for it in the interface's VPC, a
// simple A record with an address of the interface, and an AAAA record likewise if it has one.
//
// It runs beside the move, whose interface keeps its addresses, so a record that was right stays right;
// what it finds goes to the report and the audit. It is the only package that talks to Route 53. With
// leave to repair it puts a simple record right, by compare-and-set. It never touches a record of another
// kind (alias, weighted, CNAME …), never deletes what it does not replace, and never guesses: what could
// not be read is unverified.
//
// What a listing means is decided by pure functions (name.go, zone.go, judge.go, change.go); the rest
// carries it out (record.go, repair.go, lookup.go, wire.go).
package record

import (
	"context"
	"net/netip"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// State is what a check found of a name.
type State string

// The states of a name.
const (
	// OK: a simple A record holds an address of the interface, and the AAAA record, if any, does too.
	OK State = "ok"
	// Mismatch: a simple record holds none of the interface's addresses.
	Mismatch State = "mismatch"
	// Missing: there is no record of the name, or not of the address family that the interface needs. A
	// wildcard may still answer for the name.
	Missing State = "missing"
	// NoZone: no private hosted zone of the VPC, or not the one of the tag, can hold the name.
	NoZone State = "no-zone"
	// NotSimple: the name is a CNAME, or its record an alias or one of several with a routing policy.
	NotSimple State = "not-simple"
	// Repaired: it was a mismatch or missing, and was put right.
	Repaired State = "repaired"
	// Unverified: it could not be read; Cause says why.
	Unverified State = "unverified"
	// NotConfigured: the interface has no names to check.
	NotConfigured State = "not-configured"
)

// Cause is why a name is unverified.
type Cause string

// The causes.
const (
	CauseThrottled     Cause = "throttled"
	CauseDenied        Cause = "denied"
	CauseOutOfTime     Cause = "out-of-time"
	CauseUnavailable   Cause = "unavailable" // a server error, or no answer at all
	CauseRefused       Cause = "refused"     // Route 53 takes the request to be wrong
	CauseForeignZone   Cause = "foreign-zone"
	CauseAmbiguousZone Cause = "ambiguous-zone"
)

// Result is what was found of one name. Both functions publish it: the names in JSON are stable.
type Result struct {
	// Name is as in the tag, without a trailing dot; empty if not configured.
	Name  string `json:"name"`
	State State  `json:"state"`
	// Cause is set exactly if State is Unverified.
	Cause Cause `json:"-"`
	// HostedZone is the id of the zone that was chosen, empty if none was.
	HostedZone string `json:"hostedZone"`
	// Want holds the addresses that the record should have: the primary private IPv4 address, the first IPv6
	// address for AAAA. Got holds the addresses that it has; after a repair, those that were written. Both are
	// ascending and never nil.
	Want []netip.Addr `json:"want"`
	Got  []netip.Addr `json:"got"`
	// Detail is a short sentence for a person: what is wrong, why it could not be read, what to do. It is
	// empty for a plain OK.
	Detail string `json:"detail,omitempty"`
}

// Checker checks names in Route 53. It remembers the zone of a name once found, so it is meant to be kept
// across warm invocations, and may be used by several goroutines at once.
type Checker struct {
	client *route53.Client
	region types.VPCRegion

	mu sync.Mutex
	// known are the zones found so far. That there is none is never remembered: somebody may be about to
	// create it.
	known map[knownKey]choice
}

// New returns a Checker for VPCs of the given region.
func New(client *route53.Client, region string) *Checker {
	return &Checker{
		client: client,
		region: types.VPCRegion(region),
		known:  make(map[knownKey]choice),
	}
}

// Check checks the names of e, one Result for each in the order of e.Records, or a single one that is
// NotConfigured. With repair, simple records that are wrong or missing are put right. It returns soon
// after ctx ends, with what it could not get to as Unverified.
//
// The names are read one after the other: Route 53 allows an account five requests a second in all
// (Route 53 Developer Guide, "Quotas").
func (c *Checker) Check(ctx context.Context, e inventory.Interface, repair bool) []Result {
	if len(e.Records) == 0 {
		return []Result{{State: NotConfigured, Want: []netip.Addr{}, Got: []netip.Addr{}}}
	}
	look := &lookup{checker: c, vpc: e.VPC}
	results := make([]Result, 0, len(e.Records))
	for _, tagged := range e.Records {
		name := normalizeName(tagged)
		results = append(results, c.checkName(ctx, look, e, name, repair).of(e, tagged))
	}
	return results
}

// of completes the result of a name as it is in the interface's tag.
func (r Result) of(e inventory.Interface, tagged string) Result {
	r.Name = strings.TrimSuffix(tagged, ".")
	if r.Want == nil {
		r.Want = wanted(sidesOf(e, normalizeName(tagged), nil))
	}
	if r.Got == nil {
		r.Got = []netip.Addr{}
	}
	return r
}

// checkName finds the zone of a name and checks the name there. If a remembered zone is gone, it is looked
// up anew, once.
func (c *Checker) checkName(ctx context.Context, look *lookup, e inventory.Interface, name string, repair bool) Result {
	key := knownKey{vpc: e.VPC, name: name, pin: e.HostedZone}
	if remembered, ok := c.recall(key); ok {
		r, err := c.checkIn(ctx, e, name, remembered, repair)
		if fault.ClassOf(err) != fault.Gone {
			return orUnverified(r, err, remembered.Zone.ID)
		}
		c.forget(key, remembered)
	}
	zones, err := look.zones(ctx)
	if err != nil {
		return orUnverified(Result{}, err, "")
	}
	chosen := chooseZone(e, name, zones)
	if chosen.State != "" {
		return chosen.unreadable()
	}
	r, err := c.checkIn(ctx, e, name, chosen, repair)
	if fault.ClassOf(err) == fault.Gone {
		return chosen.gone(e)
	}
	c.remember(key, chosen)
	return orUnverified(r, err, chosen.Zone.ID)
}

// checkIn checks a name in the zone chosen for it.
func (c *Checker) checkIn(ctx context.Context, e inventory.Interface, name string, in choice, repair bool) (Result, error) {
	sets, err := c.listName(ctx, in.Zone.ID, name)
	if err != nil {
		return Result{}, err
	}
	r := judge(e, name, sets)
	if repair && (r.State == Mismatch || r.State == Missing) {
		r = c.repair(ctx, e, finding{zone: in.Zone.ID, name: name, sets: sets, result: r})
	}
	r.HostedZone = in.Zone.ID
	r.Detail = joinDetails(r.Detail, in.Detail)
	return r, nil
}

// orUnverified turns the failure to read a name in a zone into its result.
func orUnverified(r Result, err error, zoneID string) Result {
	if err == nil {
		return r
	}
	return Result{State: Unverified, Cause: causeOf(err), HostedZone: zoneID, Detail: explain(err)}
}

func joinDetails(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
