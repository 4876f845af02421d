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

// Set is a resource record set of a zone, as far as it matters to a judgement or a repair.
type Set struct {
	Name Name
	Type string
	// Policy names what makes it more than a simple record ("alias", "weighted" …); empty for a simple one.
	Policy string
	// TTL is in seconds.
	TTL int64
	// Values are as Route 53 shows them, in its order.
	Values []string
}

// addresses reads the values of an A or AAAA record. An address of the other family counts as unparsable: a
// resolver can't use it.
func (s Set) addresses() (parsed []netip.Addr, unparsable []string) {
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

// family is one address family of a name: what the zone holds, and what it should hold.
type family struct {
	recordType, protocol string // "A" and "IPv4", or "AAAA" and "IPv6"
	// set is the record set in the zone; nil if there is none.
	set *Set
	// want is the address that the record should hold; invalid if the interface has none of the family.
	want netip.Addr
	// required reports whether a name without this record type lacks something: A, and AAAA only for an
	// interface without IPv4.
	required bool
}

// families splits what the zone holds at the name by address family, IPv4 first.
func (q Question) families(sets []Set) [2]family {
	v4 := family{recordType: typeA, protocol: "IPv4", set: simpleSet(q.Name, typeA, sets), want: q.Interface.PrimaryIPv4()}
	v6 := family{recordType: typeAAAA, protocol: "IPv6", set: simpleSet(q.Name, typeAAAA, sets)}
	if len(q.Interface.IPv6) > 0 {
		v6.want = q.Interface.IPv6[0]
	}
	v4.required = v4.want.IsValid()
	v6.required = v6.want.IsValid() && !v4.required
	return [2]family{v4, v6}
}

func simpleSet(name Name, typ string, sets []Set) *Set {
	i := slices.IndexFunc(sets, func(s Set) bool { return s.Name == name && s.Type == typ && s.Policy == "" })
	if i < 0 {
		return nil
	}
	return &sets[i]
}

// Judge returns the result of a name in the chosen zone, which lists these record sets from the name on.
func (q Question) Judge(c Choice, sets []Set) Result { return q.judge(sets).in(c) }

// judge compares the record sets at the name with the addresses of the interface. It ignores the sets at other
// names: Route 53 lists the next name when there is no record of this one, and a wildcard at a parent is not a
// record of this name, though the resolver may answer with it.
func (q Question) judge(sets []Set) Result {
	r, families := q.answer(OK), q.families(sets)
	r.Want, r.Got = wanted(families), held(q.Name, sets)
	r.Shared = q.shared(r.Got)
	if policy := notSimple(q.Name, sets); policy != "" {
		r.State, r.Detail = NotSimple, policy
		return r
	}
	if families[0].set == nil && families[1].set == nil {
		r.State, r.Detail = Missing, "the zone has no A, AAAA or CNAME record of this name"
		return r
	}
	var details []string
	for _, f := range families {
		state, detail := f.judge(q.Interface)
		// A wrong record weighs more than a missing one.
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

// judge judges one family of a name that has a record of at least one of the two.
func (f family) judge(e inventory.Interface) (State, string) {
	switch {
	case f.set == nil && f.required:
		return Missing, fmt.Sprintf("the name has no %s record", f.recordType)
	case f.set == nil:
		return OK, ""
	}
	parsed, unparsable := f.set.addresses()
	switch {
	case len(unparsable) > 0:
		return Mismatch, fmt.Sprintf("the %s record holds values that are not %s addresses: %s", f.recordType, f.protocol, few(quoted(unparsable)))
	case len(parsed) == 0:
		return Mismatch, fmt.Sprintf("the %s record is empty", f.recordType)
	case !f.want.IsValid():
		return Mismatch, fmt.Sprintf("the %s record holds %s, but the interface has no %s address", f.recordType, few(texts(parsed)), f.protocol)
	case !slices.ContainsFunc(parsed, func(a netip.Addr) bool { return owns(e, a) }):
		return Mismatch, fmt.Sprintf("the %s record holds %s, no address of the interface", f.recordType, few(texts(parsed)))
	}
	// Further values are allowed: two interfaces may share a name.
	return OK, ""
}

// owns reports whether packets to the address reach the interface: the address is a private one of the
// interface, or within a prefix that is delegated to it.
func owns(e inventory.Interface, addr netip.Addr) bool {
	return slices.Contains(e.IPv6, addr) ||
		slices.ContainsFunc(e.Addresses, func(a inventory.Address) bool { return a.IP == addr }) ||
		slices.ContainsFunc(e.Prefixes, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// notSimple says why the name has more than a simple A and AAAA record; empty if it has not.
func notSimple(name Name, sets []Set) string {
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

// wanted returns the addresses that the name should hold: one of each family that it has or must have.
func wanted(families [2]family) []netip.Addr {
	want := []netip.Addr{}
	for _, f := range families {
		if f.want.IsValid() && (f.required || f.set != nil) {
			want = append(want, f.want)
		}
	}
	return want // A before AAAA, which is ascending
}

// held returns all addresses that the zone holds at the name, ascending, those of policy records included.
func held(name Name, sets []Set) []netip.Addr {
	got := []netip.Addr{}
	for _, s := range sets {
		if s.Name == name && (s.Type == typeA || s.Type == typeAAAA) {
			parsed, _ := s.addresses()
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
