package night

import (
	"context"
	"maps"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/display"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/probe/verdict"
	"github.com/eni-failover/eni-failover/internal/sandbox/session"
)

// alarmTime is the time from the first failed status check to the alarm: two periods of a minute.
const alarmTime = 2 * time.Minute

// instanceAct is something that a person can do to an instance.
type instanceAct struct {
	Act

	// why says why it can't be done to an instance now; empty if it can.
	why func(*run, awssim.Instance) string
	do  func(context.Context, *run, string)
	// said tells what a person has done to the instance with a name.
	said func(name string) string
}

// instanceActs lists what can be done to instances, in the order of a list for people.
func instanceActs() []instanceAct {
	return []instanceAct{
		{Act{Do: "interrupt", Label: "Interrupt", Place: "interrupt"}, runs(notInterruptible), changes("spot-interruption.json", "the warning"), said("EC2 warns: it interrupts ", " in two minutes")},
		{Act{Do: "stop", Label: "Stop", Place: "power"}, runs(notStoppable), stopInstance, said("a person stops ", "")},
		{Act{Do: "start", Label: "Start", Place: "power"}, notStartable, startInstance, said("a person starts ", "")},
		{Act{Do: "terminate", Label: "Terminate", Place: "terminate"}, runs(nil), terminateInstance, said("a person terminates ", "")},
		{Act{Do: "kill", Label: "Kill application", Place: "application"}, meets(verdict.Refused, false), breaks(verdict.Refused, false), said("the application on ", " dies, and the port refuses connections")},
		{Act{Do: "restart", Label: "Restart application", Place: "application"}, meets(verdict.Refused, true), breaks(verdict.Answered, false), said("the application on ", " runs again")},
		{Act{Do: "hang", Label: "Hang guest", Place: "guest"}, meets(verdict.Timeout, false), breaks(verdict.Timeout, true), said("the guest of ", " hangs, and all packets are lost")},
		{Act{Do: "revive", Label: "Revive guest", Place: "guest"}, meets(verdict.Timeout, true), breaks(verdict.Answered, false), said("the guest of ", " works again")},
		{Act{Do: "impair", Label: "Impair status check", Place: "status"}, runs(notImpairable), impairInstance, said("EC2's status check of ", " fails; its alarm needs two minutes")},
		{Act{Do: "repair", Label: "Repair status check", Place: "status"}, runs(notRepairable), edits(func(in *awssim.Instance) { in.InstanceStatus, in.ImpairedSince = "ok", time.Time{} }), said("EC2's status check of ", " passes again")},
		{Act{Do: "take-capacity", Label: "Take capacity away", Place: "capacity"}, noCapacity, edits(func(in *awssim.Instance) { in.RefuseStart = "InsufficientInstanceCapacity" }), said("EC2 has no capacity to start ", " any more")},
		{Act{Do: "give-capacity", Label: "Give capacity back", Place: "capacity"}, hasCapacity, edits(func(in *awssim.Instance) { in.RefuseStart = "" }), said("EC2 has capacity to start ", " again")},
	}
}

// said returns the text about an instance whose name stands between two parts.
func said(before, after string) func(name string) string {
	return func(name string) string { return before + name + after }
}

// runs returns the condition that an instance runs, and another one; nil if there is none.
func runs(also func(*run, awssim.Instance) string) func(*run, awssim.Instance) string {
	return func(r *run, in awssim.Instance) string {
		switch {
		case in.State != "running":
			return "it is " + in.State
		case also == nil:
			return ""
		}
		return also(r, in)
	}
}

// meets returns the condition that an instance runs, and that questions to it meet something, or do not.
func meets(how verdict.Evidence, want bool) func(*run, awssim.Instance) string {
	return runs(func(r *run, in awssim.Instance) string {
		failing := r.services.failing(in.ID) == how
		switch {
		case in.HungGuest && how == verdict.Refused:
			return "its guest hangs"
		case failing == want:
			return ""
		case failing:
			return "it does already"
		}
		return "it does not"
	})
}

func notImpairable(_ *run, in awssim.Instance) string {
	if in.InstanceStatus == "impaired" {
		return "it is impaired already"
	}
	return ""
}

func notRepairable(_ *run, in awssim.Instance) string {
	if in.InstanceStatus != "impaired" {
		return "it is not impaired"
	}
	return ""
}

func noCapacity(_ *run, in awssim.Instance) string {
	if in.RefuseStart != "" {
		return "it has none already"
	}
	return ended(in)
}

func hasCapacity(_ *run, in awssim.Instance) string {
	if in.RefuseStart == "" {
		return "it has some"
	}
	return ended(in)
}

// ended says that an instance is no more.
func ended(in awssim.Instance) string {
	if in.State == "terminated" || in.State == "shutting-down" {
		return "it is " + in.State
	}
	return ""
}

func notInterruptible(_ *run, in awssim.Instance) string {
	switch {
	case in.Lifecycle != "spot":
		return "only Spot instances are interrupted"
	case in.SpotStatus != "fulfilled":
		return "it is interrupted already"
	}
	return ""
}

// notStoppable knows EC2's rule for Spot instances ("Stop a Spot Instance" in the EC2 User Guide).
func notStoppable(_ *run, in awssim.Instance) string {
	if in.Lifecycle == "spot" && in.SpotType == "one-time" {
		return "EC2 stops no instance of a one-time Spot request"
	}
	return ""
}

