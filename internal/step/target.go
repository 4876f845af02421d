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

// target is what is known of the state of the instance that the interface goes to. The zero value knows nothing.
type target struct {
	// state is the last answer, and asked when the question that it answers began. Invariant: state is unasked
	// exactly if asked is zero.
	state inventory.State
	asked time.Time
	// leavingSince is when the first question in a row began that was answered with a state in which an instance is
	// going away or gone; zero if the last answer was another one.
	leavingSince time.Time
}

// answered returns what is known after one more answer, to a question that began at the instant at.
func (t target) answered(at time.Time, state inventory.State) target {
	t.state, t.asked = state, at
	switch {
	case !state.Leaving():
		t.leavingSince = time.Time{}
	case t.leavingSince.IsZero():
		t.leavingSince = at
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
	return !t.leavingSince.IsZero() && !t.asked.Before(t.leavingSince.Add(Disbelief))
}

// AskTarget names the instance whose state has to be asked for at the instant now, beside the next look; empty
// if none has. The answer goes to [Move.Target].
func (m *Move) AskTarget(now time.Time) string {
	switch {
	case m.result != nil, m.on.slot.Instance == "":
		return ""
	case m.on.target.asked.IsZero():
		// Nothing was asked yet. The plan saw it running; that is good for as long as any answer.
		if m.on.request != requestAccepted && now.Before(m.tried.planned.Add(targetEvery)) {
			return ""
		}
	case m.on.request == requestAccepted && m.on.target.asked.Before(m.on.attachAccepted):
	case now.Before(m.on.target.asked.Add(targetEvery)):
		return ""
	}
	return m.on.slot.Instance
}

// Target takes in the state of an instance that [Move.AskTarget] named, by a question that began at the instant at.
func (m *Move) Target(instance string, at time.Time, state inventory.State) {
	if instance == m.on.slot.Instance {
		m.on.target = m.on.target.answered(at, state)
	}
}

// left reports whether the last answer says that the instance is going away or gone. That is enough to prefer another
// one.
func (t target) left() bool { return !t.leavingSince.IsZero() }

// prove ends a move whose attachment a look shows attached, if its target runs.
func (m *Move) prove(now time.Time) Action {
	if m.on.attachedSince.IsZero() {
		m.on.attachedSince = m.seen.ended
	}
	t := m.on.target
	switch end := m.on.attachedSince.Add(targetTime); {
	case t.asked.Before(m.on.attachAccepted):
		if now.Before(end) {
			return Action{Do: Wait, At: end}
		}
		m.on.unproven = "whether " + m.on.slot.Instance + " runs could not be asked"
	case !t.runs(m.on.attachAccepted):
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
