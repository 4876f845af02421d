package awssim

import (
	"slices"
	"strconv"
	"strings"
)

// describeInstanceTypes answers DescribeInstanceTypes, with what concerns network interfaces. One unknown type fails
// the whole call.
func describeInstanceTypes(e *exchange, out *xmlWriter) *refusal {
	list, refused := filters(e, typeField, InstanceType{})
	if refused != nil {
		return refused
	}
	w, refused := e.window(100, "")
	if refused != nil {
		return refused
	}
	names := e.list("InstanceType")
	if len(names) > 100 { // API reference of the action
		return refuse("InvalidParameterValue", "The maximum number of instance types is 100, there are %d", len(names))
	}
	var unknown []string
	for _, name := range names {
		if _, known := e.acc.types.find(name); !known {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return refuse("InvalidInstanceType", "The following supplied instance types do not exist: [%s]", strings.Join(unknown, ", "))
	}
	if len(names) == 0 {
		names = e.acc.types.names()
	}
	if refused := e.permit(); refused != nil {
		return refused
	}
	slices.Sort(names)
	key := func(name string) string { return name }
	items, token := page(w, slices.Values(slices.Compact(names)), key, func(name string) bool {
		t, _ := e.acc.types.find(name)
		return passes(t, list, typeField)
	})
	out.in("instanceTypeSet", func() {
		for _, name := range items {
			t, _ := e.acc.types.find(name)
			out.in("item", func() { writeType(out, t) })
		}
	})
	out.opt("nextToken", token)
	return nil
}

// typeField returns the values for the filters of DescribeInstanceTypes that the simulator has.
func typeField(t InstanceType, name string) (values []string, known bool) {
	switch name {
	case "instance-type":
		return nonEmpty(t.Name), true
	case "hypervisor":
		return nonEmpty(t.Hypervisor), true
	case "network-info.maximum-network-interfaces":
		return nonEmpty(strconv.Itoa(t.MaximumInterfaces)), true
	case "network-info.ipv4-addresses-per-interface":
		return nonEmpty(strconv.Itoa(t.IPv4PerInterface)), true
	case "network-info.ipv6-addresses-per-interface":
		return nonEmpty(strconv.Itoa(t.IPv6PerInterface)), true
	default:
		return nil, false
	}
}

func writeType(x *xmlWriter, t InstanceType) {
	x.text("instanceType", t.Name)
	x.text("hypervisor", t.Hypervisor)
	x.in("networkInfo", func() {
		x.num("maximumNetworkInterfaces", t.MaximumInterfaces)
		x.num("maximumNetworkCards", len(t.CardInterfaces))
		x.num("defaultNetworkCardIndex", 0)
		x.in("networkCards", func() {
			for n, limit := range t.CardInterfaces {
				x.in("item", func() {
					x.num("networkCardIndex", n)
					x.num("maximumNetworkInterfaces", limit)
				})
			}
		})
		x.num("ipv4AddressesPerInterface", t.IPv4PerInterface)
		x.num("ipv6AddressesPerInterface", t.IPv6PerInterface)
		x.flag("ipv6Supported", t.IPv6PerInterface > 0)
	})
}
