package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// zone is a private hosted zone that is associated with a VPC.
type zone struct {
	ID   string
	Name string // in normal form
	// Account or Service owns it; the other is empty. ListHostedZonesByVPC lists the zones of other
	// accounts and of AWS services (EFS, for one) too, but only those of our account can be read.
	Account, Service string
}

// choice is the zone to look for a name in, or why there is none.
type choice struct {
	Zone zone
	// State is empty if the zone can be read.
	State State
	Cause Cause
	// Detail is why there is no zone to read; beside a zone that can be read, what to know about it.
	Detail string
}

// unreadable is the result of a name that there is no zone to read for.
func (c choice) unreadable() Result {
	return Result{State: c.State, Cause: c.Cause, HostedZone: c.Zone.ID, Detail: c.Detail}
}

// gone is the result of a name whose zone does not exist any more.
func (c choice) gone(e inventory.Interface) Result {
	return Result{State: NoZone, Detail: "zone " + c.Zone.ID + " is listed for " + e.VPC + ", but is gone"}
}

// chooseZone picks the zone that holds name (in normal form) for the interface e: the one that e's zone
// tag says, else the one with the longest name that covers it, as the VPC's resolver does.
func chooseZone(e inventory.Interface, name string, zones []zone) choice {
	best := longest(name, zones)
	if e.HostedZone != "" {
		return pinnedZone(e, name, zones, best)
	}
	switch len(best) {
	case 0:
		return choice{State: NoZone, Detail: fmt.Sprintf("no private hosted zone of %s covers the name", e.VPC)}
	case 1:
		return readable(e, best[0])
	default:
		return choice{State: Unverified, Cause: CauseAmbiguousZone, Detail: fmt.Sprintf(
			"the zone is ambiguous, %s of %s are all named %s: say which in the tag %s",
			zoneIDs(best), e.VPC, plainName(best[0].Name), inventory.TagZone)}
	}
}

// longest returns the zones with the longest name that covers name: none, one, or several of one name.
func longest(name string, zones []zone) []zone {
	var best []zone
	seen := make(map[string]bool)
	for _, z := range zones {
		// A zone may show on two pages if the listing changes in between.
		if seen[z.ID] || !covers(z.Name, name) {
			continue
		}
		seen[z.ID] = true
		switch {
		case len(best) == 0 || len(z.Name) > len(best[0].Name):
			best = []zone{z}
		case len(z.Name) == len(best[0].Name):
			best = append(best, z)
		}
	}
	return best
}

// pinnedZone judges the zone of the interface's tag. The tag wins over a zone with a longer name, but
// that is said, since the VPC's resolver asks the other one.
func pinnedZone(e inventory.Interface, name string, zones, best []zone) choice {
	for _, z := range zones {
		if z.ID != e.HostedZone {
			continue
		}
		if !covers(z.Name, name) {
			return choice{State: NoZone, Detail: fmt.Sprintf("zone %s of the tag %s is %s, which does not cover the name",
				z.ID, inventory.TagZone, plainName(z.Name))}
		}
		c := readable(e, z)
		if c.State == "" && len(best[0].Name) > len(z.Name) {
			c.Detail = fmt.Sprintf("%s answers for the name in %s instead of %s, which the tag %s says",
				zoneIDs(best), e.VPC, z.ID, inventory.TagZone)
		}
		return c
	}
	return choice{State: NoZone, Detail: fmt.Sprintf("zone %s of the tag %s is not associated with %s", e.HostedZone, inventory.TagZone, e.VPC)}
}

// readable judges the owner of the zone that was chosen.
func readable(e inventory.Interface, z zone) choice {
	owner := ""
	switch {
	case z.Service != "":
		owner = z.Service
	case z.Account != "" && e.Owner != "" && z.Account != e.Owner:
		owner = "account " + z.Account
	default:
		return choice{Zone: z}
	}
	return choice{
		Zone: z, State: Unverified, Cause: CauseForeignZone,
		Detail: fmt.Sprintf("zone %s (%s) belongs to %s and can't be read", z.ID, plainName(z.Name), owner),
	}
}

// zoneIDs lists the ids of zones for a person.
func zoneIDs(zones []zone) string {
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
