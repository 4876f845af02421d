package awssim

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

func describeNetworkInterfaces(e *exchange, out *xmlWriter) *refusal {
	list, refused := filters(e, e.acc.interfaceField, &Interface{})
	if refused != nil {
		return refused
	}
	w, refused := e.window(1000, "NetworkInterfaceId")
	if refused != nil {
		return refused
	}
	all := e.acc.interfacesInOrder()
	if ids := e.list("NetworkInterfaceId"); len(ids) > 0 {
		named := make([]*Interface, 0, len(ids))
		for _, id := range ids {
			i, refused := e.networkInterface(id)
			if refused != nil {
				return refused
			}
			named = append(named, i)
		}
		slices.SortFunc(named, func(x, y *Interface) int { return strings.Compare(x.ID, y.ID) })
		all = slices.Values(slices.Compact(named))
	}
	if refused := e.permit(); refused != nil {
		return refused
	}
	key := func(i *Interface) string { return i.ID }
	items, token := page(w, all, key, func(i *Interface) bool { return passes(i, list, e.acc.interfaceField) })
	out.in("networkInterfaceSet", func() {
		for _, i := range items {
			out.in("item", func() { e.acc.writeInterface(out, i) })
		}
	})
	out.opt("nextToken", token)
	return nil
}

// interfacesInOrder yields all interfaces in the order of ids.
func (a *account) interfacesInOrder() iter.Seq[*Interface] {
	return func(yield func(*Interface) bool) {
		for _, n := range a.interfacesByID {
			if !yield(&a.Interfaces[n]) {
				return
			}
		}
	}
}

// interfaceField returns the values for the filters of DescribeNetworkInterfaces.
func (a *account) interfaceField(i *Interface, name string) (values []string, known bool) {
	if part, found := strings.CutPrefix(name, "attachment."); found {
		return i.Attachment.field(part)
	}
	switch name {
	case "availability-zone":
		return nonEmpty(i.AZ), true
	case "availability-zone-id":
		return nonEmpty(azID(i.AZ, a.Region)), true
	case "description":
		return nonEmpty(i.Description), true
	case "group-id":
		return i.SecurityGroups, true
	case "interface-type":
		return nonEmpty(strings.ReplaceAll(i.Type, "natGateway", "nat_gateway")), true // the filter has another spelling
	case "ipv6-addresses.ipv6-address":
		return i.IPv6, true
	case "mac-address":
		return nonEmpty(i.MAC), true
	case "network-interface-id":
		return nonEmpty(i.ID), true
	case "operator.managed":
		return flagValue(i.OperatorManaged), true
	case "owner-id":
		return nonEmpty(i.Owner), true
	case "private-dns-name":
		return nonEmpty(privateDNSName(i.primaryIP().Address, a.Region)), true
	case "private-ip-address", "addresses.private-ip-address":
		return i.addressField(func(ip PrivateIP) string { return ip.Address }), true
	case "addresses.primary":
		return i.addressField(func(ip PrivateIP) string { return strconv.FormatBool(ip.Primary) }), true
	case "addresses.association.public-ip":
		return i.addressField(func(ip PrivateIP) string { return ip.ElasticIP }), true
	case "association.public-ip":
		return nonEmpty(i.primaryIP().ElasticIP), true
	case "association.allocation-id":
		return nonEmpty(i.primaryIP().AllocationID), true
	case "association.association-id":
		return nonEmpty(i.primaryIP().AssociationID), true
	case "requester-managed":
		return flagValue(i.RequesterManaged), true
	case "source-dest-check":
		return flagValue(i.sourceDestCheck()), true
	case "status":
		return nonEmpty(i.status()), true
	case "subnet-id":
		return nonEmpty(i.Subnet), true
	case "vpc-id":
		return nonEmpty(i.VPC), true
	default:
		return tagField(i.Tags, name)
	}
}

func (i *Interface) addressField(of func(PrivateIP) string) (values []string) {
	for _, ip := range i.PrivateIPs {
		values = append(values, nonEmpty(of(ip))...)
	}
	return values
}

// field returns the values for the filters of an attachment, none for an unattached interface.
func (t *Attachment) field(name string) (values []string, known bool) {
	var a Attachment
	if t != nil {
		a = *t
	}
	switch name {
	case "attach-time":
		values = nonEmpty(timestamp(a.AttachTime))
	case "attachment-id":
		values = nonEmpty(a.ID)
	case "delete-on-termination":
		values = flagValue(a.DeleteOnTermination)
	case "device-index":
		values = nonEmpty(strconv.Itoa(a.DeviceIndex))
	case "instance-id":
		values = nonEmpty(a.Instance)
	case "instance-owner-id":
		values = nonEmpty(a.InstanceOwner)
	case "status":
		values = nonEmpty(a.Status)
	default:
		return nil, false
	}
	if t == nil {
		return nil, true
	}
	return values, true
}
