package record

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// The types of records that decide what addresses a name has.
const (
	typeA     = "A"
	typeAAAA  = "AAAA"
	typeCNAME = "CNAME"
)

// recordSet is a resource record set of a zone, as far as judging and repairing it need.
type recordSet struct {
	Name string // in normal form
	Type string
	// Policy is what makes it more than a simple record ("alias", "weighted" …); empty for a simple one.
	Policy string
	// TTL is in seconds.
	TTL int64
	// Values are as Route 53 shows them, in its order.
	Values []string
}

// addressesOf reads the values of an A or AAAA record. An address of the other family counts as
// unparsable: a resolver makes nothing of it.
func (s recordSet) addressesOf() (parsed []netip.Addr, unparsable []string) {
	for _, v := range s.Values {
		a, err := netip.ParseAddr(strings.TrimSpace(v))
		if err != nil || a.Zone() != "" || a.Is4() != (s.Type == typeA) {
			unparsable = append(unparsable, v)
			continue
		}
		parsed = append(parsed, a)
	}
	return parsed, unparsable
}

// side is one address family of a name: what the zone holds, and what it should.
type side struct {
	typ, family string // "A" and "IPv4", or "AAAA" and "IPv6"
	// set is what the zone holds; nil if nothing.
	set *recordSet
	// want is what it should hold; invalid if the interface has no address of the family.
	want netip.Addr
	// required is whether a name without this type is missing something: A, and AAAA only for an
	// interface without IPv4.
	required bool
}

// sidesOf splits what the zone holds at name by family, A first.
func sidesOf(e inventory.Interface, name string, sets []recordSet) [2]side {
	a := side{typ: typeA, family: "IPv4", set: simpleSet(name, typeA, sets), want: e.PrimaryIPv4()}
	aaaa := side{typ: typeAAAA, family: "IPv6", set: simpleSet(name, typeAAAA, sets)}
	if len(e.IPv6) > 0 {
		aaaa.want = e.IPv6[0]
	}
	a.required = a.want.IsValid()
	aaaa.required = aaaa.want.IsValid() && !a.required
	return [2]side{a, aaaa}
}

func simpleSet(name, typ string, sets []recordSet) *recordSet {
	i := slices.IndexFunc(sets, func(s recordSet) bool { return s.Name == name && s.Type == typ && s.Policy == "" })
	if i < 0 {
		return nil
	}
	return &sets[i]
}

// judge says what the record sets that the zone lists from name on mean for the interface e. Others than
// those at name itself are disregarded: Route 53 answers with the next record when there is none, and a
// wildcard at a parent is no record of this name, whatever it may answer.
func judge(e inventory.Interface, name string, sets []recordSet) Result {
	sides := sidesOf(e, name, sets)
	r := Result{State: OK, Want: wanted(sides), Got: held(name, sets)}
	if policy := notSimple(name, sets); policy != "" {
		r.State, r.Detail = NotSimple, policy
		return r
	}
	if sides[0].set == nil && sides[1].set == nil {
		r.State, r.Detail = Missing, "the zone has no A, AAAA or CNAME record of this name"
		return r
	}
	var details []string
	for _, s := range sides {
		state, detail := s.judge(e)
		// What is wrong weighs more than what is not there.
		if state == Mismatch || state == Missing && r.State == OK {
			r.State = state
		}
		if detail != "" {
			details = append(details, detail)
		}
	}
	r.Detail = strings.Join(details, "; ")
	return r
}

// judge judges one family of a name that has at least one of the two.
func (s side) judge(e inventory.Interface) (State, string) {
	switch {
	case s.set == nil && s.required:
		return Missing, fmt.Sprintf("the name has no %s record", s.typ)
	case s.set == nil:
		return OK, ""
	}
	parsed, unparsable := s.set.addressesOf()
	switch {
	case len(unparsable) > 0:
		return Mismatch, fmt.Sprintf("the %s record holds what is no %s address: %s", s.typ, s.family, few(quoted(unparsable)))
	case len(parsed) == 0:
		return Mismatch, fmt.Sprintf("the %s record is empty", s.typ)
	case !s.want.IsValid():
		return Mismatch, fmt.Sprintf("the %s record holds %s, but the interface has no %s address", s.typ, few(texts(parsed)), s.family)
	case !slices.ContainsFunc(parsed, func(a netip.Addr) bool { return owns(e, a) }):
		return Mismatch, fmt.Sprintf("the %s record holds %s, no address of the interface", s.typ, few(texts(parsed)))
	}
	// Further values are no fault: two interfaces may share a name.
	return OK, ""
}

// owns reports whether packets to the address reach the interface: it is a private one of it, or within
// a prefix delegated to it.
func owns(e inventory.Interface, addr netip.Addr) bool {
	return slices.Contains(e.IPv6, addr) ||
		slices.ContainsFunc(e.Addresses, func(a inventory.Address) bool { return a.IP == addr }) ||
		slices.ContainsFunc(e.Prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// notSimple says why the name is beyond a simple A and AAAA record; empty if it is not.
func notSimple(name string, sets []recordSet) string {
	for _, s := range sets {
		switch {
		case s.Name != name:
		case s.Type == typeCNAME && s.Policy == "":
			return fmt.Sprintf("the name is a CNAME for %s", few(s.Values))
		case s.Type == typeCNAME, (s.Type == typeA || s.Type == typeAAAA) && s.Policy != "":
			return fmt.Sprintf("the %s record is not simple (%s)", s.Type, s.Policy)
		}
	}
	return ""
}

// wanted returns what the name should hold: an address for each family that it has or must have.
func wanted(sides [2]side) []netip.Addr {
	want := []netip.Addr{}
	for _, s := range sides {
		if s.want.IsValid() && (s.required || s.set != nil) {
			want = append(want, s.want)
		}
	}
	return want // A before AAAA, which is ascending
}

// held returns all addresses that the zone holds at name, ascending, those of policy records included.
func held(name string, sets []recordSet) []netip.Addr {
	got := []netip.Addr{}
	for _, s := range sets {
		if s.Name == name && (s.Type == typeA || s.Type == typeAAAA) {
			parsed, _ := s.addressesOf()
			got = append(got, parsed...)
		}
	}
	slices.SortFunc(got, netip.Addr.Compare)
	return slices.Compact(got)
}

// few lists values for a sentence; a record may have hundreds.
func few(values []string) string {
	return textfmt.List(values, ", ", 3)
}

func texts(addrs []netip.Addr) []string {
	out := make([]string, 0, len(addrs))
	for _, a := range addrs {
		out = append(out, a.String())
	}
	return out
}

func quoted(values []string) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, fmt.Sprintf("%q", v))
	}
	return out
}
