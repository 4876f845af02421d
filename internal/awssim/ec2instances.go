package awssim

import (
	"iter"
	"slices"
	"strconv"
	"strings"
)

// describeInstances answers DescribeInstances, with one reservation per instance.
func describeInstances(e *exchange, out *xmlWriter) *refusal {
	list, refused := filters(e, e.acc.instanceField, &Instance{})
	if refused != nil {
		return refused
	}
	w, refused := e.window(1000, "InstanceId")
	if refused != nil {
		return refused
	}
	all, refused := e.requestedInstances()
	if refused != nil {
		return refused
	}
	if refused := e.permit(); refused != nil {
		return refused
	}
	if refused := e.disrupted(); refused != nil {
		return refused
	}
	items, token := page(w, all, instanceKey, func(i *Instance) bool { return passes(i, list, e.acc.instanceField) })
	out.in("reservationSet", func() {
		for _, i := range items {
			out.in("item", func() {
				out.text("reservationId", derivedID("r-", i.ID))
				out.text("ownerId", e.acc.Account)
				out.in("instancesSet", func() {
					out.in("item", func() { e.acc.writeInstance(out, i) })
				})
			})
		}
	})
	out.opt("nextToken", token)
	return nil
}

// requestedInstances yields the instances that the call names, or all, in the order of ids.
func (e *exchange) requestedInstances() (iter.Seq[*Instance], *refusal) {
	ids := e.list("InstanceId")
	if len(ids) == 0 {
		return e.acc.instancesInOrder(), nil
	}
	named, refused := e.instances(ids)
	if refused != nil {
		return nil, refused
	}
	slices.SortFunc(named, func(x, y *Instance) int { return strings.Compare(x.ID, y.ID) })
	return slices.Values(slices.Compact(named)), nil
}

func (a *account) instancesInOrder() iter.Seq[*Instance] {
	return func(yield func(*Instance) bool) {
		for _, n := range a.instancesByID {
			if !yield(&a.Instances[n]) {
				return
			}
		}
	}
}

func instanceKey(i *Instance) string { return i.ID }

// disrupted refuses DescribeInstances as World.DisruptedAZs says. The API reference says that the call fails, but not
// how; a server error is likely.
func (e *exchange) disrupted() *refusal {
	broken := e.acc.DisruptedAZs
	ids := e.list("InstanceId")
	hit := len(ids) == 0 && len(broken) > 0
	for _, id := range ids {
		hit = hit || slices.Contains(broken, e.acc.findInstance(id).AZ)
	}
	if hit {
		return refuse("Unavailable", "The service is unavailable. Please try again shortly.")
	}
	return nil
}

// instanceField returns the values for the filters of DescribeInstances.
func (a *account) instanceField(i *Instance, name string) (values []string, known bool) {
	if part, found := strings.CutPrefix(name, "network-interface."); found {
		return a.instanceInterfaceField(i, part)
	}
	switch name {
	case "availability-zone":
		return nonEmpty(i.AZ), true
	case "availability-zone-id":
		return nonEmpty(azID(i.AZ, a.Region)), true
	case "instance-id":
		return nonEmpty(i.ID), true
	case "instance-lifecycle":
		return nonEmpty(i.Lifecycle), true
	case "instance-state-code":
		return nonEmpty(strconv.Itoa(stateCode(i.State))), true
	case "instance-state-name":
		return nonEmpty(i.State), true
	case "instance-type":
		return nonEmpty(i.Type), true
	case "launch-time":
		return nonEmpty(timestamp(i.LaunchTime)), true
	case "owner-id":
		return nonEmpty(a.Account), true
	case "private-ip-address":
		return nonEmpty(a.primaryOf(i).primaryIP().Address), true
	case "spot-instance-request-id":
		return nonEmpty(spotRequestID(i)), true
	case "state-reason-code":
		return nonEmpty(i.shownReason().Code), true
	case "subnet-id":
		return nonEmpty(i.networkAttribute(i.Subnet)), true
	case "vpc-id":
		return nonEmpty(i.networkAttribute(i.VPC)), true
	default:
		return tagField(i.Tags, name)
	}
}

// instanceInterfaceField returns a field of all interfaces on an instance. Only here, and not in
// DescribeNetworkInterfaces, the network card is a filter.
func (a *account) instanceInterfaceField(i *Instance, name string) (values []string, known bool) {
	field := a.interfaceField
	if name == "attachment.network-card-index" {
		field = func(x *Interface, _ string) ([]string, bool) {
			return nonEmpty(strconv.Itoa(x.Attachment.NetworkCard)), true
		}
	} else if _, known := field(&Interface{}, name); !known {
		return nil, false
	}
	for _, x := range a.attachedTo(i.ID) {
		of, _ := field(x, name)
		values = append(values, of...)
	}
	return values, true
}

// networkAttribute returns a network attribute of an instance. A terminated instance no longer has any.
func (i *Instance) networkAttribute(value string) string {
	if i.State == terminated {
		return ""
	}
	return value
}

// primaryOf returns an instance's primary interface, or an empty one if it is gone.
func (a *account) primaryOf(i *Instance) *Interface {
	for _, x := range a.attachedTo(i.ID) {
		if x.primary() {
			return x
		}
	}
	return &Interface{}
}

// spotRequestID returns the id of an instance's Spot request, "" for On-Demand.
func spotRequestID(i *Instance) string {
	if i.Lifecycle != "spot" {
		return ""
	}
	return derivedID("sir-", i.ID)
}

func (a *account) writeInstance(x *xmlWriter, i *Instance) {
	x.text("instanceId", i.ID)
	x.text("instanceType", i.Type)
	x.text("imageId", "ami-0d0d0d0d0d0d0d0d0")
	x.in("instanceState", func() { writeState(x, i.State) })
	if reason := i.shownReason(); reason.Code != "" {
		x.in("stateReason", func() {
			x.text("code", reason.Code)
			x.text("message", reason.Message)
		})
	}
	x.instant("launchTime", i.LaunchTime)
	x.opt("instanceLifecycle", i.Lifecycle)
	x.opt("spotInstanceRequestId", spotRequestID(i))
	x.opt("vpcId", i.networkAttribute(i.VPC))
	x.opt("subnetId", i.networkAttribute(i.Subnet))
	x.text("hypervisor", hypervisorXen) // also for Nitro (API reference of DescribeInstances)
	x.in("placement", func() {
		x.text("availabilityZone", i.AZ)
		x.text("availabilityZoneId", azID(i.AZ, a.Region))
		x.text("tenancy", "default")
	})
	x.tags(i.Tags)
	if ip := a.primaryOf(i).primaryIP(); ip.Address != "" {
		x.text("privateIpAddress", ip.Address)
		x.text("privateDnsName", privateDNSName(ip.Address, a.Region))
		x.opt("ipAddress", ip.ElasticIP)
	}
	x.in("networkInterfaceSet", func() {
		for _, n := range a.attachedTo(i.ID) {
			x.in("item", func() { a.writeInstanceInterface(x, n) })
		}
	})
}

func writeState(x *xmlWriter, state string) {
	x.num("code", stateCode(state))
	x.text("name", state)
}
