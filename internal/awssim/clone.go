package awssim

import (
	"maps"
	"slices"
)

// clone returns a deep copy.
func (w *World) clone() World {
	c := *w
	c.Instances = slices.Clone(c.Instances)
	for n := range c.Instances {
		c.Instances[n] = c.Instances[n].clone()
	}
	c.Interfaces = slices.Clone(c.Interfaces)
	for n := range c.Interfaces {
		c.Interfaces[n] = c.Interfaces[n].clone()
	}
	c.Volumes = slices.Clone(c.Volumes)
	c.Zones = slices.Clone(c.Zones)
	for n, z := range c.Zones {
		c.Zones[n].VPCs = slices.Clone(z.VPCs)
		c.Zones[n].Records = slices.Clone(z.Records)
		for m := range c.Zones[n].Records {
			c.Zones[n].Records[m] = c.Zones[n].Records[m].clone()
		}
	}
	c.InstanceTypes = slices.Clone(c.InstanceTypes)
	for n, t := range c.InstanceTypes {
		c.InstanceTypes[n].CardInterfaces = slices.Clone(t.CardInterfaces)
	}
	c.AutoScalingGroups = slices.Clone(c.AutoScalingGroups)
	for n, g := range c.AutoScalingGroups {
		c.AutoScalingGroups[n].Tags = maps.Clone(g.Tags)
	}
	c.DisruptedAZs = slices.Clone(c.DisruptedAZs)
	c.Policies = slices.Clone(c.Policies) // the documents are never changed
	return c
}

func (i *Instance) clone() Instance {
	c := *i
	c.Tags = maps.Clone(i.Tags)
	return c
}

func (i *Interface) clone() Interface {
	c := *i
	c.PrivateIPs = slices.Clone(i.PrivateIPs)
	c.IPv6 = slices.Clone(i.IPv6)
	c.IPv4Prefixes = slices.Clone(i.IPv4Prefixes)
	c.IPv6Prefixes = slices.Clone(i.IPv6Prefixes)
	c.SecurityGroups = slices.Clone(i.SecurityGroups)
	c.SourceDestCheck = clonePointer(i.SourceDestCheck)
	c.Tags = maps.Clone(i.Tags)
	c.Attachment = clonePointer(i.Attachment)
	return c
}

func (r Record) clone() Record {
	r.Values = slices.Clone(r.Values)
	r.Weight = clonePointer(r.Weight)
	r.Alias = clonePointer(r.Alias)
	return r
}

func clonePointer[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}
