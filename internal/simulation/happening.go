package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// happen carries out a happening. The caller holds the lock.
func (r *run) happen(h Happening) {
	id := r.subject(h)
	name := func(n int) string { return fmt.Sprintf("h%d.%d", h.ID, n) }
	switch h.Kind {
	case "interruption":
		r.interrupt(h, id)
	case "terminate":
		r.terminate(h, id, 0)
	case "stop":
		r.stop(h, id, 0, "instance-stopped-by-user")
	case "start":
		r.startInstance(h, id)
	case "crash":
		hangs := h.Lasts.Milliseconds()%2 == 0
		if hangs {
			r.count(faultHungGuest)
		}
		r.editInstance(id, func(in *awssim.Instance) {
			in.HungGuest, in.InstanceStatus, in.ImpairedSince = hangs, "impaired", time.Now()
		})
		r.after(h.Lasts/4, func() { r.alarm(h, id) })
	case "impaired":
		r.editInstance(id, func(in *awssim.Instance) {
			in.SystemStatus, in.ImpairedSince = "impaired", time.Now().Add(-4*h.Lasts)
		})
	case "recover":
		r.editInstance(id, func(in *awssim.Instance) {
			in.SystemStatus, in.InstanceStatus, in.ImpairedSince, in.HungGuest = "ok", "ok", time.Time{}, false
		})
	case "alarm":
		r.editInstance(id, func(in *awssim.Instance) {
			in.SystemStatus, in.ImpairedSince = "impaired", time.Now().Add(-time.Minute)
		})
		r.alarm(h, id)
	case "false-alarm":
		r.alarm(h, id)
	case "refused-everywhere":
		r.refuseEverywhere(h, id)
	case "lifecycle":
		r.lifecycle(h, id)
	case "rebalance":
		r.emit(r.rebalanceEvent(name(0), id))
	case "health":
		r.emit(r.healthEvent(name(0), id))
	case "rehearsal":
		r.emit(r.rehearsalEvent(name(0)))
	case "request":
		r.request(h, id)
	case "late-event":
		r.lateEvent(h, id)
	case "junk":
		r.emit(Event{Name: name(0), Body: []byte(h.Text)})
	case "foreign-event":
		r.emit(r.stateEvent(name(0), "i-0fffffffffffffff0", "terminated"))
		r.emit(r.eventNow(Event{Name: name(1)}, "aws.ec2", "EBS Volume Notification", map[string]any{}))
	case "extra-sweep":
		r.emit(r.sweepEvent(name(0)))
	case happeningCapacity:
		if !r.quiet {
			r.count(h.Kind)
			r.editInstance(h.Instance, func(in *awssim.Instance) { in.RefuseStart = h.Text })
		}
	case happeningDies, happeningRestarts:
		r.breakApplication(h)
	case happeningMonitor:
		if e := findInterface(r.now(), h.Interface); e != nil {
			r.count(h.Kind)
			r.emit(r.monitorEvent(name(0), h.Text, e))
		}
	default:
		r.changeUnannounced(h, id)
	}
}

// subject returns the instance that a happening is about: the present holder of its interface, or else its own
// instance.
func (r *run) subject(h Happening) string {
	if e, ok := r.sim.Interface(h.Interface); ok && e.Attachment != nil {
		return e.Attachment.Instance
	}
	return h.Instance
}

// editInstance edits an instance that exists and is not terminated.
func (r *run) editInstance(id string, change func(*awssim.Instance)) {
	if in, ok := r.sim.Instance(id); !ok || in.State == "terminated" {
		return
	}
	r.sim.Edit(func(w *awssim.World) {
		for n := range w.Instances {
			if w.Instances[n].ID == id {
				change(&w.Instances[n])
			}
		}
	})
}

// enterState puts an instance into a state and emits the event, if the instance is in one of the states before it.
func (r *run) enterState(h Happening, id string, n int, state string, before ...string) bool {
	if in, ok := r.sim.Instance(id); !ok || !slices.Contains(before, in.State) {
		return false
	}
	r.editInstance(id, func(in *awssim.Instance) { in.State = state })
	r.emit(r.stateEvent(fmt.Sprintf("h%d.%d", h.ID, n), id, state))
	return true
}

func (r *run) interrupt(h Happening, id string) {
	in, ok := r.sim.Instance(id)
	if !ok || in.State != "running" {
		return
	}
	action := in.SpotBehavior
	if in.Lifecycle != "spot" {
		action = "terminate"
	}
	r.emit(r.spotEvent(fmt.Sprintf("h%d.0", h.ID), id, action))
	if in.Lifecycle != "spot" {
		return // a warning about an On-Demand instance has no effect
	}
	// The request of an instance that is about to be terminated ends at once; any other is marked until the instance
	// has stopped. A read can show that before the warning arrives, or a little later.
	r.after(time.Duration(r.scenario.roll("mark", fmt.Sprint(h.ID))/100*float64(3*time.Second))/2, func() {
		if action == "terminate" {
			r.spotStatus(id, "instance-terminated-no-capacity")
		} else {
			r.spotStatus(id, "marked-for-stop")
		}
	})
	lead := h.Lasts
	if action == "hibernate" {
		lead = time.Second // hibernation begins at once
	}
	r.after(lead, func() {
		if action == "terminate" {
			r.terminate(h, id, 1)
		} else {
			r.stop(h, id, 1, "instance-stopped-no-capacity")
		}
	})
}

// spotStatus sets the status code of an instance's Spot request. A request that has ended, or that no longer exists,
// keeps its code.
func (r *run) spotStatus(id, code string) {
	r.editInstance(id, func(in *awssim.Instance) {
		if in.Lifecycle == "spot" && in.SpotStatus != "none" && !strings.HasPrefix(in.SpotStatus, "instance-terminated-") {
			in.SpotStatus = code
		}
	})
}

