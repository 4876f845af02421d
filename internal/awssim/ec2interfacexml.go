package awssim

// writeInterface writes an interface as in DescribeNetworkInterfaces.
func (a *account) writeInterface(x *xmlWriter, i *Interface) {
	a.writeInterfaceCommon(x, i)
	x.text("availabilityZone", i.AZ)
	x.text("availabilityZoneId", azID(i.AZ, a.Region))
	x.flag("requesterManaged", i.RequesterManaged)
	if i.RequesterManaged {
		x.text("requesterId", "amazon-aws")
	}
	x.tags(i.Tags)
	if t := i.Attachment; t != nil {
		x.in("attachment", func() {
			t.write(x)
			x.opt("instanceId", t.Instance)
			x.text("instanceOwnerId", t.InstanceOwner)
		})
	}
}

// writeInstanceInterface writes an interface as part of an instance in DescribeInstances, without zone and tags.
func (a *account) writeInstanceInterface(x *xmlWriter, i *Interface) {
	a.writeInterfaceCommon(x, i)
	x.in("attachment", func() { i.Attachment.write(x) })
}

func (a *account) writeInterfaceCommon(x *xmlWriter, i *Interface) {
	x.text("networkInterfaceId", i.ID)
	x.text("subnetId", i.Subnet)
	x.text("vpcId", i.VPC)
	x.text("description", i.Description)
	x.text("ownerId", i.Owner)
	x.text("status", i.status())
	x.text("interfaceType", i.Type)
	x.text("macAddress", i.MAC)
	x.flag("sourceDestCheck", i.sourceDestCheck())
	x.in("operator", func() {
		x.flag("managed", i.OperatorManaged)
		if i.OperatorManaged {
			x.text("principal", "eks.amazonaws.com")
		}
	})
	x.in("groupSet", func() {
		for _, g := range i.SecurityGroups {
			x.in("item", func() { x.text("groupId", g) })
		}
	})
	if ip := i.primaryIP(); ip.Address != "" {
		x.text("privateIpAddress", ip.Address)
		x.text("privateDnsName", privateDNSName(ip.Address, a.Region))
		a.writeAssociation(x, ip)
	}
	a.writeAddresses(x, i)
}

func (a *account) writeAddresses(x *xmlWriter, i *Interface) {
	x.in("privateIpAddressesSet", func() {
		for _, ip := range i.PrivateIPs {
			x.in("item", func() {
				x.text("privateIpAddress", ip.Address)
				x.text("privateDnsName", privateDNSName(ip.Address, a.Region))
				x.flag("primary", ip.Primary)
				a.writeAssociation(x, ip)
			})
		}
	})
	writeSet(x, "ipv6AddressesSet", "ipv6Address", i.IPv6)
	writeSet(x, "ipv4PrefixSet", "ipv4Prefix", i.IPv4Prefixes)
	writeSet(x, "ipv6PrefixSet", "ipv6Prefix", i.IPv6Prefixes)
}

func (a *account) writeAssociation(x *xmlWriter, ip PrivateIP) {
	if ip.ElasticIP == "" {
		return
	}
	x.in("association", func() {
		x.text("publicIp", ip.ElasticIP)
		x.text("ipOwnerId", a.Account)
		x.text("allocationId", ip.AllocationID)
		x.text("associationId", ip.AssociationID)
	})
}

func (t *Attachment) write(x *xmlWriter) {
	x.text("attachmentId", t.ID)
	x.num("deviceIndex", t.DeviceIndex)
	x.num("networkCardIndex", t.NetworkCard)
	x.text("status", t.Status)
	x.instant("attachTime", t.AttachTime)
	x.flag("deleteOnTermination", t.DeleteOnTermination)
}

// writeSet writes a list of items with one element each.
func writeSet(x *xmlWriter, list, element string, values []string) {
	if len(values) == 0 {
		return
	}
	x.in(list, func() {
		for _, v := range values {
			x.in("item", func() { x.text(element, v) })
		}
	})
}
