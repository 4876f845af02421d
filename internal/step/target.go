package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// EC2 attaches an interface to a stopped instance as readily as to a running one (a "warm attach": "Network
// interface attachments for your EC2 instance" in the EC2 User Guide), and shows it attached. So an attachment
// alone proves nothing: the target's own state is asked for beside the looks.

const (
	// targetEvery is the time after which the state of the instance that the interface goes to is asked for
	// again, while the detach or the attach lasts.
	targetEvery = 5 * time.Second
	// targetTime is how long the proof of an attached interface waits for the target's state. After that the
	// move ends, and the report says that the state could not be asked.
	targetTime = 3 * time.Second
)

// target is what is known of one instance that the interface goes to. The zero value knows nothing. A move to
// another instance begins with a new target.
type target struct {
	instance string
	// state is the last answer, and asked when the question that it answers began. Invariant: state is unasked
	// exactly if asked is zero.
	state inventory.State
	asked time.Time
	// left is when the first question in a row began that was answered with a state in which an instance is
	// going away or gone; zero if the last answer was another one.
	left time.Time
}

// answered returns what is known after one more answer, to a question that began at the instant at.
func (t target) answered(instance string, at time.Time, state inventory.State) target {
	if t.instance != instance {
		t = target{instance: instance}
	}
	t.state, t.asked = state, at
	switch {
	case !state.Leaving():
		t.left = time.Time{}
	case t.left.IsZero():
		t.left = at
	}
	return t
}

// runs reports whether the instance was seen running by a question that began at the instant since or later.
func (t target) runs(since time.Time) bool {
	return t.state == inventory.StateRunning && !t.asked.Before(since)
}

// gone reports whether the instance does not run any more. One answer that it stops proves nothing: a Describe may
// show what was before it was started ("Eventual consistency in the Amazon EC2 API").
func (t target) gone() bool {
	if t.state == inventory.StateShuttingDown || t.state == inventory.StateTerminated {
		return true // there is no way back from these
	}
	return !t.left.IsZero() && !t.asked.Before(t.left.Add(Disbelief))
}

// AskTarget names the instance whose state has to be asked for at the instant now, beside the next look; empty
// if none has. The answer goes to [Move.Target].
func (m *Move) AskTarget(now time.Time) string {
	switch {
	case m.result != nil, m.slot.Instance == "":
		return ""
	case m.target.instance != m.slot.Instance:
		// Nothing was asked yet. The plan saw it running; that is good for as long as any answer.
		if m.attached == "" && now.Before(m.chosen.Add(targetEvery)) {
			return ""
		}
	case m.attached != "" && m.target.asked.Before(m.attachAt):
	case now.Before(m.target.asked.Add(targetEvery)):
		return ""
	}
	return m.slot.Instance
}

// Target takes in the state of an instance that [Move.AskTarget] named, by a question that began at the instant at.
func (m *Move) Target(instance string, at time.Time, state inventory.State) {
	if instance == m.slot.Instance {
		m.target = m.target.answered(instance, at, state)
	}
}

// targetLeft reports whether the last answer says that the instance which the interface is to be attached to is
// going away or gone. That is enough to prefer another one.
func (m *Move) targetLeft() bool {
	return m.target.instance == m.slot.Instance && !m.target.left.IsZero()
}

// prove ends a move whose attachment a look shows attached, if its target runs.
func (m *Move) prove(now time.Time) Action {
	if m.attachedAt.IsZero() {
		m.attachedAt = m.seen.ended
	}
	t := m.target
	switch end := m.attachedAt.Add(targetTime); {
	case t.instance != m.slot.Instance, t.asked.Before(m.attachAt):
		if now.Before(end) {
			return Action{Do: Wait, At: end}
		}
		m.unseen = "whether " + m.slot.Instance + " runs could not be asked"
	case !t.runs(m.attachAt):
		return Action{Do: Wait} // it may be coming up, or a second answer has to confirm that it is not
	}
	return m.arrived()
}

// abandon takes the interface off the attachment that this move made, and goes on with the next candidate.
func (m *Move) abandon(now time.Time, why purpose, reason plan.Reason, detail string) Action {
	m.refuse(reason, detail)
	m.pursue()
	m.off.purpose = why
	return m.onToken(now)
}
