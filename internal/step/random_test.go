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

// cloud is a toy of EC2 for one interface: detach and attach take their time, replies get lost, calls are
// throttled, and looks show the past.
type cloud struct {
	r       *rand.Rand
	history []moment // in the order of time; the last one is the truth
	serial  int

	detachTakes, attachTakes time.Duration
	// hangs is whether a plain detach never ends; refuses how each instance refuses an attach.
	hangs   bool
	refuses map[string]fault.Class
	// lame is an instance whose guest finishes an attach very late, or never.
	lame string
	late time.Duration
	// grace is the time that a detach of old must be given before force.
	grace time.Duration
	// lag is the most that a look is late; steady: all are. trouble is how many of a hundred calls go wrong.
	lag     time.Duration
	steady  bool
	trouble int
	log     []string
}

// moment is what is so from an instant on.
type moment struct {
	from time.Time
	e    inventory.Interface
}

func (c *cloud) truth(at time.Time) inventory.Interface {
	e := c.history[0].e
	for _, m := range c.history {
		if !m.from.After(at) {
			e = m.e
		}
	}
	return e
}

// becomes changes what is so from an instant on; what was to come later does not.
func (c *cloud) becomes(at time.Time, look string) {
	for k, m := range c.history {
		if m.from.After(at) {
			c.history = c.history[:k]
			break
		}
	}
	e := show(look)
	if before := c.history[len(c.history)-1].e.Attachment; e.Attachment != nil {
		e.Attachment.AttachTime = at
		if before != nil && before.ID == e.Attachment.ID {
			e.Attachment.AttachTime = before.AttachTime
		}
	}
	c.history = append(c.history, moment{at, e})
}

// look shows what was so a while ago.
func (c *cloud) look(at time.Time) inventory.Interface {
	late := time.Duration(0)
	switch {
	case c.steady:
		late = c.lag
	case c.r.IntN(3) == 0 && c.lag > 0:
		late = time.Duration(c.r.Int64N(int64(c.lag)))
	}
	return c.truth(at.Add(-late))
}

// do makes a change, and returns the reply to it. An error may come before the change, or after it.
func (c *cloud) do(at time.Time, a step.Action) step.Reply {
	fate := c.r.IntN(100)
	switch {
	case fate < c.trouble/2:
		return step.Reply{Class: fault.Throttled, Code: "RequestLimitExceeded"}
	case fate < c.trouble*3/4:
		return step.Reply{Class: fault.Unavailable}
	}
	reply := c.change(at, a)
	if fate < c.trouble {
		return step.Reply{Class: fault.Unavailable}
	}
	return reply
}

func (c *cloud) change(at time.Time, a step.Action) step.Reply {
	e := c.truth(at)
	switch a.Do {
	case step.Detach:
		switch {
		case e.Attachment == nil || e.Attachment.ID != a.Attachment:
			return step.Reply{Class: fault.Stale, Code: "InvalidAttachmentID.NotFound"}
		case e.Detaching() && !a.Force:
			return step.Reply{Class: fault.Conflict, Code: "IncorrectState"}
		}
		c.becomes(at, fmt.Sprintf("%s on %s/%d detaching", a.Attachment, e.Attachment.Instance, e.Attachment.DeviceIndex))
		if a.Force {
			c.becomes(at.Add(300*time.Millisecond), "unattached")
		} else if !c.hangs {
			c.becomes(at.Add(c.detachTakes), "unattached")
		}
	case step.Attach:
		if e.Attachment != nil {
			return step.Reply{Class: fault.Conflict, Code: "InvalidNetworkInterface.InUse"}
		}
		if class := c.refuses[a.Slot.Instance]; class != "" {
			return step.Reply{Class: class, Code: "Refused"}
		}
		c.serial++
		id := fmt.Sprintf("new%d", c.serial)
		c.becomes(at, fmt.Sprintf("%s on %s/%d attaching", id, a.Slot.Instance, a.Slot.Index))
		takes := c.attachTakes
		if a.Slot.Instance == c.lame {
			takes = c.late
		}
		if takes > 0 || a.Slot.Instance != c.lame {
			c.becomes(at.Add(takes), fmt.Sprintf("%s on %s/%d attached", id, a.Slot.Instance, a.Slot.Index))
		}
		return step.Reply{Attachment: id}
	case step.Wait, step.WriteLeftTag, step.AskOrigin, step.Replan, step.Finish:
	}
	return step.Reply{}
}

