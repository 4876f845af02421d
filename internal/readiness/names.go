package readiness

import (
	"fmt"
	"net/netip"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/record"
)

// published returns the results of an interface's names as an audit publishes them: where a person has to do
// something about the zone, the cause takes the place of the state "unverified".
func published(names []record.Result) []record.Result {
	list := append([]record.Result{}, names...)
	for n, r := range list {
		if r.Cause == record.CauseAmbiguousZone || r.Cause == record.CauseForeignZone {
			list[n].State = record.State(r.Cause)
		}
	}
	return list
}

// inspectNames looks at the names of an interface. One that is not known is never taken for right.
func (a *auditor) inspectNames(x subject) {
	for _, n := range a.names[x.e.ID] {
		found := func(id ID, severity Severity, problem, action string) {
			a.find(id, severity, x.e.ID, x.e.Group, fmt.Sprintf("%s: %s.", n.Name, problem), action)
		}
		write := fmt.Sprintf("Make it point at %s, by hand or with a request while REPAIR_RECORDS is on.", sayWanted(n.Want))
		switch n.State {
		case record.OK, record.Repaired, record.NotConfigured:
		case record.Mismatch:
			found(RecordMismatch, Critical, n.Detail, write)
		case record.Missing:
			found(RecordMissing, Critical, n.Detail, write)
		case record.NotSimple:
			found(RecordNotSimple, Warning, n.Detail+": it is neither checked nor repaired", "Make it a simple record, or take the name out of the tag "+inventory.TagRecord+".")
		case record.NoZone:
			found(ZoneNotAssociated, Warning, n.Detail, fmt.Sprintf("Associate the zone: aws route53 associate-vpc-with-hosted-zone --hosted-zone-id Z… --vpc VPCRegion=…,VPCId=%s", x.e.VPC))
		case record.Unverified:
			inspectUnverified(x, n, found)
		}
	}
}

// inspectUnverified tells the names that only a person can have read from those that a later audit may read.
func inspectUnverified(x subject, n record.Result, found func(id ID, severity Severity, problem, action string)) {
	switch n.Cause {
	case record.CauseAmbiguousZone:
		found(ZoneAmbiguous, Warning, n.Detail, fmt.Sprintf("Say which: aws ec2 create-tags --resources %s --tags Key=%s,Value=Z…", x.e.ID, inventory.TagZone))
	case record.CauseForeignZone:
		found(RecordUnverified, Info, n.Detail, "Check the name in the zone's own account.")
	case record.CauseThrottled, record.CauseDenied, record.CauseOutOfTime, record.CauseUnavailable, record.CauseRefused:
		found(RecordUnverified, Warning, "could not be read, "+n.Detail, "See the permissions of the function's role and Route 53's limit of 5 requests a second for the account.")
	}
}

func sayWanted(want []netip.Addr) string {
	var list []string
	for _, a := range want {
		list = append(list, a.String())
	}
	if len(list) == 0 {
		return "an address of the interface"
	}
	return few(list)
}
