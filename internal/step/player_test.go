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

// player plays a script: looks and replies go in, actions come out.
type player struct {
	t    testing.TB
	move *step.Move
	last step.Action
	now  time.Time
	// lines are the lines that were played, for the message of a failure.
	lines []string
	// states has the instances that do not run; the state "silent" stands for no answer.
	states map[string]inventory.Instance
}

func play(tb testing.TB, s scene) *player {
	tb.Helper()
	p := plan.Decide(s.trigger, s.snapshot, s.policy, start)
	if len(p.Items) != 1 || p.Items[0].Settled != "" {
		tb.Fatalf("the scene has nothing to do: %+v", p)
	}
	return &player{t: tb, now: start, states: map[string]inventory.Instance{}, move: step.New(p.Items[0], s.policy, p.Slots, step.Times{Now: start, Deadline: start.Add(budget)})}
}

// input gives the move what a line of a script says, at a time since the start.
//
//	look none | look WORDS     what a look shows (see show), started at that time and answered 10 ms later
//	tick                       nothing new
//	ok [ID] | CLASS            the reply to the last action
//	origin STATE               the answer to ask-origin
//	replanned I/N[,J…] | replanned none   a new plan: the choice, and further candidates
//	read attached              the read for the new plan showed it attached
//	unplanned                  no new plan could be made
//	target INSTANCE STATE [REASON]   the instance is in that state from now on, for that reason, if it is asked for:
//	                           beside a look, and answered before it; "silent" is no answer
//	timeout
func (p *player) input(at time.Duration, line string) {
	p.t.Helper()
	p.now = start.Add(at)
	p.lines = append(p.lines, fmt.Sprintf("%s %s", at, line))
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "look":
		began := p.now
		p.ask(p.move.AskTarget(p.now))
		p.ask(p.move.AskHolder(p.now))
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
	case "read":
		p.move.ReadAttached()
	case "unplanned":
		item := p.move.Item()
		item.Choice = plan.Slot{}
		p.move.Replanned(p.now, item, nil)
	case "target":
		words := append(strings.Fields(rest), "")
		in := inventory.Instance{ID: words[0], Type: "m5", State: inventory.State(words[1])}
		if words[2] == "full" {
			in.Attached = 8
		} else {
			in.StateReason.Code = words[2]
		}
		p.states[words[0]] = in
	case "timeout":
		p.move.TimeOut()
	default:
		p.move.Replied(p.now, p.last, step.Reply{Class: classOf(p.t, verb), Code: "Some.Code"})
	}
}

// ask answers a question about an instance that goes with a look.
func (p *player) ask(instance string) {
	in, ok := p.states[instance]
	if !ok {
		in = inventory.Instance{ID: instance, State: inventory.StateRunning}
	}
	if instance != "" && in.State != "silent" {
		p.move.Answered(p.now, in)
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
		if id == "none" {
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
	case step.Start:
		text += " " + a.Slot.Instance
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

// run plays the lines of a script: a time, an input, and after -> the action that must follow. Without -> any action may
// follow. "wait" is met by any wait, "wait 5s" by a wait that ends then.
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

// script is a rule of a move: looks and replies, and the actions that follow. The promise that a script or a test keeps is
// quoted above it.
type script struct {
	name  string
	scene scene
	lines string
}

// playAll plays scripts, each as a test of its own.
func playAll(t *testing.T, scripts []script) {
	t.Helper()
	for _, s := range scripts {
		t.Run(s.name, func(t *testing.T) { run(t, s.scene, s.lines) })
	}
}