func notStartable(_ *run, in awssim.Instance) string {
	switch {
	case in.State != "stopped":
		return "it is " + in.State
	case in.RefuseStart != "":
		return "EC2 has no capacity for it"
	}
	return ""
}

// edits returns the act that changes an instance without an event.
func edits(f func(*awssim.Instance)) func(context.Context, *run, string) {
	return func(_ context.Context, r *run, id string) { session.Edit(r.session.Sim(), id, f) }
}

// breaks returns the act that changes what a question to an instance meets, and whether its guest hangs.
func breaks(how verdict.Evidence, hung bool) func(context.Context, *run, string) {
	return func(_ context.Context, r *run, id string) {
		r.services.fail(id, how)
		session.Edit(r.session.Sim(), id, func(in *awssim.Instance) { in.HungGuest = hung })
	}
}

// changes returns the act that brings an instance into the state that an event speaks of, and sends the event.
func changes(sample, name string) func(context.Context, *run, string) {
	return func(ctx context.Context, r *run, id string) {
		c := session.Change{Sample: sample, Instance: id}
		r.session.Happen(session.Event{Data: c.Event(r.session.Sim().World())})
		r.deliver(ctx, name, c)
	}
}

func stopInstance(ctx context.Context, r *run, id string) {
	changes("instance-stopping.json", "EC2's event that "+id+" is stopping")(ctx, r, id)
	r.later(ctx, time.Duration(r.session.Sim().World().Timing.Stop), func() { r.deliverIf(ctx, id, "stopped", "instance-stopped.json") })
}

func terminateInstance(ctx context.Context, r *run, id string) {
	changes("instance-shutting-down.json", "EC2's event that "+id+" is shutting down")(ctx, r, id)
	r.later(ctx, time.Duration(r.session.Sim().World().Timing.Terminate), func() { r.deliverIf(ctx, id, "terminated", "instance-terminated.json") })
}

// deliverIf sends the event that an instance has reached a state, if it has.
func (r *run) deliverIf(ctx context.Context, id, state, sample string) {
	if in, exists := r.session.Sim().Instance(id); exists && in.State == state {
		r.deliver(ctx, "EC2's event that "+id+" is "+state, session.Change{Sample: sample, Instance: id})
	}
}

// startInstance starts an instance as EC2 does. Its application comes with it.
func startInstance(_ context.Context, r *run, id string) {
	sim := r.session.Sim()
	r.services.fail(id, verdict.Answered)
	session.Edit(sim, id, func(in *awssim.Instance) {
		in.State, in.LaunchTime, in.StateReason, in.HungGuest = "pending", time.Now(), awssim.StateReason{}, false
	})
	sim.After(time.Duration(sim.World().Timing.Start), func(w *awssim.World) {
		if in := session.FindInstance(w, id); in != nil && in.State == "pending" {
			in.State = "running"
		}
	})
}

// impairInstance makes the status check fail, and sends the alarm that watches it.
func impairInstance(ctx context.Context, r *run, id string) {
	session.Edit(r.session.Sim(), id, func(in *awssim.Instance) { in.InstanceStatus, in.ImpairedSince = "impaired", time.Now() })
	r.later(ctx, alarmTime, func() {
		if in, exists := r.session.Sim().Instance(id); exists && in.InstanceStatus == "impaired" {
			r.deliver(ctx, "the alarm", session.Change{Sample: "alarm-status-check.json", Instance: id})
		}
	})
}

// instanceActs lists what a person can do to an instance, and why some of it can't be done now. Of two acts in one place
// only one is listed: the one that can be done, else the first.
func (r *run) instanceActs(in awssim.Instance) []Act {
	list := []Act{}
	for _, a := range instanceActs() {
		a.Why = a.why(r, in)
		if n := len(list) - 1; n >= 0 && list[n].Place == a.Place {
			if a.Why == "" {
				list[n] = a.Act
			}
			continue
		}
		list = append(list, a.Act)
	}
	return list
}

// interfaceActs lists what a person can do to an interface.
func interfaceActs(e awssim.Interface) []Act {
	if paused(e) {
		return []Act{{Do: "resume-interface", Label: "Resume", Place: "pause"}}
	}
	return []Act{{Do: "pause-interface", Label: "Pause", Place: "pause"}}
}

// pause writes or removes the tag by which the failover leaves an interface alone.
func (r *run) pause(id string, pause bool) {
	r.session.Sim().Edit(func(w *awssim.World) {
		for n := range w.Interfaces {
			e := &w.Interfaces[n]
			if e.ID != id {
				continue
			}
			e.Tags = maps.Clone(e.Tags)
			delete(e.Tags, inventory.TagPaused)
			if pause {
				e.Tags[inventory.TagPaused] = "true"
			}
		}
	})
}

// act notes that a person has interfered, and how.
func (r *run) act(text string) {
	r.note(Entry{Actor: "you", Text: text, Style: display.Warn})
	r.live.mu.Lock()
	r.live.acted = true
	r.live.mu.Unlock()
	r.live.record(happened{what: momentIncident, of: "you", text: sentenceOf(text)})
}
