package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Zone is a private hosted zone that is associated with a VPC.
type Zone struct {
	ID   string
	Name Name
	// Account or Service owns the zone; the other is empty. ListHostedZonesByVPC also lists the zones of
	// other accounts and of AWS services (EFS, for example), but only our account's own can be read.
	Account, Service string
}

// Choice is the zone in which to look for a name, or the reason why there is none.
type Choice struct {
	Zone Zone
	// state and cause are the result's if the zone can't be read; empty if it can.
	state State
	cause Cause
	// detail says why there is no zone to read; for a zone that can be read, what to know about it.
	detail string
}

// Readable reports whether there is a zone to read.
func (c Choice) Readable() bool { return c.state == "" }

// ChooseZone chooses the zone that holds the name: the zone in the interface's zone tag, else the zone with
// the longest name that covers it, as the VPC's resolver does (Route 53 Developer Guide, "Considerations
// when working with a private hosted zone").
func (q Question) ChooseZone(zones []Zone) Choice {
	e, best := q.Interface, longest(q.Name, zones)
	if e.HostedZone != "" {
		return q.taggedZone(zones, best)
	}
	switch len(best) {
	case 0:
		return Choice{state: NoZone, detail: fmt.Sprintf("no private hosted zone of %s covers the name", e.VPC)}
	case 1:
		return q.checkOwner(best[0])
	default:
		return Choice{state: Unverified, cause: CauseAmbiguousZone, detail: fmt.Sprintf(
			"the zone is ambiguous, %s of %s are all named %s: say which in the tag %s",
			zoneIDs(best), e.VPC, best[0].Name.plain(), inventory.TagZone)}
	}
}

// longest returns the zones with the longest name that covers the given one: none, one, or several of one name.
func longest(name Name, zones []Zone) []Zone {
	var best []Zone
	seen := make(map[string]bool)
	for _, z := range zones {
		// A zone may show on two pages if the listing changes in between.
		if seen[z.ID] || !z.Name.covers(name) {
			continue
		}
		seen[z.ID] = true
		switch {
		case len(best) == 0 || len(z.Name) > len(best[0].Name):
			best = []Zone{z}
		case len(z.Name) == len(best[0].Name):
			best = append(best, z)
		}
	}
	return best
}

// taggedZone chooses the zone in the interface's zone tag. The tag wins over a zone with a longer name, but the
// detail says so, since the VPC's resolver asks the other zone.
func (q Question) taggedZone(zones, best []Zone) Choice {
	e := q.Interface
	for _, z := range zones {
		if z.ID != e.HostedZone {
			continue
		}
		if !z.Name.covers(q.Name) {
			return Choice{state: NoZone, detail: fmt.Sprintf("zone %s of the tag %s is %s, which does not cover the name",
				z.ID, inventory.TagZone, z.Name.plain())}
		}
		c := q.checkOwner(z)
		if c.Readable() && len(best[0].Name) > len(z.Name) {
			c.detail = fmt.Sprintf("%s answers for the name in %s instead of %s, which the tag %s says",
				zoneIDs(best), e.VPC, z.ID, inventory.TagZone)
		}
		return c
	}
	return Choice{state: NoZone, detail: fmt.Sprintf("zone %s of the tag %s is not associated with %s", e.HostedZone, inventory.TagZone, e.VPC)}
}

// checkOwner chooses a zone if its owner lets us read it.
func (q Question) checkOwner(z Zone) Choice {
	owner := ""
	switch {
	case z.Service != "":
		owner = z.Service
	case z.Account != "" && q.Interface.Owner != "" && z.Account != q.Interface.Owner:
		owner = "account " + z.Account
	default:
		return Choice{Zone: z}
	}
	return Choice{
		Zone: z, state: Unverified, cause: CauseForeignZone,
		detail: fmt.Sprintf("zone %s (%s) belongs to %s and can't be read", z.ID, z.Name.plain(), owner),
	}
}

// zoneIDs lists the ids of zones for a person.
func zoneIDs(zones []Zone) string {
	ids := make([]string, 0, len(zones))
	for _, z := range zones {
		ids = append(ids, z.ID)
	}
	slices.Sort(ids)
	if len(ids) == 1 {
		return "zone " + ids[0]
	}
	return "zones " + strings.Join(ids, ", ")
}
