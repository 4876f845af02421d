package awssim

import (
	"strconv"
	"time"
)

// attachNetworkInterface answers AttachNetworkInterface. The attachment is `attaching` at once and `attached` after
// Timing.Attach. The call has no client token: a repeated call finds the interface in use.
func attachNetworkInterface(e *exchange, out *xmlWriter) *refusal {
	i, to, at, refused := e.attachTarget()
	if refused != nil {
		return refused
	}
	if refused := deniedByWorld(to.RefuseAttach, "attachment to", to.ID); refused != nil {
		return refused
	}
	if refused := e.permit(e.interfaceResource(i), e.instanceResource(to)); refused != nil {
		return refused
	}
	if to.RefuseAttach != "" {
		return refuse(to.RefuseAttach, "The attachment to '%s' was refused", to.ID)
	}
	if refused := e.attachable(i, to); refused != nil {
		return refused
	}
	if refused := e.roomFor(i, to, at); refused != nil {
		return refused
	}
	e.sim.attaches++
	a := Attachment{
		// Each attachment has a new id, so that a caller that observed an old one cannot detach a later one.
		ID:       derivedID("eni-attach-", i.ID, to.ID, strconv.Itoa(e.sim.attaches)),
		Instance: to.ID, InstanceOwner: e.acc.Account, Status: attaching,
		DeviceIndex: at.index, NetworkCard: at.card, AttachTime: e.now,
		DeleteOnTermination: false, // the call has no such parameter, and EC2 sets false
	}
	e.acc.attach(i, a)
	if !to.HungAttach {
		e.sim.schedule(e.now.Add(time.Duration(e.acc.Timing.Attach)), a.ID, func() { e.sim.completeAttach(a.ID) })
	}
	out.text("attachmentId", a.ID)
	out.num("networkCardIndex", at.card)
	return nil
}

// completeAttach completes an attach, unless the attachment has changed meanwhile.
func (s *Sim) completeAttach(id string) {
	if i := s.acc.findAttachment(id); i != nil && i.Attachment.Status == attaching {
		i.setStatus(attached)
	}
}

// attachTarget reads the call's parameters and finds the interface, the instance and the attach point.
func (e *exchange) attachTarget() (i *Interface, to *Instance, at attachPoint, refused *refusal) {
	fail := func(r *refusal) (*Interface, *Instance, attachPoint, *refusal) { return nil, nil, attachPoint{}, r }
	var ids [3]string
	for n, name := range []string{"NetworkInterfaceId", "InstanceId", "DeviceIndex"} {
		if ids[n], refused = e.required(name); refused != nil {
			return fail(refused)
		}
	}
	if at.index, refused = e.index("DeviceIndex"); refused != nil {
		return fail(refused)
	}
	if at.card, refused = e.index("NetworkCardIndex"); refused != nil {
		return fail(refused)
	}
	if i, refused = e.networkInterface(ids[0]); refused != nil {
		return fail(refused)
	}
	if to, refused = e.instance(ids[1]); refused != nil {
		return fail(refused)
	}
	at.instance = to.ID
	return i, to, at, nil
}

// attachable refuses an attach that the states of interface and instance do not allow.
func (e *exchange) attachable(i *Interface, to *Instance) *refusal {
	if refused := e.movable(i, to.State); refused != nil {
		return refused
	}
	switch {
	case to.State == pending:
		// AWS does not document the code. A volume gets this one (ansible amazon.aws pull request 497), and so does an
		// interface in Eucalyptus, which was built to answer like EC2.
		return refuse("IncorrectState", "Instance '%s' is not 'running' or 'stopped'", to.ID)
	case to.State != running && to.State != stopped:
		// Hot attach needs a running instance, warm attach a stopped one (EC2 guide, "Network interface attachments for
		// your EC2 instance").
		return refuse("IncorrectInstanceState", "Instance '%s' is not 'running' or 'stopped': it is '%s'", to.ID, to.State)
	case i.AZ != to.AZ:
		// An interface's subnet is in one zone.
		return refuse("InvalidParameterCombination",
			"You may not attach a network interface to an instance if they are not in the same availability zone")
	case i.VPC != to.VPC:
		// AWS now allows this within one account and zone. It is refused here so that a plan which relies on it fails.
		return refuse("InvalidParameterCombination",
			"You may not attach a network interface to an instance if they are not in the same VPC")
	case i.Attachment != nil:
		// One attachment at a time, in any state (error codes of the EC2 API).
		return refuse("InvalidNetworkInterface.InUse", "Interface: [%s] in use.", i.ID)
	}
	return nil
}