// actor is one invocation that plays a move against the cloud, as the mover does.
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
			if id := m.AskTarget(w.now); id != "" {
				m.Target(id, w.now, inventory.StateRunning)
			}
			m.Observe(w.now, w.now.Add(20*time.Millisecond), &e)
			w.now = w.now.Add(20 * time.Millisecond)
		}
	case step.AskOrigin:
		m.Origin(inventory.StateRunning)
	case step.Replan:
		item := m.Item()
		item.Choice = plan.Slot{}
		m.Replanned(w.now, item, nil)
	case step.WriteLeftTag, step.Detach, step.Attach:
		w.changes++
		c.check(t, w.now, a)
		reply := c.do(w.now, a)
		w.now = w.now.Add(time.Duration(10+c.r.IntN(200)) * time.Millisecond)
		w.fresh = w.now
		c.log = append(c.log, fmt.Sprintf("%s %s:     %s%s", w.now.Sub(start), w.name, reply.Class, reply.Attachment))
		m.Replied(w.now, a, reply)
	}
}

// drive lets all actors act, each time the one whose clock is behind.
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

func where(e inventory.Interface) string {
	if e.Attachment == nil {
		return "unattached"
	}
	return fmt.Sprintf("%s on %s %s", e.Attachment.ID, e.Attachment.Instance, e.Attachment.Status)
}

// check: "Never … detach anything but the observed attachment of the doomed instance, the one that this very
// move made".
func (c *cloud) check(t *testing.T, at time.Time, a step.Action) {
	t.Helper()
	if e := c.truth(at).Attachment; a.Force && a.Attachment == "old" && e != nil && e.ID == "old" {
		since := at // when it began to be detaching: a forced request before that has no grace at all
		for _, m := range c.history {
			if was := m.e.Attachment; was != nil && was.ID == "old" && was.Status == inventory.StatusDetaching && m.from.Before(since) {
				since = m.from
			}
		}
		if since.Before(start) {
			since = start
		}
		if at.Sub(since) < c.grace {
			t.Errorf("forced %s after the detach began, the grace is %s", at.Sub(since), c.grace)
		}
	}
	if a.Do == step.Detach && a.Attachment != "old" && !strings.HasPrefix(a.Attachment, "new") {
		t.Errorf("detaches %q", a.Attachment)
	}
	if a.Do == step.Attach && (a.Slot.Instance == "" || a.Slot.Index < 1) {
		t.Errorf("attaches to %+v", a.Slot)
	}
}

// TestRandom plays moves against the toy. Nobody else is at work there, at least one candidate takes the
// interface, and no trouble lasts: so each move has to end on a candidate, by its own doing.
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
		scenes := []func(...change) scene{spotScene, stoppedScene, terminatedScene, alarmScene, manualScene, orphanScene, foundScene}
		kind := r.IntN(len(scenes))
		s := scenes[kind]()
		c.grace = []time.Duration{15 * time.Second, 15 * time.Second, 0, 5 * time.Second, time.Hour, 0, 15 * time.Second}[kind]
		c.hangs = kind != 4 && r.IntN(4) == 0
		c.steady = r.IntN(4) == 0
		if r.IntN(6) == 0 {
			c.lame = "i-b"
			if r.IntN(2) == 0 {
				c.late = time.Duration(90_000+r.IntN(15_000)) * time.Millisecond // about when it is given up
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
			at.SecondRead = start
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
		case truth.Attachment.Instance == "i-a" && kind != 6 && kind != 5:
			t.Errorf("on the doomed instance")
		case len(got.Differences) > 0:
			t.Errorf("differences %q", got.Differences)
		}
		if most := 35 + c.trouble; w.changes > most {
			t.Errorf("asked for %d changes, at most %d are sensible", w.changes, most)
		}
		if t.Failed() {
			t.Fatalf("run %d of seed %d: %s (scene %d, lag %s %v, trouble %d, refuses %v, hangs %v, lame %q late %s, detach %s, attach %s):\n%s",
				k, *seed, m, kind, c.lag, c.steady, c.trouble, c.refuses, c.hangs, c.lame, c.late, c.detachTakes, c.attachTakes, strings.Join(c.log, "\n"))
		}
	}
}

// TestRandomRace lets several invocations meet on the interface, with plans made at different times of what
// they saw then. All of them succeed, one at least by its own doing, and the interface ends on a candidate:
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

// begin makes a move for one of the triggers that meet on an instance that stops; nil if it sees nothing to
// do.
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
	return step.New(p.Items[0], s.policy, p.Slots, step.Times{Now: now, SecondRead: now, Deadline: now.Add(budget)})
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
		t.Error("nobody moved it")
	}
	if winners > 1 && c.lag == 0 && c.trouble == 0 {
		t.Errorf("%d say that they moved it", winners)
	}
}
