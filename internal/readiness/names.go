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

// inspectNames audits the names of an interface. A name that could not be read is reported, never taken for right.
func (i *inspection) inspectNames(x subject) {
	for _, n := range i.names[x.e.ID] {
		if f := findingOf(x.e, n); f.ID != "" {
			i.add(f)
		}
	}
}

// findingOf returns the finding about a name; without an id if there is nothing to find.
func findingOf(e inventory.Interface, n record.Result) Finding {
	f := Finding{Resource: e.ID, Group: e.Group, Problem: fmt.Sprintf("%s: %s.", n.Name, n.Detail)}
	switch n.State {
	case record.OK, record.Repaired, record.NotConfigured:
	case record.Mismatch:
		f.ID, f.Severity, f.Action = RecordMismatch, Critical, repairRecord(n)
	case record.Missing:
		f.ID, f.Severity, f.Action = RecordMissing, Critical, repairRecord(n)
	case record.NotSimple:
		f.ID, f.Severity = RecordNotSimple, Warning
		f.Problem = fmt.Sprintf("%s: %s; the name is neither checked nor repaired.", n.Name, n.Detail)
		f.Action = fmt.Sprintf("Make it a simple record, or take the name out of the tag %s.", inventory.TagRecord)
	case record.NoZone:
		f.ID, f.Severity = ZoneNotAssociated, Warning
		f.Action = fmt.Sprintf("Associate the zone: aws route53 associate-vpc-with-hosted-zone --hosted-zone-id Z… --vpc VPCRegion=…,VPCId=%s", e.VPC)
	case record.Unverified:
		return unverified(f, e, n)
	}
	return f
}

// unverified completes the finding about a name that was not read. A person can have some names read; others a later
// audit may read.
func unverified(f Finding, e inventory.Interface, n record.Result) Finding {
	switch n.Cause {
	case record.CauseAmbiguousZone:
		f.ID, f.Severity = ZoneAmbiguous, Warning
		f.Action = fmt.Sprintf("Say which: aws ec2 create-tags --resources %s --tags Key=%s,Value=Z…", e.ID, inventory.TagZone)
	case record.CauseForeignZone:
		f.ID, f.Severity, f.Action = RecordUnverified, Info, "Check the name in the zone's own account."
	case record.CauseThrottled, record.CauseDenied, record.CauseOutOfTime, record.CauseUnavailable, record.CauseRefused:
		f.ID, f.Severity = RecordUnverified, Warning
		f.Problem = fmt.Sprintf("%s: the name could not be read: %s.", n.Name, n.Detail)
		f.Action = "Check the permissions of the function's role; Route 53 allows the account 5 requests a second."
	}
	return f
}

func repairRecord(n record.Result) string {
	too := ""
	if len(n.Shared) > 0 {
		too = ", too" // another interface has the same name
	}
	return fmt.Sprintf("Make it point at %s%s, by hand or with a request while REPAIR_RECORDS is on.", describeAddresses(n.Want), too)
}

func describeAddresses(want []netip.Addr) string {
	var list []string
	for _, a := range want {
		list = append(list, a.String())
	}
	if len(list) == 0 {
		return "an address of the interface"
	}
	return few(list)
}
