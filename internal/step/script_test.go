package step_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

// start is the instant that the times of all scripts are counted from; the plan was made then.
var start = time.Date(2026, time.November, 23, 10, 0, 0, 0, time.UTC)

// budget is the time that a move has.
const budget = 290 * time.Second

// scene is what a move begins with: the interface eni-1 is on i-a, by the attachment old at index 1; i-b and
// then i-c could take it. A change to it is what a script is about.
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

// full leaves an instance n free slots.
func full(n int) func(*inventory.Instance) {
	return func(in *inventory.Instance) { in.Attached = 8 - n }
}

// outsider takes an instance out of the group.
func outsider(id string) change {
	return instance(id, func(in *inventory.Instance) { in.Groups = nil })
}

func without(id string) change { return func(s *scene) { delete(s.snapshot.Instances, id) } }

// shown is how the snapshot shows the interface.
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

func manualScene(c ...change) scene { return newScene(trigger.KindManual, c...) }

func rebalanceScene(c ...change) scene {
	return newScene(trigger.KindRebalance, append([]change{instance("i-a", func(in *inventory.Instance) { in.Spot = true })}, c...)...)
}

func orphanScene(c ...change) scene {
	return newScene(trigger.KindSweep, append([]change{shown("unattached"), without("i-a")}, c...)...)
}

// foundScene: a sweep finds the interface on its way off i-a, which is well and may have it back.
func foundScene(c ...change) scene {
	return newScene(trigger.KindSweep, append([]change{shown("old on i-a/1 detaching")}, c...)...)
}

// stuckScene: a sweep finds it attaching for ages.
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

// player plays a script: looks and replies go in, actions come out.
type player struct {
	t    testing.TB
	move *step.Move
	last step.Action
	now  time.Time
	// looks are how many looks the move was given, lines what was played, for the message of a failure.
	lines []string
	// states are those of the instances that do not run; what is not to be asked has the state "silent".
	states map[string]inventory.State
}

func play(tb testing.TB, s scene) *player {
	tb.Helper()
	p := plan.Decide(s.trigger, s.snapshot, s.policy, start)
	if len(p.Items) != 1 || p.Items[0].Settled != "" {
		tb.Fatalf("the scene has nothing to do: %+v", p)
	}
	return &player{t: tb, now: start, states: map[string]inventory.State{}, move: step.New(p.Items[0], s.policy, p.Slots, step.Times{Now: start, Deadline: start.Add(budget)})}
}

// input gives the move what a line of a script says, at a time since the start.
//
//	look none | look WORDS     what a look shows (see show), started at that time and answered 10 ms later
//	tick                       nothing new
//	ok [ID] | CLASS            the reply to the last action
//	origin STATE               the answer to ask-origin
//	replanned I/N[,J…] | replanned nobody   a new plan: the choice, and further candidates
//	unplanned                  no new plan could be made
//	target INSTANCE STATE      the instance is in that state from now on, if it is asked for: beside a look, and
//	                           answered before it; "silent" is no answer
//	timeout
func (p *player) input(at time.Duration, line string) {
	p.t.Helper()
	p.now = start.Add(at)
	p.lines = append(p.lines, fmt.Sprintf("%s %s", at, line))
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "look":
		began := p.now
		p.askTarget()
		p.now = began.Add(10 * time.Millisecond) // a look's time, after which its answer is acted on
		if rest == "none" {
			p.move.Observe(began, p.now, nil)
			return
		}
		e := show(rest)
		p.move.Observe(began, p.now, &e)
	case "tick":
	case "ok":
		p.move.Replied(p.now, p.last, step.Reply{Attachment: rest})
	case "origin":
		p.move.Origin(inventory.State(strings.TrimPrefix(rest, "unasked")))
	case "replanned":
		p.replanned(rest)
	case "unplanned":
		item := p.move.Item()
		item.Choice = plan.Slot{}
		p.move.Replanned(p.now, item, nil)
	case "target":
		id, state, _ := strings.Cut(rest, " ")
		p.states[id] = inventory.State(state)
	case "timeout":
		p.move.TimeOut()
	default:
		p.move.Replied(p.now, p.last, step.Reply{Class: classOf(p.t, verb), Code: "Some.Code"})
	}
}

