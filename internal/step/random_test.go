package step_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
	"github.com/eni-failover/eni-failover/internal/trigger"
)

var (
	seed   = flag.Uint64("seed", 1, "seed of the random runs")
	rounds = flag.Int("rounds", 600, "number of random runs")
)

// actor is one invocation, which plays a move against the cloud as the mover does.
type actor struct {
	name    string
	move    *step.Move
	now     time.Time
	end     time.Time
	fresh   time.Time // looks must be started after that
	changes int
	done    bool
}

// step lets the actor do one thing: ask for the next action, and carry it out.
func (c *cloud) step(t *testing.T, w *actor) {
	t.Helper()
	if w.move == nil {
		w.move = c.begin(w.now) // a plan is made of what is seen when the actor begins
		w.done = w.move == nil
		return
	}
	if !w.now.Before(w.end) {
		w.move.TimeOut()
		w.done = true
		return
	}
	m, a := w.move, w.move.Next(w.now)
	if a.Do != step.Wait {
		c.log = append(c.log, fmt.Sprintf("%s %s: %s %s%s force=%v (it is %s)", w.now.Sub(start), w.name, a.Do, a.Attachment, a.Slot.Instance, a.Force, where(c.truth(w.now))))
	}
	switch a.Do {
	case step.Finish:
		w.done = true
	case step.Wait:
		gap := time.Duration(25+c.r.IntN(400)) * time.Millisecond
		if !a.At.IsZero() && a.At.After(w.now) && a.At.Before(w.now.Add(gap)) {
			w.now = a.At // something is due before the next look
			return
		}
		w.now = w.now.Add(gap)
		if c.r.IntN(100) >= c.trouble && w.now.After(w.fresh) {
			e := c.look(w.now)
			c.answer(m, m.AskTarget(w.now), w.now)
			c.answer(m, m.AskHolder(w.now), w.now)
			m.Observe(w.now, w.now.Add(20*time.Millisecond), &e)
			w.now = w.now.Add(20 * time.Millisecond)
		}
	case step.AskOrigin:
		m.Origin(inventory.StateRunning)
	case step.Replan:
		item := m.Item()
		item.Choice = plan.Slot{}
		m.Replanned(w.now, item, nil)
	case step.Start, step.WriteLeftTag, step.Detach, step.Attach:
		w.changes++
		c.check(t, w.now, a)
		reply := c.do(w.now, a)
		w.now = w.now.Add(time.Duration(10+c.r.IntN(200)) * time.Millisecond)
		w.fresh = w.now
		c.log = append(c.log, fmt.Sprintf("%s %s:     %s%s", w.now.Sub(start), w.name, reply.Class, reply.Attachment))
		m.Replied(w.now, a, reply)
	}
}

// drive lets all actors act: each time the one whose clock is furthest behind.
func (c *cloud) drive(t *testing.T, actors ...*actor) {
	t.Helper()
	for {
		var next *actor
		for _, w := range actors {
			if !w.done && (next == nil || w.now.Before(next.now)) {
				next = w
			}
		}
		if next == nil {
			return
		}
		c.step(t, next)
	}
}

// TestRandom plays moves against the cloud. No other invocation is at work there, at least one candidate takes the
// interface, and no trouble lasts. So each move has to end on a candidate, by its own requests.
func TestRandom(t *testing.T) {
	for k := range *rounds {
		r := rand.New(rand.NewPCG(*seed, uint64(k)))
		c := &cloud{
			r: r, refuses: map[string]fault.Class{},
			detachTakes: time.Duration(r.IntN(8000)) * time.Millisecond, attachTakes: time.Duration(r.IntN(4000)) * time.Millisecond,
			lag: time.Duration(r.IntN(4)) * 1500 * time.Millisecond, trouble: []int{0, 0, 10, 40}[r.IntN(4)],
		}
		if r.IntN(3) == 0 {
			c.refuses["i-b"] = []fault.Class{fault.Candidate, fault.Full, fault.Denied, fault.Conflict, fault.IndexTaken, fault.Gone, fault.Invalid}[r.IntN(7)]
		}
		scenes := []func(...change) scene{
			spotScene, stoppedScene, terminatedScene, alarmScene, manualScene, unattachedScene, foundScene,
			coldScene, func(...change) scene { return unattachedScene(cold("i-b", "i-c")) },
		}
		kind := r.IntN(len(scenes))
		s := scenes[kind]()
		c.grace = []time.Duration{15 * time.Second, 15 * time.Second, 0, 5 * time.Second, time.Hour, 0, 15 * time.Second, 15 * time.Second, 0}[kind]
		if kind > 6 {
			c.cold, c.started, c.startTakes = []string{"i-b", "i-c"}, map[string]time.Time{}, time.Duration(r.IntN(25_000))*time.Millisecond
			if r.IntN(3) == 0 {
				c.failsStart = "i-b"
			}
		}
		c.hangs = kind != 4 && r.IntN(4) == 0
		c.steady = r.IntN(4) == 0
		if r.IntN(6) == 0 {
			c.slowTarget = "i-b"
			if r.IntN(2) == 0 {
				c.slowAttach = time.Duration(90_000+r.IntN(15_000)) * time.Millisecond // about when it is given up
			}
		}
		p := plan.Decide(s.trigger, s.snapshot, s.policy, start)
		first := s.snapshot.Interfaces[0]
		c.history = []moment{{start.Add(-time.Hour), first}}
		if first.Attachment != nil && r.IntN(4) == 0 {
			// It came to its holder a moment ago, and looks may still show where it was before.
			before := show("before on i-d/1 detaching older")
			first.Attachment.AttachTime = start.Add(-800 * time.Millisecond)
			c.history = []moment{{start.Add(-time.Hour), show("before on i-d/1 attached older")}, {start.Add(-1500 * time.Millisecond), before}, {start.Add(-time.Second), show("unattached")}, {first.Attachment.AttachTime, first}}
		}
		if first.Detaching() && !c.hangs {
			c.becomes(start.Add(c.detachTakes), "unattached")
		}
		at := step.Times{Now: start, Deadline: start.Add(budget)}
		if r.IntN(2) == 0 {
			at.Look = inventory.Period{Began: start, Ended: start}
		}
		m := step.New(p.Items[0], s.policy, p.Slots, at)
		w := &actor{name: "a", move: m, now: start, end: start.Add(budget), fresh: start}
		c.drive(t, w)
		got := m.Result()
		truth := c.history[len(c.history)-1].e
		switch {
		case got == nil:
			t.Errorf("no result")
		case got.Outcome != plan.OutcomeMoved && got.Outcome != plan.OutcomeAttached:
			t.Errorf("ended as %s %s: %s", got.Outcome, got.Reason, got.Detail)
		case truth.Attachment == nil || truth.Attachment.Status != inventory.StatusAttached || truth.Attachment.ID != got.Attachment || truth.Attachment.Instance != got.To:
			t.Errorf("says %+v, and it is %s", got, where(truth))
		case truth.Attachment.Instance == "i-a" && kind != 6 && kind != 5 && kind != 8:
			t.Errorf("on the doomed instance")
		case len(got.Differences) > 0:
			t.Errorf("differences %q", got.Differences)
		}
		if most := 35 + c.trouble; w.changes > most {
			t.Errorf("asked for %d changes, at most %d are sensible", w.changes, most)
		}
		if t.Failed() {
			t.Fatalf("run %d of seed %d: %s (scene %d, lag %s %v, trouble %d, refuses %v, hangs %v, slow target %q after %s, detach %s, attach %s):\n%s",
				k, *seed, m, kind, c.lag, c.steady, c.trouble, c.refuses, c.hangs, c.slowTarget, c.slowAttach, c.detachTakes, c.attachTakes, strings.Join(c.log, "\n"))
		}
	}
}

