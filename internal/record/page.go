package record

import (
	"cmp"
	"slices"
	"strings"
)

// Page is a part of a zone, as one call lists it.
type Page struct {
	from Name
	at   map[Name][]Set
	next Name
}

// NewPage returns the page that lists these record sets from one name on. The page breaks off in front of, or
// within, the record sets of next; next is empty at the end of the zone.
func NewPage(from Name, sets []Set, next Name) Page {
	p := Page{from: from, at: map[Name][]Set{}, next: next}
	for _, s := range sets {
		p.at[s.Name] = append(p.at[s.Name], s)
	}
	return p
}

// At returns the record sets at a name. It reports false if the page does not decide on the name: the page shows
// none of its record sets, or may not show all of them. Only at the name with which the page was asked to begin
// does the lack of record sets count: Route 53 alone knows which names a page skips. That name is decided on even
// if it does not fit into the page: there are fewer record types than fit, so it is then not simple.
func (p Page) At(name Name) ([]Set, bool) {
	sets := p.at[name]
	return sets, name == p.from || len(sets) > 0 && name != p.next
}

// Decided reports whether the record sets listed so far decide on the name, so that the rest, which begins with a
// set of the given name and type, need not be read. After A and AAAA only a CNAME matters, and a name that is not
// simple remains so. Route 53 lists the record sets of a name in the order of their types.
func (q Question) Decided(sets []Set, next Name, nextType string) bool {
	return next != q.Name || nextType > typeCNAME || notSimple(q.Name, sets) != ""
}

// CompareListed compares two names in the order in which Route 53 lists them: by their labels from the last to the
// first (Route 53 API reference, ListResourceRecordSets).
func CompareListed(a, b Name) int { return cmp.Compare(listingKey(a), listingKey(b)) }

func listingKey(name Name) string {
	labels := strings.Split(strings.TrimSuffix(string(name), "."), ".")
	slices.Reverse(labels)
	return strings.Join(labels, ".") + "."
}
