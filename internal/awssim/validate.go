package awssim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// problems collects all that is wrong with a world, so that one error names it all.
type problems struct {
	errs  []error
	lines map[string]int // by path: the line in the text of the world; nil if there is no text
}

// add adds a wrong field: its line and path, its value, and what is accepted.
func (f *problems) add(path string, value any, want string, args ...any) {
	text, err := json.Marshal(value)
	if err != nil {
		text = fmt.Append(nil, value)
	}
	const most = 200 // limits the value in the text
	if len(text) > most {
		text = append(text[:most:most], "…"...)
	}
	where := ""
	if path != "" {
		where = path + ": "
	}
	f.errs = append(f.errs, fmt.Errorf("world: %s%s%s: %s", f.line(path), where, text, fmt.Sprintf(want, args...)))
}

// line returns the line of a field, or of its parent if the field is missing.
func (f *problems) line(path string) string {
	for {
		if n, ok := f.lines[path]; ok && path != "" {
			return fmt.Sprintf("line %d: ", n)
		}
		end := strings.LastIndexAny(path, ".[")
		if end < 0 {
			return ""
		}
		path = path[:end]
	}
}

// oneOf checks that a value is in a closed list.
func (f *problems) oneOf(path, value string, accepted ...string) {
	if !slices.Contains(accepted, value) {
		f.add(path, value, "want one of %s", strings.Join(accepted, ", "))
	}
}

// id checks that an id has the prefix of its kind and is unique.
func (f *problems) id(path, id, prefix string, seen map[string]bool) {
	switch {
	case !strings.HasPrefix(id, prefix) || len(id) == len(prefix):
		f.add(path, id, "want an id that begins with %s", prefix)
	case seen[id]:
		f.add(path, id, "duplicate")
	}
	seen[id] = true
}

// validate refuses a world that EC2 cannot have. The defaults have been filled in.
func (w *World) validate(types typeTable) error {
	f := &problems{}
	w.collectProblems(f, types)
	return errors.Join(f.errs...)
}

// collectProblems adds everything that is wrong with the world to f.
func (w *World) collectProblems(f *problems, types typeTable) {
	if len(w.Account) != 12 || strings.Trim(w.Account, "0123456789") != "" {
		f.add("account", w.Account, "want 12 digits")
	}
	for n, t := range w.InstanceTypes {
		t.validate(f, fmt.Sprintf("instanceTypes[%d]", n))
	}
	instances := map[string]*Instance{}
	seen := map[string]bool{}
	for n := range w.Instances {
		i := &w.Instances[n]
		path := fmt.Sprintf("instances[%d].", n)
		f.id(path+"id", i.ID, "i-", seen)
		i.validate(f, path, types)
		f.zone(path+"az", i.AZ, w.Region)
		instances[i.ID] = i
	}
	w.validateInterfaces(f, instances, types)
	w.validateVolumes(f, instances)
	w.validateZones(f)
	w.readPolicies(f)
	for n, zone := range w.DisruptedAZs {
		f.zone(fmt.Sprintf("disruptedAZs[%d]", n), zone, w.Region)
	}
	groups := map[string]bool{}
	for n, g := range w.AutoScalingGroups {
		path := fmt.Sprintf("autoScalingGroups[%d].name", n)
		if g.Name == "" {
			f.add(path, g.Name, "required")
			continue
		}
		f.id(path, g.Name, "", groups)
	}
}

// zone checks that an Availability Zone belongs to the region: its name begins with the region's (EC2 User Guide,
// Regions and Zones). A missing zone is not reported here.
func (f *problems) zone(path, zone, region string) {
	if zone != "" && (!strings.HasPrefix(zone, region) || zone == region) {
		f.add(path, zone, "want an Availability Zone of the region %s, such as %sa", region, region)
	}
}

