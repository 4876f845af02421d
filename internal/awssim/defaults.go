package awssim

import (
	"encoding/json"
	"strconv"
	"time"
)

const defaultVPC = "vpc-0d0d0d0d0d0d0d0d0"

// fill sets each missing field to its default. It changes no other field, so that it can run again after an edit.
func (w *World) fill(start time.Time) {
	setDefault(&w.Region, "eu-west-1")
	setDefault(&w.Account, "123456789012")
	instances := w.fillInstances(start)
	used := map[string]bool{}
	for _, i := range w.Interfaces {
		for _, ip := range i.PrivateIPs {
			used[ip.Address] = true
		}
	}
	for n := range w.Interfaces {
		i := &w.Interfaces[n]
		var holder *Instance
		if i.Attachment != nil {
			holder = instances[i.Attachment.Instance]
		}
		i.fill(holder, w.Account, start, used)
	}
	for n := range w.Volumes {
		if v := &w.Volumes[n]; v.Encrypted {
			setDefault(&v.KMSKeyID, managedKey(w.Region, w.Account))
		}
	}
	for n := range w.Zones {
		w.Zones[n].fill(w.Account)
	}
	for n, p := range w.Policies {
		if document, err := json.Marshal(p.Document); err == nil { // without blanks; validation reports an invalid document
			w.Policies[n].Document = document
		}
	}
}

// fillInstances sets the defaults of instances, and adds missing primary interfaces. It returns the instances by id.
func (w *World) fillInstances(start time.Time) map[string]*Instance {
	primaries := map[string]*Interface{}
	for n := range w.Interfaces {
		if i := &w.Interfaces[n]; i.primary() {
			primaries[i.Attachment.Instance] = i
		}
	}
	instances := map[string]*Instance{}
	var missing []Interface // one for each instance, even if an id is used twice, which validation reports
	for n := range w.Instances {
		i := &w.Instances[n]
		primary := primaries[i.ID]
		i.fill(primary, start)
		twice := instances[i.ID] != nil
		instances[i.ID] = i
		if primary == nil && i.State != terminated && !twice {
			missing = append(missing, primaryInterface(i))
		}
	}
	w.Interfaces = append(w.Interfaces, missing...)
	return instances
}

func (i *Instance) fill(primary *Interface, start time.Time) {
	setDefault(&i.Type, "t3.medium")
	setDefault(&i.State, running)
	if primary != nil {
		setDefault(&i.VPC, primary.VPC)
		setDefault(&i.Subnet, primary.Subnet)
	}
	setDefault(&i.VPC, defaultVPC)
	setDefault(&i.Subnet, derivedID("subnet-", i.VPC, i.AZ, "primary"))
	setDefault(&i.SystemStatus, "ok")
	setDefault(&i.InstanceStatus, "ok")
	if i.Lifecycle == "spot" {
		setDefault(&i.SpotStatus, spotFulfilled)
		setDefault(&i.SpotBehavior, "terminate")
		if i.SpotBehavior != "terminate" {
			setDefault(&i.SpotType, spotPersistent)
		}
		setDefault(&i.SpotType, spotOneTime)
	}
	if i.AutoScalingGroup != "" {
		setDefault(&i.LifecycleState, "InService")
	}
	if i.LaunchTime.IsZero() {
		i.LaunchTime = start.Add(-time.Hour)
	}
}

// primaryInterface returns the interface that an instance is launched with.
func primaryInterface(i *Instance) Interface {
	return Interface{
		ID: derivedID("eni-", i.ID, "primary"), AZ: i.AZ, VPC: i.VPC, Subnet: i.Subnet,
		Attachment: &Attachment{Instance: i.ID, AttachTime: i.LaunchTime, DeleteOnTermination: true},
	}
}

func (i *Interface) fill(holder *Instance, account string, start time.Time, used map[string]bool) {
	if holder != nil {
		setDefault(&i.AZ, holder.AZ)
		setDefault(&i.VPC, holder.VPC)
	}
	setDefault(&i.VPC, defaultVPC)
	// Secondary interfaces get their own subnet: a subnet shared with the primary interface leads to asymmetric routing
	// (AWS's best practices for configuring network interfaces).
	setDefault(&i.Subnet, derivedID("subnet-", i.VPC, i.AZ, "secondary"))
	setDefault(&i.MAC, derivedMAC(i.ID))
	setDefault(&i.Type, typeInterface)
	setDefault(&i.Owner, account)
	i.fillAddresses(used)
	if a := i.Attachment; a != nil {
		setDefault(&a.ID, derivedID("eni-attach-", i.ID, a.Instance, strconv.Itoa(a.NetworkCard), strconv.Itoa(a.DeviceIndex)))
		setDefault(&a.InstanceOwner, account)
		setDefault(&a.Status, attached)
		if a.AttachTime.IsZero() {
			a.AttachTime = start.Add(-time.Hour)
			if holder != nil {
				a.AttachTime = holder.LaunchTime
			}
		}
	}
}

// fillAddresses adds an IPv4 address to an interface without any address, makes the first one primary if none is, and
// adds the ids of Elastic IPs. An interface with only IPv6 addresses stays so.
func (i *Interface) fillAddresses(used map[string]bool) {
	if len(i.PrivateIPs) == 0 && len(i.IPv6) == 0 {
		i.PrivateIPs = []PrivateIP{{Address: unusedAddress(i.ID, used)}}
	}
	if len(i.PrivateIPs) > 0 && i.primaryIP() == (PrivateIP{}) {
		i.PrivateIPs[0].Primary = true
	}
	for n := range i.PrivateIPs {
		if ip := &i.PrivateIPs[n]; ip.ElasticIP != "" {
			setDefault(&ip.AllocationID, derivedID("eipalloc-", ip.ElasticIP))
			setDefault(&ip.AssociationID, derivedID("eipassoc-", ip.ElasticIP, i.ID, ip.Address))
		}
	}
}

func (z *Zone) fill(account string) {
	setDefault(&z.Owner, account)
	if name, err := normalName(z.Name); err == nil { // validation reports an invalid name
		z.Name = name
	}
	for n := range z.Records {
		if name, err := normalName(z.Records[n].Name); err == nil {
			z.Records[n].Name = name
		}
	}
	z.fillApex("NS", 172800, "ns-0.awsdns-00.com.", "ns-512.awsdns-00.net.")
	z.fillApex("SOA", 900, "ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400")
}

func (z *Zone) fillApex(kind string, ttl int64, values ...string) {
	for _, r := range z.Records {
		if r.Name == z.Name && r.Type == kind {
			return
		}
	}
	z.Records = append(z.Records, Record{Name: z.Name, Type: kind, TTL: ttl, Values: values})
}

func setDefault(field *string, value string) {
	if *field == "" {
		*field = value
	}
}
