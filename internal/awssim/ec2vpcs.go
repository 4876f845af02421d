package awssim

import (
	"maps"
	"slices"
)

// describeVpcs answers DescribeVpcs with the VPCs of the account's resources.
func describeVpcs(e *exchange, out *xmlWriter) *refusal {
	w, refused := e.window(1000, "VpcId")
	if refused != nil {
		return refused
	}
	field := func(id, name string) ([]string, bool) {
		switch name {
		case "vpc-id":
			return nonEmpty(id), true
		case "owner-id":
			return nonEmpty(e.acc.Account), true
		case "state":
			return nonEmpty(available), true
		default:
			return tagField(nil, name)
		}
	}
	known := map[string]bool{}
	for _, i := range e.acc.Interfaces {
		known[i.VPC] = true
	}
	for _, i := range e.acc.Instances {
		known[i.VPC] = true
	}
	items, token, refused := pageOfIDs(e, w, known, "VpcId", "InvalidVpcID.NotFound", field)
	if refused != nil {
		return refused
	}
	out.in("vpcSet", func() {
		for _, id := range items {
			out.in("item", func() {
				out.text("vpcId", id)
				out.text("ownerId", e.acc.Account)
				out.text("state", available)
			})
		}
	})
	out.opt("nextToken", token)
	return nil
}

// describeSubnets answers DescribeSubnets with the subnets of the account's interfaces.
func describeSubnets(e *exchange, out *xmlWriter) *refusal {
	w, refused := e.window(1000, "SubnetId")
	if refused != nil {
		return refused
	}
	of := map[string]Interface{} // by subnet: an interface in it
	known := map[string]bool{}
	for _, i := range e.acc.Interfaces {
		of[i.Subnet] = i
		known[i.Subnet] = true
	}
	field := func(id, name string) ([]string, bool) {
		switch name {
		case "subnet-id":
			return nonEmpty(id), true
		case "vpc-id":
			return nonEmpty(of[id].VPC), true
		case "availability-zone":
			return nonEmpty(of[id].AZ), true
		default:
			return tagField(nil, name)
		}
	}
	items, token, refused := pageOfIDs(e, w, known, "SubnetId", "InvalidSubnetID.NotFound", field)
	if refused != nil {
		return refused
	}
	out.in("subnetSet", func() {
		for _, id := range items {
			out.in("item", func() {
				out.text("subnetId", id)
				out.text("vpcId", of[id].VPC)
				out.text("availabilityZone", of[id].AZ)
				out.text("ownerId", e.acc.Account)
				out.text("state", available)
			})
		}
	})
	out.opt("nextToken", token)
	return nil
}

// pageOfIDs returns one page of the ids that the call names, or of all known ids.
func pageOfIDs(e *exchange, w window, known map[string]bool, ids, notFound string, field fields[string]) ([]string, string, *refusal) {
	list, refused := filters(e, field, "")
	if refused != nil {
		return nil, "", refused
	}
	asked := e.list(ids)
	for _, id := range asked {
		if !known[id] {
			return nil, "", refuse(notFound, "The ID '%s' does not exist", id)
		}
	}
	if len(asked) == 0 {
		asked = slices.Collect(maps.Keys(known))
	}
	if refused := e.permit(); refused != nil {
		return nil, "", refused
	}
	slices.Sort(asked)
	key := func(id string) string { return id }
	items, token := page(w, slices.Values(slices.Compact(asked)), key, func(id string) bool { return passes(id, list, field) })
	return items, token, nil
}