func (t InstanceType) validate(f *problems, path string) {
	if t.Name == "" {
		f.add(path+".name", t.Name, "required")
	}
	if t.MaximumInterfaces < 1 {
		f.add(path+".maximumInterfaces", t.MaximumInterfaces, "want 1 or more")
	}
	if t.IPv4PerInterface < 1 {
		f.add(path+".ipv4PerInterface", t.IPv4PerInterface, "want 1 or more")
	}
	if t.IPv6PerInterface < 0 {
		f.add(path+".ipv6PerInterface", t.IPv6PerInterface, "want 0 or more")
	}
	f.oneOf(path+".hypervisor", t.Hypervisor, "", hypervisorNitro, hypervisorXen)
}

func (i *Instance) validate(f *problems, path string, types typeTable) {
	if i.AZ == "" {
		f.add(path+"az", i.AZ, "required")
	}
	if _, known := types.find(i.Type); !known {
		f.add(path+"type", i.Type, "unknown type: add it to instanceTypes")
	}
	f.oneOf(path+"state", i.State, pending, running, stopping, stopped, shuttingDown, terminated)
	f.oneOf(path+"systemStatus", i.SystemStatus, "ok", "impaired", "initializing", "insufficient-data")
	f.oneOf(path+"instanceStatus", i.InstanceStatus, "ok", "impaired", "initializing", "insufficient-data")
	f.oneOf(path+"applicationStatus", i.ApplicationStatus, "", "ok", "impaired", "initializing", "insufficient-data", "not-applicable")
	f.oneOf(path+"failStart", i.FailStart, append(failedStarts(), "")...)
	if i.StateReason.Code == "" && i.StateReason.Message != "" {
		f.add(path+"stateReason.code", i.StateReason.Code, "required")
	}
	f.oneOf(path+"spotBehavior", i.SpotBehavior, "", "terminate", "stop", "hibernate")
	if i.SpotBehavior == "stop" || i.SpotBehavior == "hibernate" {
		f.oneOf(path+"spotType", i.SpotType, spotPersistent)
	} else {
		f.oneOf(path+"spotType", i.SpotType, "", spotOneTime, spotPersistent)
	}
}

// attachPoint is the place of an interface on an instance; each has one interface.
type attachPoint struct {
	instance    string
	card, index int
}

func (w *World) validateInterfaces(f *problems, instances map[string]*Instance, types typeTable) {
	ids, attachments := map[string]bool{}, map[string]bool{}
	addresses := map[string]string{} // by VPC and address: the interface
	taken := map[attachPoint]string{}
	count := map[string]int{}
	for n := range w.Interfaces {
		i := &w.Interfaces[n]
		path := fmt.Sprintf("interfaces[%d].", n)
		f.id(path+"id", i.ID, "eni-", ids)
		if i.AZ == "" && (i.Attachment == nil || i.Attachment.InstanceOwner != w.Account) {
			f.add(path+"az", i.AZ, "required of an interface that is not attached to an instance of the account")
		}
		f.zone(path+"az", i.AZ, w.Region)
		i.validateAddresses(f, path, addresses)
		if i.Attachment == nil {
			continue
		}
		path += "attachment."
		a := i.Attachment
		f.id(path+"id", a.ID, "e", attachments) // service interfaces have ela-attach-…
		f.oneOf(path+"status", a.Status, attaching, attached, detaching)
		at := attachPoint{a.Instance, a.NetworkCard, a.DeviceIndex}
		if other := taken[at]; other != "" && a.Instance != "" {
			f.add(path+"deviceIndex", a.DeviceIndex, "instance %s has %s at this index", a.Instance, other)
		}
		taken[at] = i.ID
		count[a.Instance]++
		if a.InstanceOwner == w.Account {
			i.validateHolder(f, path, instances[a.Instance], types, count[a.Instance])
		}
	}
}

