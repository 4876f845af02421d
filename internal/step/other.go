package step

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// onOther goes on when the interface is on an attachment that this move neither began with nor made.
func (m *Move) onOther(now time.Time, a *inventory.Attachment) Action {
	onDoomed := m.item.Doomed != "" && a.Instance == m.item.Doomed && !m.item.OneAttachment
	if !m.seen.shown.Detaching() && (!onDoomed || m.item.Stuck) {
		return m.superseded(a)
	}
	// It came back to the doomed instance, or it is being taken off again: a fresh reason to act.
	return m.startOver(now)
}

// startOver takes the interface off another attachment, at most maxRounds times. Two parties that take an interface from
// each other would keep it from its clients for ever.
func (m *Move) startOver(now time.Time) Action {
	m.history.rounds++
	if m.history.rounds > maxRounds {
		return m.finish(plan.OutcomeFailed, plan.ReasonContested, "another invocation or a person keeps moving it")
	}
	m.pursue()
	return m.onToken(now)
}

// superseded ends a move whose interface another invocation or a person has attached elsewhere: the race is lost, and the
// goal is reached, unless a request has named another target.
func (m *Move) superseded(a *inventory.Attachment) Action {
	detail := fmt.Sprintf("another invocation or a person attached it to %s, where it is %s", a.Instance, a.Status)
	if m.item.Target != "" && a.Instance != m.item.Target {
		return m.finish(plan.OutcomeFailed, plan.ReasonNotOnTarget, detail)
	}
	return m.finish(plan.OutcomeSuperseded, plan.ReasonMovedByOther, detail)
}

// abandon takes the interface off the attachment that this move made, so that it can go to the next candidate. It must be
// detached there first: an interface has one attachment at most.
func (m *Move) abandon(now time.Time, why purpose, reason plan.Reason, detail string) Action {
	m.refuse(reason, detail)
	m.pursue()
	m.off.purpose = why
	return m.onToken(now)
}

// pursue makes the attachment that the last look shows the one to be taken off. What was done against the attachment
// before, and for the landing, is over: EC2 has refused every other attach since.
func (m *Move) pursue() {
	m.retire(m.off.token)
	a := m.seen.shown.Attachment
	m.off, m.on, m.lost, m.history.newest = m.newTakeoff(a), m.on.again(), nil, a.AttachTime
	if m.seen.shown.Detaching() {
		m.off.detachingSince = m.seen.ended
	}
	delete(m.history.retired, a.ID) // also if it was the token before
}

// retire notes that from now on only a stale look can show the attachment.
func (m *Move) retire(attachment string) {
	if attachment != "" {
		m.history.retired[attachment] = true
	}
}
