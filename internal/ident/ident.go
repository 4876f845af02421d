// Package ident knows what the identifiers of this project's inputs look like: the ids of EC2 and
// Route 53, group names, record names. Events and tags come from outside, and an id that was checked
// here can be put into a request or a filter as it is.
package ident

import (
	"regexp"
	"strings"
)

// EC2's ids are a prefix and 8 (until 2016) or 17 hexadecimal digits.
var (
	instanceID  = regexp.MustCompile(`^i-([0-9a-f]{8}|[0-9a-f]{17})$`)
	interfaceID = regexp.MustCompile(`^eni-([0-9a-f]{8}|[0-9a-f]{17})$`)

	attachmentID = regexp.MustCompile(`^eni-attach-([0-9a-f]{8}|[0-9a-f]{17})$`)
)

// What is accepted, in words for error messages.
const (
	AcceptedInstanceID  = "an instance id, i- and 8 or 17 hexadecimal digits"
	AcceptedInterfaceID = "a network interface id, eni- and 8 or 17 hexadecimal digits"

	AcceptedAttachmentID = "an attachment id, eni-attach- and 8 or 17 hexadecimal digits"

	AcceptedGroup  = "a group name, 1 to 64 of A-Z a-z 0-9 . _ -"
	AcceptedZoneID = "a hosted zone id, 1 to 32 of A-Z 0-9"
)

// ValidInstanceID reports whether id has the form of an instance id.
func ValidInstanceID(id string) bool { return instanceID.MatchString(id) }

// ValidInterfaceID reports whether id has the form of a network interface id.
func ValidInterfaceID(id string) bool { return interfaceID.MatchString(id) }

// ValidAttachmentID reports whether id has the form of the id of an interface's attachment.
func ValidAttachmentID(id string) bool { return attachmentID.MatchString(id) }

var groupName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ValidGroup reports whether name may be a group's name. `*` and `?`, wildcards in EC2's filters, may not
// be in one.
func ValidGroup(name string) bool { return groupName.MatchString(name) }

// zoneID is the form of Route 53's hosted zone ids (ResourceId in its API: at most 32 characters).
var zoneID = regexp.MustCompile(`^[A-Z0-9]{1,32}$`)

// ValidZoneID reports whether id has the form of a hosted zone id.
func ValidZoneID(id string) bool { return zoneID.MatchString(id) }

// label is one label of a name: the characters that Route 53 takes as they are, `*` for a wildcard, and
// its octal escapes.
var label = regexp.MustCompile(`^([A-Za-z0-9_*-]|\\[0-3][0-7]{2})+$`)

// ValidRecordName reports whether name is a domain name that a record may have: labels of 1 to 63
// octets, 255 octets in all (RFC 1035, section 2.3.4), in the characters that Route 53 takes.
func ValidRecordName(name string) bool {
	name = strings.TrimSuffix(name, ".")
	total := 1 // the root's own length octet
	for part := range strings.SplitSeq(name, ".") {
		octets := len(part) - 3*strings.Count(part, `\`)
		if octets > 63 || !label.MatchString(part) {
			return false
		}
		total += octets + 1
	}
	return total <= 255
}
