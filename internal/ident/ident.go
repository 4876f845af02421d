// Package ident checks the form of identifiers: the ids of EC2 and Route 53, accounts, regions, group names, record
// names. Events and tags come from outside; an id that was checked here can be put into a request or a filter as it is.
//
// It has no regular expressions: each would be compiled at every cold start, whether it is used or not.
package ident

import "strings"

// The accepted forms, in words for error messages.
const (
	AcceptedInstanceID  = "an instance id, i- and 8 or 17 hexadecimal digits"
	AcceptedInterfaceID = "a network interface id, eni- and 8 or 17 hexadecimal digits"

	AcceptedAttachmentID = "an attachment id, eni-attach- and 8 or 17 hexadecimal digits"

	AcceptedGroup  = "a group name, 1 to 64 of A-Z a-z 0-9 . _ -"
	AcceptedZoneID = "a hosted zone id, 1 to 32 of A-Z 0-9"

	AcceptedVPCID    = "a VPC id, vpc- and 8 or 17 hexadecimal digits"
	AcceptedEventBus = "the name of an event bus, 1 to 256 of A-Z a-z 0-9 . _ - /, or its ARN"
)

// ValidInstanceID reports whether id has the form of an instance id.
func ValidInstanceID(id string) bool { return ec2ID(id, "i-") }

// ValidInterfaceID reports whether id has the form of a network interface id.
func ValidInterfaceID(id string) bool { return ec2ID(id, "eni-") }

// ValidAttachmentID reports whether id has the form of the id of an interface's attachment.
func ValidAttachmentID(id string) bool { return ec2ID(id, "eni-attach-") }

// ValidVPCID reports whether id has the form of a VPC's id.
func ValidVPCID(id string) bool { return ec2ID(id, "vpc-") }

// ValidEventBus reports whether bus may be the name or the ARN of an event bus (EventBridge API reference, PutEvents).
func ValidEventBus(bus string) bool {
	name := bus
	if strings.HasPrefix(bus, "arn:") {
		parts := strings.SplitN(bus, ":", 6)
		var ok bool
		if len(parts) != 6 || parts[2] != "events" || !ValidRegion(parts[3]) || !ValidAccountID(parts[4]) {
			return false
		}
		if name, ok = strings.CutPrefix(parts[5], "event-bus/"); !ok {
			return false
		}
	}
	return 1 <= len(name) && len(name) <= 256 && consistsOf(name, func(c byte) bool {
		return upper(c) || lower(c) || digit(c) || c == '.' || c == '_' || c == '-' || c == '/'
	})
}

// ec2ID reports whether id is the prefix and 8 (the form until 2016) or 17 hexadecimal digits.
func ec2ID(id, prefix string) bool {
	digits, ok := strings.CutPrefix(id, prefix)
	return ok && (len(digits) == 8 || len(digits) == 17) && consistsOf(digits, hexadecimal)
}

// ValidAccountID reports whether id has the form of an AWS account's id.
func ValidAccountID(id string) bool { return len(id) == 12 && consistsOf(id, digit) }

// ValidRegion reports whether name may be a region's name.
func ValidRegion(name string) bool {
	return 1 <= len(name) && len(name) <= 64 && consistsOf(name, func(c byte) bool { return lower(c) || digit(c) || c == '-' })
}

// ValidGroup reports whether name may be a group's name. It may not have `*` or `?`, which are wildcards in EC2's
// filters.
func ValidGroup(name string) bool {
	return 1 <= len(name) && len(name) <= 64 && consistsOf(name, func(c byte) bool {
		return upper(c) || lower(c) || digit(c) || c == '.' || c == '_' || c == '-'
	})
}

// ValidZoneID reports whether id has the form of Route 53's hosted zone ids (ResourceId in its API: at most 32
// characters).
func ValidZoneID(id string) bool {
	return 1 <= len(id) && len(id) <= 32 && consistsOf(id, func(c byte) bool { return upper(c) || digit(c) })
}

// ValidRecordName reports whether name is a domain name that a record may have: labels of 1 to 63
// octets, 255 octets in all (RFC 1035, section 2.3.4), in the characters that Route 53 takes.
func ValidRecordName(name string) bool {
	name = strings.TrimSuffix(name, ".")
	total := 1 // the root's own length octet
	for part := range strings.SplitSeq(name, ".") {
		octets, ok := labelOctets(part)
		if !ok || octets > 63 {
			return false
		}
		total += octets + 1
	}
	return total <= 255
}

// labelOctets counts the octets of one label of a name. A label has the characters that Route 53 takes as they are, `*`
// for a wildcard, and Route 53's octal escapes, which are one octet each.
func labelOctets(label string) (octets int, ok bool) {
	for ; label != ""; octets++ {
		c, rest := label[0], label[1:]
		switch {
		case upper(c), lower(c), digit(c), c == '_', c == '*', c == '-':
		case c == '\\' && len(rest) >= 3 && '0' <= rest[0] && rest[0] <= '3' && octal(rest[1]) && octal(rest[2]):
			rest = rest[3:]
		default:
			return 0, false
		}
		label = rest
	}
	return octets, octets > 0
}

func octal(c byte) bool { return '0' <= c && c <= '7' }

func hexadecimal(c byte) bool { return digit(c) || 'a' <= c && c <= 'f' }

func digit(c byte) bool { return '0' <= c && c <= '9' }

func upper(c byte) bool { return 'A' <= c && c <= 'Z' }

func lower(c byte) bool { return 'a' <= c && c <= 'z' }

// consistsOf reports whether every byte of s is in the class.
func consistsOf(s string, class func(byte) bool) bool {
	for i := range len(s) {
		if !class(s[i]) {
			return false
		}
	}
	return true
}
