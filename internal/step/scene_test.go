package step_test

import (
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// start is when the plan is made. The times of all scripts count from it.
var start = time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)

// budget is the time that a move gets.
const budget = 290 * time.Second

// scene is what a move begins with. Unless it is changed, the interface eni-1 is on i-a by the attachment old, at index 1,
// and the candidates are i-b and then i-c.
type scene struct {
	trigger  trigger.Trigger
	snapshot inventory.Snapshot
	policy   plan.Policy
}

type change func(*scene)

func newScene(kind trigger.Kind, changes ...change) scene {
	s := scene{
		trigger: trigger.Trigger{Kind: kind, Instance: "i-a", Time: start.Add(-10 * time.Second)},
		snapshot: inventory.Snapshot{
			At: start, Instances: map[string]inventory.Instance{},
			Limits: map[string]inventory.Limits{"m5": {Interfaces: 8, Card0: 8, IPv4: 10, IPv6: 10, Nitro: true}},
		},
		policy: plan.Policy{DetachGrace: 15 * time.Second, Cooldown: 10 * time.Minute, ImpairedAfter: 5 * time.Minute, ActOnRebalance: true},
	}
	s.trigger.Alarm.Since = start.Add(-10 * time.Second)
	for k, id := range []string{"i-a", "i-b", "i-c"} {
		s.snapshot.Add(inventory.Instance{
			ID: id, Type: "m5", AZ: "a", VPC: "v", State: inventory.StateRunning, LaunchTime: start.Add(-time.Hour), Groups: []string{"db"},
			Priority: k, Card0: []int{0}, Attached: 1, Health: inventory.Health{System: inventory.CheckOK, Instance: inventory.CheckOK},
		})
	}
	s.snapshot.Interfaces = []inventory.Interface{show("old on i-a/1 attached")}
	if kind == trigger.KindManual {
		s.trigger.Instance, s.trigger.Interface = "", "eni-1"
	}
	if kind == trigger.KindSweep {
		s.trigger.Instance = ""
	}
	for _, c := range changes {
		c(&s)
	}
	return s
}

func instance(id string, c func(*inventory.Instance)) change {
	return func(s *scene) {
		in := s.snapshot.Instances[id]
		c(&in)
		s.snapshot.Add(in)
	}
}

func spot(in *inventory.Instance) { in.Spot, in.Interruption = true, inventory.InterruptionPending }

func state(state inventory.State) func(*inventory.Instance) {
	return func(in *inventory.Instance) { in.State = state }
}

// full leaves n slots on an instance.
func full(n int) func(*inventory.Instance) {
	return func(in *inventory.Instance) { in.Attached = 8 - n }
}

// nonMember takes an instance out of the group.
func nonMember(id string) change {
	return instance(id, func(in *inventory.Instance) { in.Groups = nil })
}

func without(id string) change { return func(s *scene) { delete(s.snapshot.Instances, id) } }

// shown changes the interface as the plan sees it: see show.
func shown(look string) change {
	return func(s *scene) {
		s.snapshot.Interfaces = []inventory.Interface{show(look)}
		s.snapshot.StampUnattached(start)
	}
}

func target(id string) change { return func(s *scene) { s.trigger.Target = id } }

func forced(s *scene) { s.trigger.Force = true }

// The scenes that most scripts begin with.
func spotScene(c ...change) scene {
	return newScene(trigger.KindSpotInterruption, append([]change{instance("i-a", spot)}, c...)...)
}

func stoppedScene(c ...change) scene {
	return newScene(trigger.KindStopped, append([]change{instance("i-a", state(inventory.StateStopped))}, c...)...)
}

func terminatedScene(c ...change) scene {
	return newScene(trigger.KindTerminated, append([]change{instance("i-a", state(inventory.StateShuttingDown))}, c...)...)
}

func alarmScene(c ...change) scene { return newScene(trigger.KindAlarm, c...) }

// verdictScene is a verdict about the interface on its attachment "old", on i-a.
func verdictScene(c ...change) scene {
	return newScene(trigger.KindUnreachable, append([]change{func(s *scene) {
		s.trigger.Unanswered = []trigger.ProbedInterface{{Interface: s.snapshot.Interfaces[0].ID, Attachment: "old", Instance: "i-a"}}
	}}, c...)...)
}

func manualScene(c ...change) scene { return newScene(trigger.KindManual, c...) }

func rebalanceScene(c ...change) scene {
	return newScene(trigger.KindRebalance, append([]change{instance("i-a", func(in *inventory.Instance) { in.Spot = true })}, c...)...)
}

func unattachedScene(c ...change) scene {
	return newScene(trigger.KindSweep, append([]change{shown("unattached"), without("i-a")}, c...)...)
}

// foundScene is a sweep that finds the interface detaching from i-a, which is healthy and may have it back.
func foundScene(c ...change) scene {
	return newScene(trigger.KindSweep, append([]change{shown("old on i-a/1 detaching")}, c...)...)
}

// stuckScene is a sweep that finds the interface attaching for an hour.
func stuckScene(c ...change) scene {
	return newScene(trigger.KindSweep, append([]change{shown("old on i-a/1 attaching"), func(s *scene) {
		s.snapshot.Interfaces[0].Attachment.AttachTime = start.Add(-time.Hour)
	}}, c...)...)
}

// show makes the interface as a look shows it: "unattached", or an attachment's id, its instance and index, and
// its status. What is not said is as it was: "old" is on i-a/1. Further words: paused, group=web, kind=efa,
// dot (DeleteOnTermination), fresh or older (attached at the start, or long before old).
func show(look string) inventory.Interface {
	e := inventory.Interface{
		ID: "eni-1", Type: inventory.TypeInterface, AZ: "a", VPC: "v", Owner: "1", Status: inventory.StatusInUse, Group: "db",
	}
	words := strings.Fields(look)
	a := &inventory.Attachment{ID: words[0], Instance: "i-a", InstanceOwner: "1", Status: inventory.StatusAttached, DeviceIndex: 1, AttachTime: start.Add(-time.Hour)}
	e.Attachment = a
	if words[0] == "unattached" {
		e.Attachment, e.Status = nil, inventory.StatusAvailable
	}
	for k, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "on":
			on, index, _ := strings.Cut(words[k+2], "/")
			n, err := strconv.Atoi(index)
			if err != nil {
				panic(look)
			}
			a.Instance, a.DeviceIndex = on, n
		case "paused":
			e.Paused = true
		case "group":
			e.Group = value
		case "kind":
			e.Type = value
		case "dot":
			a.DeleteOnTermination = true
		case "fresh":
			a.AttachTime = start
		case "older":
			a.AttachTime = start.Add(-2 * time.Hour)
		case "attaching", "attached", "detaching", "detached":
			a.Status = inventory.Status(key)
		}
	}
	return e
}
