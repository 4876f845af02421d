package readiness

import (
	"fmt"
	"net/netip"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// Answer is what the record check found of a name.
type Answer string

// The answers. They are the states of package record, with the causes of what could not be read where they
// matter to a person.
const (
	AnswerOK            Answer = "ok"
	AnswerMismatch      Answer = "mismatch"
	AnswerMissing       Answer = "missing"
	AnswerNotSimple     Answer = "not-simple"
	AnswerNoZone        Answer = "no-zone"
	AnswerAmbiguousZone Answer = "ambiguous-zone"
	AnswerForeignZone   Answer = "foreign-zone"
	AnswerUnverified    Answer = "unverified"
)

// Name is a name in the private hosted zone that should point at an interface.
type Name struct {
	Name       string       `json:"name"`
	State      Answer       `json:"state"`
	HostedZone string       `json:"hostedZone"`
	Want       []netip.Addr `json:"want"`
	Got        []netip.Addr `json:"got"`
	// Detail explains the state to a person; empty for a plain ok.
	Detail string `json:"detail,omitempty"`
}

// inspectNames audits the names of an interface. A name that could not be read is reported, never taken for right.
func (i *inspection) inspectNames(x subject) {
	for _, n := range i.names[x.e.ID] {
		if n.State != AnswerOK {
			i.add(findingOf(x.e, n))
		}
	}
}

// findingOf returns the finding about a name whose answer is not ok.
func findingOf(e inventory.Interface, n Name) Finding {
	f := Finding{Resource: e.ID, Group: e.Group, Problem: fmt.Sprintf("%s: %s.", n.Name, n.Detail)}
	switch n.State {
	case AnswerOK:
	case AnswerMismatch:
		f.ID, f.Severity, f.Action = RecordMismatch, Critical, repairRecord(n.Want)
	case AnswerMissing:
		f.ID, f.Severity, f.Action = RecordMissing, Critical, repairRecord(n.Want)
	case AnswerNotSimple:
		f.ID, f.Severity = RecordNotSimple, Warning
		f.Problem = fmt.Sprintf("%s: %s; the name is neither checked nor repaired.", n.Name, n.Detail)
		f.Action = fmt.Sprintf("Make it a simple record, or take the name out of the tag %s.", inventory.TagRecord)
	case AnswerNoZone:
		f.ID, f.Severity = ZoneNotAssociated, Warning
		f.Action = fmt.Sprintf("Associate the zone: aws route53 associate-vpc-with-hosted-zone --hosted-zone-id Z… --vpc VPCRegion=…,VPCId=%s", e.VPC)
	case AnswerAmbiguousZone:
		f.ID, f.Severity = ZoneAmbiguous, Warning
		f.Action = fmt.Sprintf("Say which: aws ec2 create-tags --resources %s --tags Key=%s,Value=Z…", e.ID, inventory.TagZone)
	case AnswerForeignZone:
		f.ID, f.Severity, f.Action = RecordUnverified, Info, "Check the name in the zone's own account."
	case AnswerUnverified:
		f.ID, f.Severity = RecordUnverified, Warning
		f.Problem = fmt.Sprintf("%s: the name could not be read: %s.", n.Name, n.Detail)
		f.Action = "Check the permissions of the function's role; Route 53 allows the account 5 requests a second."
	}
	return f
}

func repairRecord(want []netip.Addr) string {
	return fmt.Sprintf("Make it point at %s, by hand or with a request while REPAIR_RECORDS is on.", describeAddresses(want))
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