// askTarget answers the question that goes with a look.
func (p *player) askTarget() {
	instance := p.move.AskTarget(p.now)
	state, ok := p.states[instance]
	if !ok {
		state = inventory.StateRunning
	}
	if instance != "" && state != "silent" {
		p.move.Target(instance, p.now, state)
	}
}

var classes = []fault.Class{
	fault.Throttled, fault.Unavailable, fault.Denied, fault.Gone, fault.Stale, fault.Conflict, fault.InUse, fault.Full,
	fault.IndexTaken, fault.Candidate, fault.Forbidden, fault.Invalid,
}

func classOf(tb testing.TB, name string) fault.Class {
	tb.Helper()
	if !slices.Contains(classes, fault.Class(name)) {
		tb.Fatalf("no class %s", name)
	}
	return fault.Class(name)
}

func (p *player) replanned(choice string) {
	p.t.Helper()
	item := p.move.Item()
	item.Candidates, item.Choice = nil, plan.Slot{}
	s := newScene(trigger.KindSweep).snapshot
	for id := range strings.SplitSeq(choice, ",") {
		if id == "nobody" {
			break
		}
		id, index, _ := strings.Cut(id, "/")
		item.Candidates = append(item.Candidates, plan.Candidate{Instance: id, Eligible: true})
		if n, err := strconv.Atoi(index); err == nil {
			item.Choice = plan.Slot{Instance: id, Index: n}
		}
		s.Add(inventory.Instance{ID: id, Type: "m5", Card0: []int{0}, Attached: 1})
	}
	p.move.Replanned(p.now, item, plan.Decide(trigger.Trigger{Kind: trigger.KindSweep}, inventory.Snapshot{Instances: s.Instances, Limits: s.Limits}, plan.Policy{}, start).Slots)
}

// next asks for the action and writes it down.
func (p *player) next() string {
	p.last = p.move.Next(p.now)
	return p.showAction()
}

func (p *player) showAction() string {
	a := p.last
	text := string(a.Do)
	switch a.Do {
	case step.Detach:
		text += " " + a.Attachment
		if a.Force {
			text += " force"
		}
	case step.Attach:
		text += fmt.Sprintf(" %s/%d", a.Slot.Instance, a.Slot.Index)
	case step.Finish:
		r := p.move.Result()
		text += " " + string(r.Outcome)
		if r.Reason != "" {
			text += " " + string(r.Reason)
		}
	case step.Wait:
		if !a.At.IsZero() {
			text += " " + a.At.Sub(start).String()
		}
	case step.WriteLeftTag, step.AskOrigin, step.Replan:
	}
	return text
}

// run plays the lines of a script: a time, an input, and behind -> what has to come of it. Without ->
// anything may. A want of "wait" is met by any wait, "wait 5s" by one that ends then.
func run(t *testing.T, s scene, script string) *player {
	t.Helper()
	p := play(t, s)
	for line := range strings.Lines(script) {
		line, _, _ = strings.Cut(line, "#")
		input, want, checked := strings.Cut(strings.TrimSpace(line), "->")
		at, input, _ := strings.Cut(strings.TrimSpace(input), " ")
		if at == "" {
			continue
		}
		d, err := time.ParseDuration(at)
		if err != nil {
			t.Fatal(err)
		}
		p.input(d, strings.TrimSpace(input))
		got := p.next()
		want = strings.TrimSpace(want)
		if want == "wait" && strings.HasPrefix(got, "wait") {
			want = got
		}
		p.lines[len(p.lines)-1] += " -> " + got
		if checked && got != want {
			t.Fatalf("got  %s\nwant %s\nnow  %s\nin\n  %s", got, want, p.move, strings.Join(p.lines, "\n  "))
		}
	}
	return p
}
