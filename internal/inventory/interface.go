package inventory

import (
	"net/netip"
	"slices"
	"time"
)

// TypeInterface is the only interface type that may be moved. Others are EFAs, trunks, branches and those of services.
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

// Attachment ties an interface to an instance. EC2 gives each attachment a new id, which makes the id a compare-and-set
// token: a detach that names it can't cut off a later attachment.
type Attachment struct {
	ID, Instance string
	// InstanceOwner is the account that owns the instance.
	InstanceOwner       string
	Status              Status
	DeviceIndex         int
	NetworkCard         int
	DeleteOnTermination bool
	// AttachTime is the time at which the attach was initiated, to the second.
	AttachTime time.Time
}

// Address is a private IPv4 address of an interface.
type Address struct {
	IP      netip.Addr
	Primary bool
	// ElasticIP is the public address that is associated with it, if one is. AllocationID is its allocation; empty if the
	// public address is not an Elastic IP.
	ElasticIP    netip.Addr
	AllocationID string
}

// Interface is an interface that carries the group tag.
type Interface struct {
	ID, Type, AZ, VPC, Subnet string
	// Owner is the account that owns it.
	Owner  string
	Status Status
	// Attachment is nil exactly if EC2 shows none. It may be one that is attaching, detaching or detached.
	Attachment *Attachment
	// UnattachedSince is the time of the first read since which every read has shown it unattached; zero if the last one
	// shows it attached.
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

	// Group is empty if the tag's value is not a valid group name. Regrouped reports whether it has changed between two
	// reads of one invocation: then the instances that were read are the members of the wrong group.
	Group     string
	Regrouped bool
	// Records are the names to check in the private hosted zone, without a trailing dot.
	Records []string
	// HostedZone is the id of their hosted zone; empty: that of the VPC's zones whose name is the longest suffix.
	HostedZone string
	// Paused reports whether a person has paused it: it is left alone.
	Paused bool
	// LeftTag names the instance that the last move took it from.
	LeftTag LeftTag
	// ProbeTag says what must answer at its address, as package probetag reads it; empty if it is not to be probed.
	ProbeTag string
	// ReachedTag is the id of the newest attachment on which the probe has been answered; empty if there is none.
	ReachedTag string
	// TagFaults are its malformed tags.
	TagFaults []TagFault
}

// Holder returns the instance of the interface's attachment, in whatever status that is; empty if it has none.
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

// Detaching reports whether the interface is being detached from its holder.
func (e Interface) Detaching() bool {
	return e.Attachment != nil && (e.Attachment.Status == StatusDetaching || e.Status == StatusDetaching)
}

// Unattached reports whether the interface can be attached.
func (e Interface) Unattached() bool {
	return e.Attachment == nil || e.Attachment.Status == StatusDetached
}

// Released reports whether the interface is unattached or detaching: its holder, if it has one, loses it.
func (e Interface) Released() bool { return e.Unattached() || e.Detaching() }

// unattachedSince returns the value of UnattachedSince after a read that was answered at the instant at.
func (e Interface) unattachedSince(at time.Time) time.Time {
	switch {
	case !e.Unattached():
		return time.Time{}
	case e.UnattachedSince.IsZero():
		return at
	}
	return e.UnattachedSince
}

// Supported reports whether the interface may be moved at all: a secondary interface of the plain type on network card 0,
// not managed by a service, and on an instance of its own account. EC2 names no instance in the attachment of an interface
// that a service uses ("ela-attach-…").
func (e Interface) Supported() bool {
	if e.Type != TypeInterface || e.RequesterManaged || e.OperatorManaged {
		return false
	}
	if e.Holder() == "" && !e.Unattached() {
		return false
	}
	a := e.Attachment
	return a == nil || (a.DeviceIndex > 0 && a.NetworkCard == 0 &&
		(a.InstanceOwner == "" || e.Owner == "" || a.InstanceOwner == e.Owner))
}

// CountIPv4 counts its IPv4 addresses and prefixes, as the limit of addresses per interface does ("Assigning prefixes to
// network interfaces" in the EC2 User Guide).
func (e Interface) CountIPv4() int { return len(e.Addresses) + e.countPrefixes(true) }

// CountIPv6 counts its IPv6 addresses and prefixes.
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

// ProbeAddress returns the address that the probe asks: the primary private IPv4 address, without one the first IPv6
// address; invalid if it has neither.
func (e Interface) ProbeAddress() netip.Addr {
	if a := e.PrimaryIPv4(); a.IsValid() || len(e.IPv6) == 0 {
		return a
	}
	return e.IPv6[0]
}

// Reached reports whether the probe has been answered on the attachment that the interface is on.
func (e Interface) Reached() bool { return e.ReachedTag != "" && e.ReachedTag == e.AttachmentID() }

// PrimaryIPv4 returns its primary private IPv4 address; invalid if it has none (IPv6 only).
func (e Interface) PrimaryIPv4() netip.Addr {
	i := slices.IndexFunc(e.Addresses, func(a Address) bool { return a.Primary })
	if i < 0 {
		return netip.Addr{}
	}
	return e.Addresses[i].IP
}
