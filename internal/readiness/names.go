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

// inspectNames looks at the names of an interface. One that is not known is never taken for right.
func (i *inspection) inspectNames(x subject) {
	for _, n := range i.names[x.e.ID] {
		found := func(id ID, severity Severity, problem, action string) {
			i.find(id, severity, x.e.ID, x.e.Group, fmt.Sprintf("%s: %s.", n.Name, problem), action)
		}
		write := fmt.Sprintf("Make it point at %s, by hand or with a request while REPAIR_RECORDS is on.", sayWanted(n.Want))
		switch n.State {
		case AnswerOK:
		case AnswerMismatch:
			found(RecordMismatch, Critical, n.Detail, write)
		case AnswerMissing:
			found(RecordMissing, Critical, n.Detail, write)
		case AnswerNotSimple:
			found(RecordNotSimple, Warning, n.Detail+": it is neither checked nor repaired", "Make it a simple record, or take the name out of the tag "+inventory.TagRecord+".")
		case AnswerNoZone:
			found(ZoneNotAssociated, Warning, n.Detail, fmt.Sprintf("Associate the zone: aws route53 associate-vpc-with-hosted-zone --hosted-zone-id Z… --vpc VPCRegion=…,VPCId=%s", x.e.VPC))
		case AnswerAmbiguousZone:
			found(ZoneAmbiguous, Warning, n.Detail, fmt.Sprintf("Say which: aws ec2 create-tags --resources %s --tags Key=%s,Value=Z…", x.e.ID, inventory.TagZone))
		case AnswerForeignZone:
			found(RecordUnverified, Info, n.Detail, "Check the name in the zone's own account.")
		case AnswerUnverified:
			found(RecordUnverified, Warning, "could not be read, "+n.Detail, "See the permissions of the function's role and Route 53's limit of 5 requests a second for the account.")
		}
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