func (i *Interface) validateHolder(f *problems, path string, holder *Instance, types typeTable, count int) {
	a := i.Attachment
	if holder == nil {
		f.add(path+"instance", a.Instance, "no such instance: want the id of one in instances")
		return
	}
	if holder.AZ != i.AZ {
		f.add(path+"instance", a.Instance, "it is in %s, the interface in %s", holder.AZ, i.AZ)
	}
	t, known := types.find(holder.Type)
	if !known {
		return // reported with the instance
	}
	if a.NetworkCard < 0 || a.NetworkCard >= len(t.CardInterfaces) {
		f.add(path+"networkCard", a.NetworkCard, "want less than %s's %d", t.Name, len(t.CardInterfaces))
	}
	if a.DeviceIndex < 0 {
		f.add(path+"deviceIndex", a.DeviceIndex, "want 0 or more")
	}
	if count > t.MaximumInterfaces {
		f.add(path+"instance", a.Instance, "it has %d interfaces, its type %s takes %d", count, t.Name, t.MaximumInterfaces)
	}
}

func (i *Interface) validateAddresses(f *problems, path string, taken map[string]string) {
	primaries := 0
	for n, ip := range i.PrivateIPs {
		at := fmt.Sprintf("%sprivateIPs[%d].address", path, n)
		f.address(at, ip.Address, netip.Addr.Is4, "IPv4")
		if other := taken[i.VPC+ip.Address]; other != "" {
			f.add(at, ip.Address, "%s has it", other)
		}
		taken[i.VPC+ip.Address] = i.ID
		if ip.Primary {
			primaries++
		}
	}
	if primaries > 1 {
		f.add(path+"privateIPs", primaries, "want one primary address")
	}
	for n, ip := range i.IPv6 {
		f.address(fmt.Sprintf("%sipv6[%d]", path, n), ip, netip.Addr.Is6, "IPv6")
	}
	f.prefixes(path+"ipv4Prefixes", i.IPv4Prefixes)
	f.prefixes(path+"ipv6Prefixes", i.IPv6Prefixes)
}

func (f *problems) address(path, text string, family func(netip.Addr) bool, name string) {
	if address, err := netip.ParseAddr(text); err != nil || !family(address) {
		f.add(path, text, "want an %s address", name)
	}
}

func (f *problems) prefixes(path string, list []string) {
	for n, p := range list {
		if _, err := netip.ParsePrefix(p); err != nil {
			f.add(fmt.Sprintf("%s[%d]", path, n), p, "want a prefix such as 10.0.1.16/28")
		}
	}
}

func (w *World) validateVolumes(f *problems, instances map[string]*Instance) {
	ids := map[string]bool{}
	for n, v := range w.Volumes {
		path := fmt.Sprintf("volumes[%d].", n)
		f.id(path+"id", v.ID, "vol-", ids)
		if instances[v.Instance] == nil {
			f.add(path+"instance", v.Instance, "no such instance: want the id of one in instances")
		}
		if v.KMSKeyID != "" && (!v.Encrypted || !strings.HasPrefix(v.KMSKeyID, "arn:")) {
			f.add(path+"kmsKeyID", v.KMSKeyID, "want an ARN, and only with encrypted true")
		}
	}
}

func (w *World) validateZones(f *problems) {
	ids := map[string]bool{}
	for n, z := range w.Zones {
		path := fmt.Sprintf("zones[%d].", n)
		f.id(path+"id", z.ID, "Z", ids)
		if _, err := normalName(z.Name); err != nil {
			f.add(path+"name", z.Name, "%v", err)
		}
		sets := map[recordKey]bool{}
		for m, r := range z.Records {
			at := fmt.Sprintf("%srecords[%d]", path, m)
			if sets[r.key()] {
				f.add(at, r.Name+" "+r.Type, "duplicate")
			}
			sets[r.key()] = true
			for _, fault := range r.problems(z.Name) {
				f.add(at, r.Name+" "+r.Type, "%s", strings.ReplaceAll(fault, missingValues, "want values, or an alias"))
			}
		}
	}
}
