package readiness

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// inspectTags reports the malformed tags of an interface, all in one finding. The action is about the worst of them.
func (i *inspection) inspectTags(x subject) {
	if len(x.e.TagFaults) == 0 {
		return
	}
	worst := slices.MinFunc(x.e.TagFaults, func(f, g inventory.TagFault) int {
		return slices.Index(Severities(), severityOf(f)) - slices.Index(Severities(), severityOf(g))
	})
	i.add(Finding{
		ID: TagMalformed, Severity: severityOf(worst), Resource: x.e.ID, Group: x.e.Group,
		Problem: describeFaults(x.e.TagFaults), Action: correctTag(x.e.ID, worst),
	})
}

// severityOf returns the severity of a fault in an interface's tags.
func severityOf(f inventory.TagFault) Severity {
	switch {
	case f.Tag == inventory.TagGroup:
		return Critical // the interface is in no group, so it is never moved
	case writtenByFailover(f.Tag):
		return Info // everything still works without it
	}
	return Warning
}

// writtenByFailover reports whether the failover writes a tag. It writes such a tag anew when it needs it.
func writtenByFailover(tag string) bool {
	return tag == inventory.TagLeft || tag == inventory.TagReached
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
	if writtenByFailover(f.Tag) {
		return fmt.Sprintf("Delete it; the failover writes it anew when it needs it: aws ec2 delete-tags --resources %s --tags Key=%s", resource, f.Tag)
	}
	return fmt.Sprintf("Correct it: aws ec2 create-tags --resources %s --tags Key=%s,Value=…", resource, f.Tag)
}
