package step

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// onToken takes the interface off the attachment that it is to leave.
func (m *Move) onToken(now time.Time) Action {
	if m.seen.shown.Detaching() {
		return m.joined(now)
	}
	if action, stop := m.recovered(); stop {
		return action
	}
	if m.seen.began.Before(m.doubt) {
		return Action{Do: Wait, At: m.doubt}
	}
	if m.guess {
		m.ours, m.guess, m.accepted = false, false, time.Time{} // it never arrived
	}
	if m.joining() {
		return m.bystander()
	}
	if action, stop := m.forbidden(); stop {
		return action
	}
	if m.refusal != nil {
		return m.finish(plan.OutcomeFailed, m.refusal.reason, m.refusal.detail)
	}
	if m.item.WriteLeftTag && !m.leftTagWritten {
		return Action{Do: WriteLeftTag}
	}
	if m.asked.IsZero() {
		m.asked = now
	}
	return Action{Do: Detach, Attachment: m.token, Force: m.forceAtOnce()}
}

// joining reports whether token is an attachment that somebody else was found to take off an instance that this
// move has nothing against, and has not taken it off there itself.
func (m *Move) joining() bool {
	return m.seen.shown.Attachment.Instance != m.item.Doomed && !m.giveUp && !m.ours
}

// bystander goes on when a look shows such an attachment attached. There is no way back from detaching, so the look
// is older than the one that showed that, unless it goes on to say so; then somebody has the interface.
func (m *Move) bystander() Action {
	if end := m.detaching.Add(Disbelief); m.seen.began.Before(end) {
		return Action{Do: Wait, At: end}
	}
	return m.superseded(m.seen.shown.Attachment)
}

// recovered ends a move whose interface serves again before anything was changed: it was found on its way
// off, or stuck, on an instance that nothing else is held against.
func (m *Move) recovered() (Action, bool) {
	attached := m.seen.shown.Attachment.Status == inventory.StatusAttached
	switch {
	case m.giveUp && attached && m.begun && m.accepted.IsZero() && !m.lost && !m.dead:
		// The guest that was given up has come round before it was taken off.
		m.slot = plan.Slot{Instance: m.seen.shown.Attachment.Instance, Index: m.seen.shown.Attachment.DeviceIndex}
		return m.arrived(), true
	case m.begun:
	case m.item.Doomed == "", m.item.Stuck && attached:
		return m.finish(plan.OutcomeNothingToDo, plan.ReasonHolderServes, "it is attached to "+m.seen.shown.Attachment.Instance+" again"), true
	}
	return Action{}, false
}

// forceAtOnce is whether the first request is a forced one. One that gives up a hanging target was
// preceded by a plain request that EC2 refused.
func (m *Move) forceAtOnce() bool {
	if m.giveUp {
		return m.unwilling
	}
	return m.item.Force.Allowed && m.item.Force.After == 0
}

// forbidden stops before the first change if the interface may not be moved any more. Once something was
// changed, the move is finished whatever the tags say.
func (m *Move) forbidden() (Action, bool) {
	if m.begun {
		return Action{}, false
	}
	reason, detail := m.policy.Untouchable(*m.seen.shown)
	if reason == "" && m.seen.shown.Group != m.item.Interface.Group {
		reason, detail = plan.ReasonRegrouped, "its group was changed to "+m.seen.shown.Group+" in the meantime"
	}
	if reason == "" {
		return Action{}, false
	}
	return m.finish(plan.OutcomeIgnored, reason, detail), true
}

// joined waits for a detach to end, ours or somebody else's, and forces it when that is due.
func (m *Move) joined(now time.Time) Action {
	if m.guess {
		m.guess, m.begun = false, true // it did arrive, or somebody else was as quick
	}
	if m.refusal != nil {
		return Action{Do: Wait} // EC2 will not have it forced; it may yet end by itself
	}
	var due time.Time
	switch {
	case m.forced:
		// It was accepted and has not helped. Ask again now and then: nothing else can be done.
		due = m.forcedAt.Add(Disbelief)
	case m.giveUp:
		due = m.detaching.Add(m.policy.DetachGrace)
	case m.ours && !m.item.Force.Allowed:
		return Action{Do: Wait}
	case m.ours:
		due = m.accepted.Add(m.item.Force.After)
	case m.seen.shown.Attachment.Instance != m.item.Doomed:
		// It is on its way off an instance that this move has nothing against.
		due = m.detaching.Add(m.policy.DetachGrace)
	default:
		due = m.detaching.Add(m.item.Force.Found)
	}
	// By now, not by the look: there is no way back from detaching, so it has lasted that long if EC2 finds the
	// attachment at all, which the request names.
	if now.Before(due) {
		return Action{Do: Wait, At: due}
	}
	if action, stop := m.forbidden(); stop {
		return action
	}
	return Action{Do: Detach, Attachment: m.token, Force: true}
}

// onOther goes on when the interface is on an attachment that this move neither saw nor made.
func (m *Move) onOther(now time.Time, a *inventory.Attachment) Action {
	onDoomed := m.item.Doomed != "" && a.Instance == m.item.Doomed
	if !m.seen.shown.Detaching() && (!onDoomed || m.item.Stuck) {
		return m.superseded(a)
	}
	// It came back to the doomed instance, or somebody else is taking it off: a fresh reason to act.
	return m.startOver(now, a.ID)
}

// startOver takes the interface off another attachment, a bounded number of times.
func (m *Move) startOver(now time.Time, attachment string) Action {
	m.rounds++
	if m.rounds > most {
		return m.finish(plan.OutcomeFailed, plan.ReasonContested, "somebody else keeps moving it")
	}
	m.pursue(attachment)
	return m.onToken(now)
}

// superseded ends a move whose interface somebody else attached elsewhere.
func (m *Move) superseded(a *inventory.Attachment) Action {
	detail := fmt.Sprintf("somebody else gave it to %s, where it is %s", a.Instance, a.Status)
	if m.item.Target != "" && a.Instance != m.item.Target {
		return m.finish(plan.OutcomeFailed, plan.ReasonNotOnTarget, detail)
	}
	return m.finish(plan.OutcomeSuperseded, plan.ReasonMovedByOther, detail)
}

// pursue makes another attachment the one to be taken off.
func (m *Move) pursue(attachment string) {
	m.retire(m.token)
	m.token, m.newest = attachment, m.seen.shown.Attachment.AttachTime
	delete(m.past, attachment)
	m.ours, m.guess, m.accepted, m.detaching, m.doubt = false, false, time.Time{}, time.Time{}, time.Time{}
	m.lost, m.forced, m.forcedAt, m.refusal, m.unwilling = false, false, time.Time{}, nil, false
	m.giveUp, m.dead = false, false
	m.attached, m.unclear, m.maybe = "", false, nil
	if m.seen.shown.Detaching() {
		m.detaching = m.seen.ended
	}
}

// retire notes that only a stale look can show the attachment from now on.
func (m *Move) retire(attachment string) {
	if attachment != "" {
		m.past[attachment] = true
	}
}
