package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// changeUnannounced changes the account without an event.
func (r *run) changeUnannounced(h Happening, id string) {
	switch h.Kind {
	case "pause":
		r.tag(h.Interface, tagPaused, "true")
	case "unpause":
		r.tag(h.Interface, tagPaused, "")
	case "regroup-interface":
		r.tag(h.Interface, tagGroup, []string{"db", "nat", "", "no group!"}[h.Lasts.Milliseconds()%4])
	case "regroup-instance":
		r.editInstance(h.Instance, func(in *awssim.Instance) {
			in.Tags[tagGroup] = []string{"db", "nat", "db-2 nat", ""}[h.Lasts.Milliseconds()%4]
		})
	case "detach-by-hand":
		r.detachByHand(h.Interface)
	case "attach-by-hand":
		r.attachByHand(h)
	case "launch":
		r.launch(h)
	case "disruption":
		r.disrupt(h, id)
	case "hang-guest":
		r.count(faultHungGuest)
		r.editInstance(id, func(in *awssim.Instance) { in.HungGuest = true })
	case "hang-attach":
		r.count(faultHungAttach)
		r.editInstance(h.Instance, func(in *awssim.Instance) { in.HungAttach = true })
	case "refuse-attach":
		r.count(faultRefused)
		r.editInstance(h.Instance, func(in *awssim.Instance) { in.RefuseAttach = h.Text })
	case "delete-interface":
		r.sim.Edit(func(w *awssim.World) {
			w.Interfaces = slices.DeleteFunc(w.Interfaces, func(e awssim.Interface) bool {
				return e.ID == h.Interface && e.Attachment == nil
			})
		})
	case "change-record":
		r.changeRecord(h)
	case "unmark":
		r.spotStatus(id, "fulfilled")
	default:
		panic("no code for happening " + h.Kind)
	}
}

// editInterface edits an interface if it exists.
func (r *run) editInterface(id string, change func(*awssim.Interface)) {
	if _, ok := r.sim.Interface(id); !ok {
		return
	}
	r.sim.Edit(func(w *awssim.World) {
		for n := range w.Interfaces {
			if w.Interfaces[n].ID == id {
				change(&w.Interfaces[n])
			}
		}
	})
}

// tag sets a tag of an interface, or deletes it if the value is empty.
func (r *run) tag(id, key, value string) {
	r.editInterface(id, func(e *awssim.Interface) {
		if value == "" {
			delete(e.Tags, key)
		} else {
			e.Tags[key] = value
		}
	})
}

// detachByHand detaches an interface as another party would. It takes the usual time.
func (r *run) detachByHand(id string) {
	e, ok := r.sim.Interface(id)
	if !ok || e.Attachment == nil || e.Attachment.DeviceIndex == 0 || e.Attachment.Status != "attached" {
		return
	}
	mine := e.Attachment.ID
	r.editInterface(id, func(e *awssim.Interface) { e.Attachment.Status = "detaching" })
	r.sim.After(time.Duration(r.scenario.World.Timing.Detach), func(w *awssim.World) {
		for n := range w.Interfaces {
			if a := w.Interfaces[n].Attachment; w.Interfaces[n].ID == id && a != nil && a.ID == mine {
				w.Interfaces[n].Attachment = nil
			}
		}
	})
}

// attachByHand attaches an interface as another party would, if the instance has a free slot.
func (r *run) attachByHand(h Happening) {
	w := r.now()
	e, in := findInterface(w, h.Interface), findInstance(w, h.Instance)
	if e == nil || in == nil || e.Attachment != nil || in.State != "running" || in.AZ != e.AZ || in.VPC != e.VPC || freeSlots(w, in) == 0 {
		return
	}
	index := 1
	for indexTaken(w, in.ID, index) {
		index++
	}
	r.editInterface(h.Interface, func(e *awssim.Interface) {
		e.Attachment = &awssim.Attachment{
			ID: fmt.Sprintf("eni-attach-%017x", 0xf00+h.ID), Instance: in.ID, DeviceIndex: index, AttachTime: time.Now(), Status: "attached",
		}
	})
}

// launch starts a new member, as an Auto Scaling group or a person does after a loss.
func (r *run) launch(h Happening) {
	id := fmt.Sprintf("i-%017x", 0xa0+h.ID)
	group := "db"
	if e, ok := r.sim.Interface(h.Interface); ok && validGroup(e.Tags[tagGroup]) {
		group = e.Tags[tagGroup]
	}
	in := awssim.Instance{
		ID: id, AZ: zoneA, VPC: mainVPC, Type: "t3.small", State: "pending", LaunchTime: time.Now(),
		Tags: map[string]string{tagGroup: group}, SystemStatus: "initializing", InstanceStatus: "initializing",
	}
	if h.Lasts.Milliseconds()%2 == 0 {
		in.Lifecycle = "spot"
	}
	r.sim.Edit(func(w *awssim.World) { w.Instances = append(w.Instances, in) })
	r.comeUp(h, id)
}

func (r *run) disrupt(h Happening, id string) {
	zone := zoneB
	if in, ok := r.sim.Instance(id); ok && h.Lasts.Milliseconds()%3 == 0 {
		zone = in.AZ
	}
	r.count(faultDisruption)
	r.sim.Edit(func(w *awssim.World) { w.DisruptedAZs = []string{zone} })
	r.after(h.Lasts, func() { r.sim.Edit(func(w *awssim.World) { w.DisruptedAZs = nil }) })
}

func (r *run) changeRecord(h Happening) {
	r.sim.Edit(func(w *awssim.World) {
		for z := range w.Zones {
			for n := range w.Zones[z].Records {
				if rec := &w.Zones[z].Records[n]; rec.Type == "A" {
					rec.Values = []string{fmt.Sprintf("10.8.8.%d", 1+h.ID)}
				}
			}
		}
	})
}
