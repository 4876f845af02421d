package night

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// Action is what a person does to a night. Each Do takes the one field that it needs, and no other.
type Action struct {
	Do        string `json:"do"`
	Story     string `json:"story,omitempty"`
	Instance  string `json:"instance,omitempty"`
	Interface string `json:"interface,omitempty"`
	Speed     string `json:"speed,omitempty"`
	Delivery  string `json:"delivery,omitempty"`
}

// ActionError reports an action that can't be carried out. Nothing has changed.
type ActionError struct {
	Field    string // of the action
	Value    string
	Problem  string // what is wrong with the value
	Accepted []string
}

func (e *ActionError) Error() string {
	text := fmt.Sprintf("%s is %q: %s", e.Field, e.Value, e.Problem)
	if len(e.Accepted) > 0 {
		text += "; accepted: " + strings.Join(e.Accepted, ", ")
	}
	return text
}

// The actions that are not about an instance or an interface.
const (
	doBegin    = "begin" // another story, from its beginning
	doPlay     = "play"
	doPause    = "pause"
	doNextCall = "next-call"
	doNextStep = "next-step"
	doSpeed    = "speed"
	doDelivery = "delivery" // what becomes of the next event of EC2
)

// needs returns the field that each action needs; empty if it needs none.
func needs() map[string]string {
	fields := map[string]string{
		doBegin: "story", doPlay: "", doPause: "", doNextCall: "", doNextStep: "", doSpeed: "speed", doDelivery: "delivery",
		"pause-interface": "interface", "resume-interface": "interface",
	}
	for _, a := range instanceActs() {
		fields[a.Do] = "instance"
	}
	return fields
}

// Check reports a field that is missing or not needed, and a value that no night knows. It needs no night.
func (a Action) Check() error {
	fields := needs()
	need, known := fields[a.Do]
	if !known {
		var names []string
		for name := range fields {
			names = append(names, name)
		}
		slices.Sort(names)
		return &ActionError{Field: "do", Value: a.Do, Problem: "it is no action", Accepted: names}
	}
	accepted := map[string][]string{"story": Names(), "speed": speeds(), "delivery": {string(deliveryNormal), string(deliveryLost), string(deliveryTwice)}}
	for _, f := range []struct{ name, value string }{
		{"story", a.Story}, {"instance", a.Instance}, {"interface", a.Interface}, {"speed", a.Speed}, {"delivery", a.Delivery},
	} {
		switch {
		case f.name != need && f.value != "":
			return &ActionError{Field: f.name, Value: f.value, Problem: a.Do + " takes none", Accepted: []string{}}
		case f.name == need && f.value == "":
			return &ActionError{Field: f.name, Value: "", Problem: a.Do + " needs one", Accepted: accepted[f.name]}
		case f.name == need && accepted[f.name] != nil && !slices.Contains(accepted[f.name], f.value):
			return &ActionError{Field: f.name, Value: f.value, Problem: "it is unknown", Accepted: accepted[f.name]}
		}
	}
	return nil
}

// carryOut carries out an action that has been checked. It is called while the clock is locked.
func (l *live) carryOut(ctx context.Context, a Action) error {
	switch a.Do {
	case doPlay:
		l.clock.run(nowhere)
	case doPause:
		l.clock.halt()
	case doNextCall:
		l.clock.run(nextCall)
	case doNextStep:
		l.clock.run(nextStep)
	case doSpeed:
		l.clock.speed = a.Speed
	case doDelivery:
		l.run.setDelivery(delivery(a.Delivery))
	case "pause-interface", "resume-interface":
		return l.run.actOnInterface(a)
	default:
		return l.run.actOnInstance(ctx, a)
	}
	return nil
}

// actOnInstance does to an instance what a person wants, if it can be done now.
func (r *run) actOnInstance(ctx context.Context, a Action) error {
	w := r.session.Sim().World()
	in := session.FindInstance(&w, a.Instance)
	if in == nil {
		return &ActionError{Field: "instance", Value: a.Instance, Problem: "there is no such instance", Accepted: idsOf(w)}
	}
	list := instanceActs()
	what := list[slices.IndexFunc(list, func(i instanceAct) bool { return i.Do == a.Do })]
	if why := what.why(r, *in); why != "" {
		return &ActionError{Field: "instance", Value: a.Instance, Problem: why, Accepted: r.acceptedFor(what)}
	}
	r.act(what.said(shortName(w, in.ID)))
	what.do(ctx, r, in.ID)
	return nil
}

// idsOf lists the instances of an account.
func idsOf(w awssim.World) []string {
	var ids []string
	for _, in := range w.Instances {
		ids = append(ids, in.ID)
	}
	return ids
}

// acceptedFor lists the instances that something can be done to now.
func (r *run) acceptedFor(what instanceAct) []string {
	ids := []string{}
	for _, in := range r.session.Sim().World().Instances {
		if what.why(r, in) == "" {
			ids = append(ids, in.ID)
		}
	}
	return ids
}

// actOnInterface pauses an interface, or resumes it.
func (r *run) actOnInterface(a Action) error {
	w := r.session.Sim().World()
	pause := a.Do == "pause-interface"
	accepted := []string{}
	for _, e := range w.Interfaces {
		if managed(e) && paused(e) != pause {
			accepted = append(accepted, e.ID)
		}
	}
	e, found := findInterface(w, a.Interface)
	switch {
	case !found || !managed(e):
		return &ActionError{Field: "interface", Value: a.Interface, Problem: "there is no such managed interface", Accepted: accepted}
	case paused(e) == pause:
		return &ActionError{Field: "interface", Value: a.Interface, Problem: map[bool]string{true: "it is paused already", false: "it is not paused"}[pause], Accepted: accepted}
	case pause:
		r.act("a person pauses " + nameOf(e) + ": the failover leaves it alone")
	default:
		r.act("a person resumes " + nameOf(e))
	}
	r.pause(e.ID, pause)
	return nil
}
