// Package record decides whether the names of an interface lead to it: each name in the interface's tag
// eni-failover:record must have, in the private hosted zone that answers for it in the interface's VPC, a
// simple A record with an address of the interface, and the AAAA record, if there is one, must have an
// address of it too.
//
// The package chooses the zone of a name (zone.go), judges what the zone holds (judge.go), and says which
// changes put a name right (repair.go) and what became of them. It never talks to Route 53: package
// route53api reads the zones, asks this package, and makes the changes.
//
// A repair touches simple records only, never one of another kind (alias, weighted, CNAME …). It deletes
// nothing that it does not replace. A name that could not be read is unverified: the package never guesses.
package record

import "net/netip"

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
	// Repaired: the name was a mismatch or missing, and was put right.
	Repaired State = "repaired"
	// Unverified: the name could not be read; Cause says why.
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
	// Shared holds the addresses of Got that belong to other interfaces with the same name.
	Shared []netip.Addr `json:"-"`
	// Detail is a short sentence for a person: what is wrong, why the name could not be read, what to do. It
	// is empty for a plain OK.
	Detail string `json:"detail,omitempty"`
}

// Unnamed returns the result of an interface that has no names.
func Unnamed() Result {
	return Result{State: NotConfigured, Want: []netip.Addr{}, Got: []netip.Addr{}}
}

// in completes the result of a name that was read in the chosen zone.
func (r Result) in(c Choice) Result {
	r.HostedZone = c.Zone.ID
	r.Detail = joinDetails(r.Detail, c.detail)
	return r
}

func joinDetails(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