func (r *run) terminate(h Happening, id string, n int) {
	if r.enterState(h, id, n, "shutting-down", "running", "pending", "stopping", "stopped") {
		r.spotStatus(id, "instance-terminated-by-user")
		r.after(time.Duration(r.scenario.World.Timing.Terminate), func() { r.enterState(h, id, n+1, "terminated", "shutting-down") })
	}
}

// stop stops an instance. Its Spot request, if it has one, ends with the code as.
func (r *run) stop(h Happening, id string, n int, as string) {
	if !r.enterState(h, id, n, "stopping", "running") {
		return
	}
	r.spotStatus(id, "marked-for-stop")
	r.after(time.Duration(r.scenario.World.Timing.Stop), func() {
		if r.enterState(h, id, n+1, "stopped", "stopping") {
			r.spotStatus(id, as)
		}
	})
}

func (r *run) startInstance(h Happening, id string) {
	if in, ok := r.sim.Instance(id); !ok || in.State != "stopped" {
		return
	}
	r.editInstance(id, func(in *awssim.Instance) {
		in.State, in.LaunchTime = "pending", time.Now()
		in.SystemStatus, in.InstanceStatus, in.HungGuest = "initializing", "initializing", false
		in.ImpairedSince = time.Time{}
		if in.Lifecycle == "spot" {
			in.SpotStatus = "fulfilled"
		}
	})
	r.comeUp(h, id)
}

// comeUp lets a pending instance run after its start time.
func (r *run) comeUp(h Happening, id string) {
	r.after(time.Duration(r.scenario.World.Timing.Start), func() {
		if r.enterState(h, id, 8, "running", "pending") {
			r.after(h.Lasts, func() {
				r.editInstance(id, func(in *awssim.Instance) {
					if in.SystemStatus == "initializing" {
						in.SystemStatus, in.InstanceStatus = "ok", "ok"
					}
				})
			})
		}
	})
}

// refuseEverywhere takes an instance away while every instance refuses attaches. All its interfaces are then refused
// everywhere, at the same moments.
func (r *run) refuseEverywhere(h Happening, id string) {
	refuse := func(code string) {
		r.sim.Edit(func(w *awssim.World) {
			for n := range w.Instances {
				w.Instances[n].RefuseAttach = code
			}
		})
	}
	r.count(faultRefused)
	refuse(h.Text)
	r.after(h.Lasts, func() { refuse("") })
	if in, ok := r.sim.Instance(id); ok && in.Lifecycle == "spot" {
		r.interrupt(h, id)
	} else {
		r.stop(h, id, 0, "instance-stopped-by-user")
	}
}

func (r *run) alarm(h Happening, id string) {
	group := ""
	if e, ok := r.sim.Interface(h.Interface); ok && validGroup(e.Tags[tagGroup]) {
		group = e.Tags[tagGroup]
	}
	r.emit(r.alarmEvent(fmt.Sprintf("h%d.5", h.ID), h.Text, id, h.Interface, group))
}

func (r *run) lifecycle(h Happening, id string) {
	group := "asg"
	if in, ok := r.sim.Instance(id); ok && in.AutoScalingGroup != "" && in.State == "running" {
		group = in.AutoScalingGroup
		r.editInstance(id, func(in *awssim.Instance) {
			in.LifecycleState, in.LifecycleHook, in.LifecycleToken = "Terminating:Wait", h.Text, hookToken
		})
		r.after(time.Minute+h.Lasts, func() { // the hook times out
			if in, ok := r.sim.Instance(id); ok && in.LifecycleState == "Terminating:Wait" {
				r.editInstance(id, func(in *awssim.Instance) { in.LifecycleState = "Terminating:Proceed" })
				r.terminate(h, id, 1)
			}
		})
	}
	r.emit(r.lifecycleEvent(fmt.Sprintf("h%d.0", h.ID), id, group, h.Text))
}

// request sends a person's request for a move. Some requests are impossible.
func (r *run) request(h Happening, id string) {
	e := Event{Name: fmt.Sprintf("h%d.0", h.ID), Interface: h.Interface}
	subject, ok := r.sim.Interface(h.Interface)
	if !ok {
		subject.Tags = map[string]string{tagGroup: "db"}
	}
	group := subject.Tags[tagGroup]
	if !validGroup(group) {
		group = "db"
	}
	switch h.Text {
	case "group":
		e.Interface, e.Group = "", group
	case "target":
		e.Target = h.Instance
	case "bare-target":
		e.Interface, e.Group, e.Target, e.Bare = "", group, h.Instance, true
	case "from":
		e.Interface, e.Group, e.From = "", group, id
	case "force":
		e.Force = true
	case "dry-run":
		e.DryRun = true
	case "hostile":
		e.Interface, e.Group, e.Target, e.Bare = "", "*", h.Instance, true
	}
	if e.Interface == "" && e.Group == "" {
		e.Group = group
	}
	r.emit(r.requestEvent(e))
}

// lateEvent sends an event about a state that may be over.
func (r *run) lateEvent(h Happening, id string) {
	e := Event{Name: fmt.Sprintf("h%d.0", h.ID), Kind: h.Text, Instance: id, Time: time.Now().Add(-h.Lasts).UTC().Truncate(time.Second)}
	if h.Text == "spot" {
		e.Kind = "spot-interruption"
		r.emit(r.eventAt(e, "aws.ec2", "EC2 Spot Instance Interruption Warning", map[string]any{"instance-id": id, "instance-action": "terminate"}))
		return
	}
	r.emit(r.eventAt(e, "aws.ec2", "EC2 Instance State-change Notification", map[string]any{"instance-id": id, "state": h.Text}))
}
