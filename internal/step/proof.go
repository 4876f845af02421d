package step

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Differences compares an interface before a move with what one look shows after it, attached at slot.
// What EC2 keeps on a move is the interface's own: addresses, Elastic IPs, prefixes, security groups, MAC
// and source/destination check ("Elastic network interfaces" in the EC2 User Guide). Each difference is a
// sentence for a person; none proves the move clean.
func Differences(before, after inventory.Interface, slot plan.Slot) []string {
	var list []string
	differ := func(what string, was, is any) {
		list = append(list, fmt.Sprintf("%s was %v and is %v", what, was, is))
	}
	// What the attach asks for. The index matters to the guest, which names its device by it.
	a := after.Attachment
	if a.DeviceIndex != slot.Index {
		list = append(list, fmt.Sprintf("device index should be %d and is %d", slot.Index, a.DeviceIndex))
	}
	if a.NetworkCard != 0 {
		list = append(list, fmt.Sprintf("network card should be 0 and is %d", a.NetworkCard))
	}
	// An attach by API leaves it off. If it is on, the address dies with the instance.
	if a.DeleteOnTermination {
		list = append(list, "DeleteOnTermination should be false and is true: the interface would be deleted with the instance")
	}
	// What the interface takes along. Order means nothing in EC2's lists.
	if was, is := addresses(before), addresses(after); was != is {
		differ("private addresses", was, is)
	}
	if was, is := elastic(before), elastic(after); was != is {
		differ("Elastic IPs", was, is)
	}
	if was, is := sorted(before.IPv6, netip.Addr.Compare), sorted(after.IPv6, netip.Addr.Compare); !slices.Equal(was, is) {
		differ("IPv6 addresses", was, is)
	}
	if was, is := sorted(before.Prefixes, netip.Prefix.Compare), sorted(after.Prefixes, netip.Prefix.Compare); !slices.Equal(was, is) {
		differ("prefixes", was, is)
	}
	if was, is := sorted(before.SecurityGroups, strings.Compare), sorted(after.SecurityGroups, strings.Compare); !slices.Equal(was, is) {
		differ("security groups", was, is)
	}
	if before.MAC != after.MAC {
		differ("MAC", before.MAC, after.MAC)
	}
	if before.SourceDestCheck != after.SourceDestCheck {
		differ("source/destination check", before.SourceDestCheck, after.SourceDestCheck)
	}
	return list
}

// addresses lists the private IPv4 addresses, sorted, with the primary one marked.
func addresses(e inventory.Interface) string {
	return list(e, func(a inventory.Address) string {
		if a.Primary {
			return a.IP.String() + " (primary)"
		}
		return a.IP.String()
	})
}

// elastic lists which Elastic IP, by its allocation, each private address has. A public address without an allocation
// belongs to EC2, which may replace it.
func elastic(e inventory.Interface) string {
	return list(e, func(a inventory.Address) string {
		if a.AllocationID == "" {
			return ""
		}
		return fmt.Sprintf("%s (%s) on %s", a.ElasticIP, a.AllocationID, a.IP)
	})
}

// list joins what show says of each address, sorted.
func list(e inventory.Interface, show func(inventory.Address) string) string {
	var words []string
	for _, a := range e.Addresses {
		if s := show(a); s != "" {
			words = append(words, s)
		}
	}
	slices.Sort(words)
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

// sorted returns a sorted copy.
func sorted[T any](list []T, compare func(a, b T) int) []T {
	return slices.SortedFunc(slices.Values(list), compare)
}
