package night

import (
	"cmp"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// Zone is an Availability Zone.
type Zone struct {
	Name      string     `json:"name"`
	Instances []Instance `json:"instances"`
	// Unattached has the managed interfaces that are on no instance.
	Unattached []Interface `json:"unattached"`
}

// Instance is an instance with its interfaces.
type Instance struct {
	ID         string      `json:"id"`
	Name       string      `json:"name"`
	State      string      `json:"state"`
	Tone       string      `json:"tone"`
	Facts      []string    `json:"facts"`  // where and what it is
	Alerts     []string    `json:"alerts"` // what is wrong with it
	Interfaces []Interface `json:"interfaces"`
	Acts       []Act       `json:"acts"`
}

// Interface is a network interface.
type Interface struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Address string `json:"address"`
	State   string `json:"state"` // EC2's words: available, attaching, in-use, detaching
	Index   int    `json:"index"` // on its instance
	Managed bool   `json:"managed"`
	Paused  bool   `json:"paused"`
	Acts    []Act  `json:"acts"`
}

// Act is what a person can do to an instance or an interface.
type Act struct {
	Do    string `json:"do"` // for Action
	Label string `json:"label"`
	// Place is the same for two acts of which one takes the other back.
	Place string `json:"place"`
	// Why says why it can't be done now; empty if it can.
	Why string `json:"why,omitempty"`
}

// zoneStates returns the Availability Zones with all that is in them.
func (r *run) zoneStates(w awssim.World) []Zone {
	list := []Zone{}
	zone := func(name string) *Zone {
		n := slices.IndexFunc(list, func(z Zone) bool { return z.Name == name })
		if n < 0 {
			list = append(list, Zone{Name: name, Instances: []Instance{}, Unattached: []Interface{}})
			n = len(list) - 1
		}
		return &list[n]
	}
	for _, in := range w.Instances {
		z := zone(in.AZ)
		z.Instances = append(z.Instances, r.instanceState(w, in))
	}
	for _, e := range w.Interfaces {
		if managed(e) && e.Attachment == nil {
			z := zone(e.AZ)
			z.Unattached = append(z.Unattached, r.interfaceState(e))
		}
	}
	slices.SortFunc(list, func(a, b Zone) int { return strings.Compare(a.Name, b.Name) })
	return list
}

func (r *run) instanceState(w awssim.World, in awssim.Instance) Instance {
	i := Instance{ID: in.ID, Name: cmp.Or(in.Tags["Name"], in.ID), State: in.State, Tone: "plain", Alerts: r.alerts(in), Interfaces: []Interface{}, Acts: r.instanceActs(in)}
	i.Facts = []string{map[string]string{"on-demand": "On-Demand", "spot": "Spot"}[session.Market(in)] + " " + in.Type}
	if group := in.Tags[inventory.TagGroup]; group != "" {
		i.Facts = append(i.Facts, "group "+group)
	}
	if in.Tags[inventory.TagStart] != "" {
		i.Facts = append(i.Facts, "cold standby")
	}
	switch {
	case in.State == "stopped", in.State == "terminated":
		i.Tone = "dim"
	case in.State != "running":
		i.Tone = "warn"
	case len(i.Alerts) > 0:
		i.Tone = "bad"
	}
	for _, e := range w.Interfaces {
		if e.Attachment != nil && e.Attachment.Instance == in.ID {
			i.Interfaces = append(i.Interfaces, r.interfaceState(e))
		}
	}
	slices.SortFunc(i.Interfaces, func(a, b Interface) int { return a.Index - b.Index })
	return i
}

// alerts lists what is wrong with an instance.
func (r *run) alerts(in awssim.Instance) []string {
	list := []string{}
	if in.State == "running" {
		switch met := r.services.failing(in.ID); {
		case in.HungGuest:
			list = append(list, "guest hangs")
		case met != verdict.Answered:
			list = append(list, "application dead")
		}
		if in.InstanceStatus == "impaired" || in.SystemStatus == "impaired" {
			list = append(list, "status check impaired")
		}
		if in.Lifecycle == "spot" && in.SpotStatus != "fulfilled" {
			list = append(list, "EC2 takes it back")
		}
	}
	if in.RefuseStart != "" && in.State == "stopped" {
		list = append(list, "no capacity to start it")
	}
	return list
}

func (r *run) interfaceState(e awssim.Interface) Interface {
	i := Interface{ID: e.ID, Name: nameOf(e), Address: addressOf(e), State: "available", Managed: managed(e), Paused: paused(e), Acts: []Act{}}
	if a := e.Attachment; a != nil {
		i.Index = a.DeviceIndex
		i.State = a.Status
		if a.Status == "attached" {
			i.State = "in-use"
		}
	}
	if i.Managed {
		i.Acts = interfaceActs(e)
	}
	return i
}

// managed reports whether an interface is one that the failover moves.
func managed(e awssim.Interface) bool { return e.Tags[inventory.TagGroup] != "" }

// paused reports whether the failover leaves an interface alone.
func paused(e awssim.Interface) bool {
	value, ok := e.Tags[inventory.TagPaused]
	return ok && value != "false"
}

// nameOf returns the name of an interface, or its id.
func nameOf(e awssim.Interface) string {
	if name := e.Tags["Name"]; name != "" {
		return "interface " + name
	}
	return e.ID
}

// addressOf returns the first address of an interface.
func addressOf(e awssim.Interface) string { return e.PrivateIPs[0].Address }

// shortName returns the name of an instance, or its id.
func shortName(w awssim.World, id string) string {
	if in := session.FindInstance(&w, id); in != nil && in.Tags["Name"] != "" {
		return in.Tags["Name"]
	}
	return id
}

// findInterface returns the interface with an id, false if there is none.
func findInterface(w awssim.World, id string) (awssim.Interface, bool) {
	n := slices.IndexFunc(w.Interfaces, func(e awssim.Interface) bool { return e.ID == id })
	if n < 0 {
		return awssim.Interface{}, false
	}
	return w.Interfaces[n], true
}
