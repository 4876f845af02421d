package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// EC2 attaches an interface to a stopped instance as readily as to a running one (a "warm attach": "Network interface
// attachments for your EC2 instance" in the EC2 User Guide), and shows it attached. So an attachment alone proves nothing:
// the target's own state is asked for beside the looks.

const (
	// targetEvery is the time between two questions about the state of the instance that the interface goes to, while the
	// detach or the attach lasts.
	targetEvery = 5 * time.Second
	// targetTime limits the time that the proof of an attached interface waits for the target's state. After that the move
	// ends, and the report says that the state could not be asked.
	targetTime = 3 * time.Second
)

// target is what is known of the state of the instance that the interface goes to. The zero value knows nothing.
type target struct {
	// state is the last answer, and asked is when its question began. Invariant: there was no answer exactly if asked is
	// zero.
	state inventory.State
	asked time.Time
	// reason says why the instance is in that state, in EC2's words.
	reason inventory.StateReason
	// full reports whether the last answer before the first attach showed no free slot.
	full bool
	// leavingSince is when the first question in a row began whose answer said that the instance is going away or gone;
	// zero if the last answer said anything else.
	leavingSince time.Time
}

// answered returns what is known after one more answer. Its question began at the instant at.
func (t target) answered(at time.Time, in inventory.Instance) target {
	t.state, t.reason, t.asked = in.State, in.StateReason, at
	switch {
	case !in.State.Leaving():
		t.leavingSince = time.Time{}
	case t.leavingSince.IsZero():
		t.leavingSince = at
	}
	return t
}

// runs reports whether the last answer, to a question that began at the instant since or later, says that the instance
// runs.
func (t target) runs(since time.Time) bool {
	return t.state == inventory.StateRunning && !t.asked.Before(since)
}

// gone reports whether the instance does not run any more. One answer that it stops proves nothing: it may be older than
// the start of the instance ("Eventual consistency in the Amazon EC2 API").
func (t target) gone() bool {
	if t.state == inventory.StateShuttingDown || t.state == inventory.StateTerminated {
		return true // there is no way back from these
	}
	return !t.leavingSince.IsZero() && !t.asked.Before(t.leavingSince.Add(Disbelief))
}

// left reports whether the last answer says that the instance is going away or gone. That is enough to prefer another
// one.
func (t target) left() bool { return !t.leavingSince.IsZero() }

// AskTarget returns the instance whose state is to be asked for beside the next look; empty if none is. The answer goes
// to [Move.Answered].
func (m *Move) AskTarget(now time.Time) string {
	switch {
	case m.result != nil, m.on.slot.Instance == "":
		return ""
	case m.on.startup.awaited:
		asked := m.on.startup.requested
		if m.on.target.asked.After(asked) {
			asked = m.on.target.asked
		}
		if !m.on.startup.underWay() || now.Before(asked.Add(startEvery)) {
			return ""
		}
	case m.on.target.asked.IsZero():
		// The plan saw it running. That is good for as long as any answer.
		if m.on.request != requestAccepted && now.Before(m.tried.planned.Add(targetEvery)) {
			return ""
		}
	case m.on.request == requestAccepted && m.on.target.asked.Before(m.on.attachAccepted):
		// The proof needs an answer from after the attach.
	case now.Before(m.on.startup.bootsUntil) && !now.Before(m.on.target.asked.Add(startEvery)):
		// It may stop again, and nothing must be detached for it then. The holder is asked for in the same call.
	case now.Before(m.on.target.asked.Add(targetEvery)):
		return ""
	}
	return m.on.slot.Instance
}

// AskHolder returns the holder whose state is to be asked for beside the next look; empty if it is not. While a standby
// starts, it matters whether the holder still serves. The answer goes to [Move.Answered].
func (m *Move) AskHolder(now time.Time) string {
	s := m.on.startup
	waits := (s.awaited && s.underWay()) || now.Before(s.bootsUntil)
	if m.result != nil || !waits || !m.holderServes() || now.Before(m.off.holder.asked.Add(startEvery)) {
		return ""
	}
	return m.seen.shown.Holder()
}

// Answered takes in the state of an instance that [Move.AskTarget] or [Move.AskHolder] has returned. The question began at
// the instant at.
func (m *Move) Answered(at time.Time, in inventory.Instance) {
	if in.ID == m.on.slot.Instance {
		m.on.target = m.on.target.answered(at, in)
		m.on.target.full = m.on.request == requestNone && m.slots.ShownFull(in)
		m.on.startup = m.on.startup.answered(at, in.State, m.policy.StartSettle)
	}
	if e := m.seen.shown; e != nil && e.AttachmentID() == m.off.token && e.Holder() == in.ID {
		m.off.holder = m.off.holder.answered(at, in)
	}
}

// prove ends a move whose own attachment is shown attached, if its target runs.
func (m *Move) prove(now time.Time) Action {
	if m.on.attachedSince.IsZero() {
		m.on.attachedSince = m.seen.ended
	}
	t := m.on.target
	switch end := m.on.attachedSince.Add(targetTime); {
	case t.asked.Before(m.on.attachAccepted):
		// There is no answer from after the attach yet. It is asked beside each look, and may be throttled or denied. The
		// interface is attached, so the report need not wait for it long.
		if now.Before(end) {
			return Action{Do: Wait, At: end}
		}
		m.on.unproven = "whether " + m.on.slot.Instance + " runs could not be asked"
	case !t.runs(m.on.attachAccepted):
		// It may be coming up, or a second answer has to confirm that it is not: see gone.
		return Action{Do: Wait}
	}
	return m.arrived()
}
