package simulation

import (
	"slices"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

const (
	tagStart    = "eni-failover:start"
	noCapacity  = "InsufficientInstanceCapacity"
	actionStart = "StartInstances"
	// happeningCapacity gives an instance the start refusal of its text. Without a text, its starts are not refused any more.
	happeningCapacity = "capacity"
)

// addCold adds cold standbys to a scenario. Most members that hold nothing do not run, so that they are needed.
func addCold(d draw, s *Scenario) {
	if d.chance(88) {
		s.Settings["START_STANDBYS"] = "true"
	}
	if d.chance(70) {
		s.Settings["START_SETTLE"] = pick(d, []string{"0s", "2s", "10s"})
	}
	if d.chance(6) {
		s.Faults.Denied = append(slices.Clone(s.Faults.Denied), actionStart)
	}
	stopIdle(d, &s.World)
	for range pickWeighted(d, []weighted[int]{{55, 1}, {35, 2}, {10, 3}}) {
		in := drawCold(d, len(s.World.Instances))
		s.World.Instances = append(s.World.Instances, in)
		if in.RefuseStart != "" || d.chance(15) {
			s.Happenings = append(s.Happenings, drawCapacity(d, *s, in)...)
		}
	}
	slices.SortStableFunc(s.Happenings, byTime)
}

// stopIdle stops most of the members that hold nothing. A few of them may be started, too.
func stopIdle(d draw, w *awssim.World) {
	for n := range w.Instances {
		in := &w.Instances[n]
		holds := slices.ContainsFunc(w.Interfaces, func(e awssim.Interface) bool { return holderOf(&e) == in.ID })
		if in.State != "running" || holds || !d.chance(75) {
			continue
		}
		in.State = "stopped"
		if d.chance(30) {
			in.Tags[tagStart] = "true"
		}
	}
}

// drawCold draws a cold standby. Some must not be started, and some can't be.
func drawCold(d draw, n int) awssim.Instance {
	in := awssim.Instance{
		ID: nthInstance(n), AZ: zoneA, VPC: mainVPC, Type: pick(d, []string{"t3.small", "m5.large"}),
		State:      pickWeighted(d, []weighted[string]{{88, "stopped"}, {7, "pending"}, {5, "running"}}),
		LaunchTime: epoch.Add(-d.between(time.Hour, 48*time.Hour).Truncate(time.Second)),
		Tags:       map[string]string{tagGroup: strings.Join(groupNames(), " ")},
	}
	if in.State == "pending" {
		in.LaunchTime = epoch
	}
	switch pickWeighted(d, []weighted[int]{{80, 0}, {8, 1}, {7, 2}, {5, 3}}) {
	case 0:
		in.Tags[tagStart] = "true"
	case 1:
		in.Tags[tagStart] = "false"
	case 2:
		in.Tags[tagStart] = "" // as good as true
	}
	if d.chance(8) {
		in.Lifecycle, in.SpotBehavior = "spot", "stop"
		in.SpotStatus = pick(d, []string{"instance-stopped-by-user", "instance-stopped-no-capacity"})
	} else if d.chance(8) {
		in.AutoScalingGroup, in.LifecycleState = "asg", "InService"
		in.Tags[tagScaling] = in.AutoScalingGroup
	}
	switch pickWeighted(d, []weighted[int]{{65, 0}, {18, 1}, {12, 2}, {5, 3}}) {
	case 1:
		in.RefuseStart = drawRefusal(d)
	case 2:
		in.FailStart = pick(d, []string{"Server.InsufficientInstanceCapacity", "Client.InternalError", "Server.InternalError"})
	case 3:
		in.HungStart = true
	}
	return in
}

func drawRefusal(d draw) string {
	return pickWeighted(d, []weighted[string]{{60, noCapacity}, {15, "InstanceLimitExceeded"}, {15, "UnauthorizedOperation"}, {10, "InternalError"}})
}

// drawCapacity draws when the capacity for an instance comes and goes.
func drawCapacity(d draw, s Scenario, in awssim.Instance) []Happening {
	h := Happening{ID: 600 + 10*len(s.World.Instances), At: d.between(0, s.Active), Kind: happeningCapacity, Instance: in.ID}
	if in.RefuseStart == "" {
		h.Text = drawRefusal(d)
	}
	back := Happening{ID: h.ID + 1, At: h.At + d.between(time.Second, 30*time.Second), Kind: happeningCapacity, Instance: in.ID}
	if h.Text == "" {
		back.Text = noCapacity
	}
	return []Happening{h, back}
}
