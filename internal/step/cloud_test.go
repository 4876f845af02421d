package step_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/step"
)

// cloud is a toy EC2 for one interface: detach and attach take their time, replies get lost, calls are throttled, and
// looks show the past.
type cloud struct {
	r       *rand.Rand
	history []moment // in the order of time; the last one is the truth
	serial  int

	detachTakes, attachTakes time.Duration
	// hangs reports whether a plain detach never ends.
	hangs bool
	// refuses has the error of an attach to each instance that refuses it.
	refuses map[string]fault.Class
	// slowTarget is an instance that finishes an attach after slowAttach only; zero: never.
	slowTarget string
	slowAttach time.Duration
	// cold are the instances that do not run until they are started, which takes startTakes; started is when they were. A start
	// of failsStart ends in stopped.
	cold       []string
	startTakes time.Duration
	started    map[string]time.Time
	failsStart string
	// grace is the least time that a detach of old must get before it is forced.
	grace time.Duration
	// lag limits how late looks are. If steady, all are late by it.
	lag    time.Duration
	steady bool
	// trouble counts the calls in a hundred that go wrong.
	trouble int
	log     []string
}

// moment is the state of the interface from an instant on.
type moment struct {
	from time.Time
	e    inventory.Interface
}

// truth returns the state at an instant.
func (c *cloud) truth(at time.Time) inventory.Interface {
	e := c.history[0].e
	for _, m := range c.history {
		if !m.from.After(at) {
			e = m.e
		}
	}
	return e
}

// becomes changes the state from an instant on. What was to come after that does not come.
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

// look returns the state as it was a while ago.
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

// state returns the state of an instance at an instant.
func (c *cloud) state(id string, at time.Time) inventory.State {
	started, ok := c.started[id]
	switch {
	case !slices.Contains(c.cold, id):
		return inventory.StateRunning
	case !ok || at.Before(started):
		return inventory.StateStopped
	case at.Before(started.Add(c.startTakes)):
		return inventory.StatePending
	case id == c.failsStart:
		return inventory.StateStopped
	}
	return inventory.StateRunning
}

// answer gives the move the state of an instance, as it was a while ago.
func (c *cloud) answer(m *step.Move, id string, at time.Time) {
	if id != "" {
		late := time.Duration(c.r.Int64N(int64(c.lag) + 1))
		m.Answered(at, inventory.Instance{ID: id, State: c.state(id, at.Add(-late))})
	}
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
	case step.Start:
		if c.state(a.Slot.Instance, at) == inventory.StateStopped {
			if class := c.refuses[a.Slot.Instance]; class != "" {
				return step.Reply{Class: class, Code: "Refused"}
			}
			c.started[a.Slot.Instance] = at
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
		if a.Slot.Instance == c.slowTarget {
			takes = c.slowAttach
		}
		if takes > 0 || a.Slot.Instance != c.slowTarget {
			c.becomes(at.Add(takes), fmt.Sprintf("%s on %s/%d attached", id, a.Slot.Instance, a.Slot.Index))
		}
		return step.Reply{Attachment: id}
	case step.Wait, step.WriteLeftTag, step.AskOrigin, step.Replan, step.Finish:
	}
	return step.Reply{}
}

// check: "Never … detach anything but the observed attachment of the doomed instance, the one that this very
// move made". And "Nothing is detached before the standby runs".
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
	running := func(id string) bool { return c.state(id, at) == inventory.StateRunning }
	if a.Do == step.Detach && a.Attachment == "old" && !a.Force && !slices.ContainsFunc([]string{"i-b", "i-c"}, running) {
		t.Errorf("detaches before any standby runs")
	}
	if a.Do == step.Attach && !running(a.Slot.Instance) {
		t.Errorf("attaches to %s, which is %s", a.Slot.Instance, c.state(a.Slot.Instance, at))
	}
	if a.Do == step.Attach && (a.Slot.Instance == "" || a.Slot.Index < 1) {
		t.Errorf("attaches to %+v", a.Slot)
	}
}

func where(e inventory.Interface) string {
	if e.Attachment == nil {
		return "unattached"
	}
	return fmt.Sprintf("%s on %s %s", e.Attachment.ID, e.Attachment.Instance, e.Attachment.Status)
}
