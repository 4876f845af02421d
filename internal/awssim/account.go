package awssim

import (
	"slices"
	"strings"
	"time"
)

// account is a World with its indexes. A call reads it or changes it. A snapshot for stale reads is an account, too.
// Positions in the world's slices are stable until reindex.
type account struct {
	World

	instance   map[string]int   // instance id → position in Instances
	iface      map[string]int   // interface id → position in Interfaces
	attachment map[string]int   // attachment id → position in Interfaces
	holds      map[string][]int // instance id → positions of the interfaces attached to it
	types      typeTable

	// Positions in the order of ids. Pages follow this order, which does not change when another item comes or goes.
	instancesByID  []int
	interfacesByID []int
}

func newAccount(w World, types typeTable) *account {
	a := &account{World: w, types: types}
	a.reindex()
	return a
}

// snapshot returns a copy of the world that calls do not change. It is cheap because a call replaces what belongs to an
// item (tags, attachment, records) and never alters it, so that only the items are copied. An edit alters them, and
// works on a deep copy.
func (a *account) snapshot() World {
	c := a.World
	c.Instances, c.Interfaces = slices.Clone(c.Instances), slices.Clone(c.Interfaces)
	c.Volumes, c.Zones = slices.Clone(c.Volumes), slices.Clone(c.Zones)
	return c
}

// without returns the account without some instances and interfaces.
func (a *account) without(ids []string) *account {
	if len(ids) == 0 {
		return a
	}
	w := a.snapshot()
	w.Instances = slices.DeleteFunc(w.Instances, func(i Instance) bool { return slices.Contains(ids, i.ID) })
	w.Interfaces = slices.DeleteFunc(w.Interfaces, func(i Interface) bool { return slices.Contains(ids, i.ID) })
	return newAccount(w, a.types)
}

// reindex rebuilds the indexes after the world's slices have changed.
func (a *account) reindex() {
	a.instance, a.iface = make(map[string]int, len(a.Instances)), make(map[string]int, len(a.Interfaces))
	a.attachment, a.holds = make(map[string]int, len(a.Interfaces)), make(map[string][]int, len(a.Instances))
	a.instancesByID, a.interfacesByID = make([]int, 0, len(a.Instances)), make([]int, 0, len(a.Interfaces))
	for n := range a.Instances {
		a.instance[a.Instances[n].ID] = n
		a.instancesByID = append(a.instancesByID, n)
	}
	for n := range a.Interfaces {
		i := &a.Interfaces[n]
		a.iface[i.ID] = n
		a.interfacesByID = append(a.interfacesByID, n)
		if i.Attachment != nil {
			a.attachment[i.Attachment.ID] = n
			a.holds[i.Attachment.Instance] = append(a.holds[i.Attachment.Instance], n)
		}
	}
	slices.SortFunc(a.instancesByID, func(x, y int) int { return strings.Compare(a.Instances[x].ID, a.Instances[y].ID) })
	slices.SortFunc(a.interfacesByID, func(x, y int) int { return strings.Compare(a.Interfaces[x].ID, a.Interfaces[y].ID) })
}

// findInstance returns the instance with an id, nil if there is none.
func (a *account) findInstance(id string) *Instance {
	if n, found := a.instance[id]; found {
		return &a.Instances[n]
	}
	return nil
}

// findInterface returns the interface with an id, nil if there is none.
func (a *account) findInterface(id string) *Interface {
	if n, found := a.iface[id]; found {
		return &a.Interfaces[n]
	}
	return nil
}

// findAttachment returns the interface with an attachment, nil if there is none.
func (a *account) findAttachment(id string) *Interface {
	if n, found := a.attachment[id]; found {
		return &a.Interfaces[n]
	}
	return nil
}

// attachedTo returns the interfaces on an instance, in any attachment state, in the order of network card and device
// index.
func (a *account) attachedTo(instance string) []*Interface {
	var list []*Interface
	for _, n := range a.holds[instance] {
		list = append(list, &a.Interfaces[n])
	}
	slices.SortFunc(list, func(x, y *Interface) int {
		if d := x.Attachment.NetworkCard - y.Attachment.NetworkCard; d != 0 {
			return d
		}
		return x.Attachment.DeviceIndex - y.Attachment.DeviceIndex
	})
	return list
}

// attach gives an unattached interface an attachment.
func (a *account) attach(i *Interface, to Attachment) {
	i.Attachment = &to
	n := a.iface[i.ID]
	a.attachment[to.ID] = n
	a.holds[to.Instance] = append(a.holds[to.Instance], n)
}

// detach removes an interface's attachment.
func (a *account) detach(i *Interface) {
	n := a.iface[i.ID]
	from := i.Attachment
	delete(a.attachment, from.ID)
	a.holds[from.Instance] = slices.DeleteFunc(a.holds[from.Instance], func(m int) bool { return m == n })
	i.Attachment = nil
}

// setStatus changes the state of an attachment.
func (i *Interface) setStatus(status string) {
	changed := *i.Attachment // a snapshot still has the old one
	changed.Status = status
	i.Attachment = &changed
}

func (a *account) terminate(i *Instance) {
	i.State = terminated
	a.endAttachments(map[string]bool{i.ID: true})
	a.reindex()
}

// edit changes the account without an API call, and applies the consequences: a terminated or removed instance keeps no
// interface.
func (a *account) edit(f func(*World), start time.Time) error {
	gone := map[string]bool{}
	for id := range a.instance {
		gone[id] = true
	}
	a.World = a.World.clone() // snapshots still have the old one
	f(&a.World)
	for _, i := range a.Instances {
		gone[i.ID] = i.State == terminated
	}
	a.endAttachments(gone)
	a.fill(start)
	a.types = newTypeTable(a.InstanceTypes)
	err := a.validate(a.types)
	a.reindex()
	return err
}

// endAttachments ends the attachments to the instances that are gone. Interfaces with DeleteOnTermination are deleted,
// the others become unattached (EC2 guide, "Network interface basics"). Volumes are deleted: that is the default of the
// volumes that an instance is launched with.
func (w *World) endAttachments(gone map[string]bool) {
	w.Volumes = slices.DeleteFunc(w.Volumes, func(v Volume) bool { return gone[v.Instance] })
	w.Interfaces = slices.DeleteFunc(w.Interfaces, func(i Interface) bool {
		return i.Attachment != nil && i.Attachment.DeleteOnTermination && gone[i.Attachment.Instance]
	})
	for n := range w.Interfaces {
		if i := &w.Interfaces[n]; i.Attachment != nil && gone[i.Attachment.Instance] {
			i.Attachment = nil
		}
	}
}
