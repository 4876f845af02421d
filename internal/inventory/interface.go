package inventory

import (
	"net/netip"
	"slices"
	"time"
)

// TypeInterface is the one interface type that may be moved: no EFA, trunk, branch or service-owned one.
const TypeInterface = "interface"

// Status is the status of an interface or of its attachment, in EC2's words.
type Status string

// The statuses. An interface is available, in-use, or in transition; an attachment is attaching,
// attached, detaching or detached.
const (
	StatusAvailable Status = "available"
	StatusInUse     Status = "in-use"
	StatusAttaching Status = "attaching"
	StatusAttached  Status = "attached"
	StatusDetaching Status = "detaching"
	StatusDetached  Status = "detached"
)

// Attachment ties an interface to an instance. EC2 gives each a new id, which makes the id a
// compare-and-set token: a detach that names it can't cut off a later attachment.
type Attachment struct {
	ID, Instance string
	// InstanceOwner is the account that owns the instance.
	InstanceOwner       string
	Status              Status
	DeviceIndex         int
	NetworkCard         int
	DeleteOnTermination bool
	// AttachTime is when the attachment was initiated, to the second.
	AttachTime time.Time
}

// Address is a private IPv4 address of an interface.
type Address struct {
	IP      netip.Addr
	Primary bool
	// ElasticIP is the public address associated with it, if any, and AllocationID its allocation,
	// which is empty for a public address that is no Elastic IP.
	ElasticIP    netip.Addr
	AllocationID string
}

// Interface is an interface that carries the group tag.
type Interface struct {
	ID, Type, AZ, VPC, Subnet string
	// Owner is the account that owns it.
	Owner  string
	Status Status
	// Attachment is nil exactly if EC2 shows none.
	Attachment *Attachment
	// UnattachedSince is when the look was answered that was the first to show it unattached, of those in a row
	// up to now; zero if it is attached.
	UnattachedSince time.Time

	Addresses      []Address
	IPv6           []netip.Addr
	Prefixes       []netip.Prefix
	SecurityGroups []string
	MAC            string
	// SourceDestCheck is false for interfaces that route.
	SourceDestCheck bool
	// RequesterManaged and OperatorManaged interfaces belong to a service of AWS or of a provider.
	RequesterManaged, OperatorManaged bool

	// Group is empty if the tag's value is no valid group name. Regrouped is whether it changed between
	// two looks of one invocation: then what is known of the instances is about the wrong ones.
	Group     string
	Regrouped bool
	// Records are the names to check in the private hosted zone, without a trailing dot.
	Records []string
	// HostedZone is the id of the zone to look for them in; empty: the longest suffix among the VPC's zones.
	HostedZone string
	Paused     bool
	// LeftTag is the instance that a move took it from, and when.
	LeftTag LeftTag
	// TagFaults are its malformed tags.
	TagFaults []TagFault
}

// Holder returns the instance that the interface is attached to, in whatever status; empty if none.
func (e Interface) Holder() string {
	if e.Attachment == nil {
		return ""
	}
	return e.Attachment.Instance
}

// AttachmentID returns the id of its attachment, empty if it has none.
func (e Interface) AttachmentID() string {
	if e.Attachment == nil {
		return ""
	}
	return e.Attachment.ID
}

// Detaching reports whether the interface is on its way off its holder.
func (e Interface) Detaching() bool {
	return e.Attachment != nil && (e.Attachment.Status == StatusDetaching || e.Status == StatusDetaching)
}

// Unattached reports whether the interface can be attached.
func (e Interface) Unattached() bool {
	return e.Attachment == nil || e.Attachment.Status == StatusDetached
}

// Released reports whether the interface is unattached or detaching: its holder, if it has one, loses it.
func (e Interface) Released() bool { return e.Unattached() || e.Detaching() }

// unattachedSince is what UnattachedSince becomes with a look that was answered at the instant at.
func (e Interface) unattachedSince(at time.Time) time.Time {
	switch {
	case !e.Unattached():
		return time.Time{}
	case e.UnattachedSince.IsZero():
		return at
	}
	return e.UnattachedSince
}

// Supported reports whether the interface is one that may be moved at all: a secondary one of the plain
// type on network card 0, managed by nobody else, and on an instance of its own account.
func (e Interface) Supported() bool {
	if e.Type != TypeInterface || e.RequesterManaged || e.OperatorManaged {
		return false
	}
	a := e.Attachment
	return a == nil || (a.DeviceIndex > 0 && a.NetworkCard == 0 &&
		(a.InstanceOwner == "" || e.Owner == "" || a.InstanceOwner == e.Owner))
}

// CountIPv4 counts what the limit of IPv4 addresses per interface counts: addresses and prefixes.
func (e Interface) CountIPv4() int { return len(e.Addresses) + e.countPrefixes(true) }

// CountIPv6 counts what the limit of IPv6 addresses per interface counts: addresses and prefixes.
func (e Interface) CountIPv6() int { return len(e.IPv6) + e.countPrefixes(false) }

func (e Interface) countPrefixes(ipv4 bool) int {
	n := 0
	for _, p := range e.Prefixes {
		if p.Addr().Is4() == ipv4 {
			n++
		}
	}
	return n
}

// PrimaryIPv4 returns its primary private IPv4 address; invalid if it has none (IPv6 only).
func (e Interface) PrimaryIPv4() netip.Addr {
	i := slices.IndexFunc(e.Addresses, func(a Address) bool { return a.Primary })
	if i < 0 {
		return netip.Addr{}
	}
	return e.Addresses[i].IP
}
