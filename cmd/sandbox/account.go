package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// object is a part of the account in words.
type object struct {
	id, name, text string
	instance       bool
}

// objects lists the managed interfaces of an account, its address records and its instances.
func objects(w awssim.World) []object {
	var list []object
	for _, e := range w.Interfaces {
		if group, managed := e.Tags[inventory.TagGroup]; managed {
			list = append(list, object{id: e.ID, name: "group " + group, text: interfaceText(w, e)})
		}
	}
	for _, z := range w.Zones {
		for _, r := range z.Records {
			if r.Type == "A" || r.Type == "AAAA" {
				list = append(list, object{id: strings.TrimSuffix(r.Name, "."), name: r.Type, text: strings.Join(r.Values, " ")})
			}
		}
	}
	for _, in := range w.Instances {
		list = append(list, object{id: in.ID, name: in.Tags["Name"], text: instanceText(in), instance: true})
	}
	return list
}

// interfaceText says where an interface is attached, and its addresses.
func interfaceText(w awssim.World, e awssim.Interface) string {
	text := "unattached in " + e.AZ
	if a := e.Attachment; a != nil {
		text = fmt.Sprintf("on %s index %d", session.Label(w, a.Instance), a.DeviceIndex)
		if a.Status != "attached" {
			text = a.Status + " " + text
		}
	}
	for _, ip := range e.PrivateIPs {
		text += ", " + ip.Address
	}
	return display.Join(", ", append([]string{text}, e.IPv6...)...)
}

// instanceText lists what the eligibility of an instance depends on: where and what it is, and what is unusual about it.
func instanceText(in awssim.Instance) string {
	parts := []string{strings.Join([]string{in.AZ, in.Type, session.Market(in), in.State}, " ")}
	for _, fact := range []struct{ name, value, usual string }{
		{"Spot request", in.SpotStatus, "fulfilled"},
		{"Auto Scaling", in.LifecycleState, "InService"},
		{"instance status", in.InstanceStatus, "ok"},
		{"system status", in.SystemStatus, "ok"},
		{"application status", in.ApplicationStatus, "ok"},
		{"priority", in.Tags[inventory.TagPriority], ""},
		{"state reason", in.StateReason.Code, "Client.UserInitiatedShutdown"},
	} {
		if fact.value != "" && fact.value != fact.usual {
			parts = append(parts, fact.name+" "+fact.value)
		}
	}
	if in.State == "stopped" && (inventory.Instance{}).WithTags(in.Tags).Start {
		parts = append(parts, "with the start tag")
	}
	return strings.Join(parts, ", ")
}

// held counts the interfaces of an instance, the primary one too.
func held(w awssim.World, instance string) int {
	n := 0
	for _, e := range w.Interfaces {
		if e.Attachment != nil && e.Attachment.Instance == instance {
			n++
		}
	}
	return n
}

// showObjects lists what an account has.
func showObjects(p *display.Page, w awssim.World) {
	var rows []display.Row
	for _, o := range objects(w) {
		rows = append(rows, display.NewRow(display.Plain, o.id, o.name, o.text))
	}
	p.Title("What is there")
	p.Table(2, rows)
}

// showChanges compares an account before and after. It shows all interfaces and records, and the instances that changed.
func showChanges(p *display.Page, before, after awssim.World) {
	now := map[string]string{}
	for _, o := range objects(after) {
		now[o.id+" "+o.name] = o.text
	}
	var rows []display.Row
	title := "Before and after: nothing changed"
	for _, o := range objects(before) {
		text := cmp.Or(now[o.id+" "+o.name], "deleted")
		switch {
		case text != o.text:
			rows = append(rows, display.NewRow(display.Plain, o.id, "was", o.text), display.NewRow(display.Good, "", "is", text))
			title = "Before and after"
		case !o.instance:
			rows = append(rows, display.NewRow(display.Plain, o.id, "is", o.text))
		}
	}
	p.Title("%s", title)
	p.Table(2, rows)
}