// movable refuses interfaces that only AWS, or another account, may attach or detach.
func (e *exchange) movable(i *Interface, state string) *refusal {
	switch {
	case i.RequesterManaged, i.OperatorManaged:
		// EC2 guide, "Requester-managed network interfaces": they cannot be detached or changed.
		return refuse("OperationNotPermitted", "You are not allowed to manage the network interface '%s'", i.ID)
	case i.Owner != e.acc.Account:
		// An interface of another account needs a network interface permission (INSTANCE-ATTACH).
		return refuse("OperationNotPermitted", "You do not have permission to access the network interface '%s'", i.ID)
	case (i.Type == typeEFA || i.Type == typeEFAOnly) && state == stopped:
		return nil
	case i.Type != typeInterface:
		// A running instance can't attach or detach an EFA (EC2 guide). Trunk, branch and service interfaces belong to
		// their services.
		return refuse("OperationNotPermitted", "The network interface '%s' of type '%s' cannot be attached or detached", i.ID, i.Type)
	}
	return nil
}

// roomFor refuses an attach if the index is taken, no slot is free, or the instance type takes fewer addresses per
// interface. Attachments count from `attaching` to the end of `detaching`.
func (e *exchange) roomFor(i *Interface, to *Instance, at attachPoint) *refusal {
	t, _ := e.acc.types.find(to.Type) // validation has checked the type
	if at.card >= len(t.CardInterfaces) {
		return refuse("UnsupportedOperation", "The instance type '%s' has no network card %d", t.Name, at.card)
	}
	there := e.acc.attachedTo(to.ID)
	onCard := 0
	for _, other := range there {
		a := other.Attachment
		if a.NetworkCard != at.card {
			continue
		}
		onCard++
		if a.DeviceIndex == at.index {
			return refuse("InvalidParameterValue",
				"Instance '%s' already has an interface attached at device index '%d'.", to.ID, at.index)
		}
	}
	if onCard >= t.CardInterfaces[at.card] || len(there) >= t.MaximumInterfaces {
		return refuse("AttachmentLimitExceeded",
			"Interface count %d exceeds the limit for %s", len(there)+1, t.Name)
	}
	return addressesFit(i, t)
}

// addressesFit compares an interface's addresses with the limits of a type. A prefix counts as one address, and needs a
// Nitro instance (EC2 guide, "Assigning prefixes to network interfaces").
func addressesFit(i *Interface, t InstanceType) *refusal {
	if t.Hypervisor != hypervisorNitro && len(i.IPv4Prefixes)+len(i.IPv6Prefixes) > 0 {
		return refuse("UnsupportedOperation", "The instance type '%s' does not support prefixes", t.Name)
	}
	ipv4, ipv6 := len(i.PrivateIPs)+len(i.IPv4Prefixes), len(i.IPv6)+len(i.IPv6Prefixes)
	if ipv4 > t.IPv4PerInterface || ipv6 > t.IPv6PerInterface {
		// AWS does not document the code at attach; this one says most.
		return refuse("PrivateIpAddressLimitExceeded",
			"The interface has %d IPv4 and %d IPv6 addresses, %s takes %d and %d",
			ipv4, ipv6, t.Name, t.IPv4PerInterface, t.IPv6PerInterface)
	}
	return nil
}
