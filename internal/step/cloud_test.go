package step_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/step"
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

func where(e inventory.Interface) string {
	if e.Attachment == nil {
		return "unattached"
	}
	return fmt.Sprintf("%s on %s %s", e.Attachment.ID, e.Attachment.Instance, e.Attachment.Status)
}
