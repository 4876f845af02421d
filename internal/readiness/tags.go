package readiness

import (
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// inspectTags reports the malformed tags of an interface, all in one finding.
func (i *inspection) inspectTags(x subject) {
	if len(x.e.TagFaults) == 0 {
		return
	}
	i.add(Finding{
		ID: TagMalformed, Severity: severityOf(x.e.TagFaults), Resource: x.e.ID, Group: x.e.Group,
		Problem: describeFaults(x.e.TagFaults), Action: correctTag(x.e.ID, x.e.TagFaults[0]),
	})
}

// severityOf returns the severity of the worst fault in an interface's tags. The left tag is written and read by moves
// only, and without it they still work.
func severityOf(faults []inventory.TagFault) Severity {
	severity := Info
	for _, f := range faults {
		switch f.Tag {
		case inventory.TagGroup:
			return Critical // the interface is in no group, so it is never moved
		case inventory.TagLeft:
		default:
			severity = Warning
		}
	}
	return severity
}

func describeFaults(faults []inventory.TagFault) string {
	var list []string
	for _, f := range faults {
		list = append(list, f.String())
	}
	if len(list) == 1 {
		return fmt.Sprintf("A tag is malformed: %s.", list[0])
	}
	return fmt.Sprintf("%d tags are malformed: %s.", len(list), strings.Join(list, "; "))
}

func correctTag(resource string, f inventory.TagFault) string {
	return fmt.Sprintf("Correct it: aws ec2 create-tags --resources %s --tags Key=%s,Value=…", resource, f.Tag)
}