// TestRandomRace lets several invocations meet on the interface, with plans made at different times. All of
// them succeed, at least one by its own requests, and the interface ends on a candidate:
// "EC2 refuses all but one of the racers. The loser looks again and finds either the goal reached
// (superseded, success) or a fresh reason to act".
func TestRandomRace(t *testing.T) {
	for k := range *rounds {
		r := rand.New(rand.NewPCG(*seed, uint64(k)))
		c := &cloud{
			r: r, detachTakes: time.Duration(r.IntN(8000)) * time.Millisecond, attachTakes: time.Duration(r.IntN(4000)) * time.Millisecond,
			lag: time.Duration(r.IntN(3)) * 1000 * time.Millisecond, trouble: []int{0, 0, 10, 30}[r.IntN(4)],
		}
		c.steady = r.IntN(4) == 0
		c.history = []moment{{start.Add(-time.Hour), show("old on i-a/1 attached")}}
		var actors []*actor
		for n := range 2 + r.IntN(2) {
			begin := start.Add(time.Duration(r.IntN(12000)) * time.Millisecond)
			if n == 0 {
				begin = start
			}
			actors = append(actors, &actor{name: string(rune('a' + n)), now: begin, end: begin.Add(budget), fresh: begin})
		}
		c.drive(t, actors...)
		c.checkRace(t, actors)
		if t.Failed() {
			t.Fatalf("run %d of seed %d (lag %s %v, trouble %d, detach %s, attach %s):\n%s",
				k, *seed, c.lag, c.steady, c.trouble, c.detachTakes, c.attachTakes, strings.Join(c.log, "\n"))
		}
	}
}

// begin makes a move for one of the triggers that an instance sends when it stops; nil if there is nothing to do for it.
func (c *cloud) begin(now time.Time) *step.Move {
	scenes := []func(...change) scene{stoppedScene, stoppedScene, terminatedScene, spotScene}
	s := scenes[c.r.IntN(len(scenes))]()
	if c.r.IntN(3) == 0 {
		s = newScene(trigger.KindSweep, instance("i-a", state(inventory.StateStopped)))
	}
	s.snapshot.Interfaces = []inventory.Interface{c.look(now)}
	s.snapshot.StampUnattached(now)
	p := plan.Decide(s.trigger, s.snapshot, s.policy, now)
	if len(p.Items) == 0 || p.Items[0].Settled != "" {
		return nil
	}
	return step.New(p.Items[0], s.policy, p.Slots, step.Times{Now: now, Look: inventory.Period{Began: now, Ended: now}, Deadline: now.Add(budget)})
}

func (c *cloud) checkRace(t *testing.T, actors []*actor) {
	t.Helper()
	truth := c.history[len(c.history)-1].e
	if truth.Attachment == nil || truth.Attachment.Status != inventory.StatusAttached || truth.Attachment.Instance == "i-a" {
		t.Errorf("in the end it is %s", where(truth))
	}
	winners := 0
	for _, w := range actors {
		if w.move == nil {
			continue // it saw nothing to do
		}
		got := w.move.Result()
		switch {
		case got.Outcome == plan.OutcomeMoved || got.Outcome == plan.OutcomeAttached:
			winners++
		case got.Outcome != plan.OutcomeSuperseded:
			t.Errorf("%s ended as %s %s: %s", w.name, got.Outcome, got.Reason, got.Detail)
		}
		if w.changes > 35+c.trouble {
			t.Errorf("%s asked for %d changes", w.name, w.changes)
		}
	}
	if winners == 0 {
		t.Error("no invocation moved it")
	}
	if winners > 1 && c.lag == 0 && c.trouble == 0 {
		t.Errorf("%d say that they moved it", winners)
	}
}
