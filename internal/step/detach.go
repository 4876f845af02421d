package step

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// onToken takes the interface off the attachment that it is to leave. A plain detach comes first wherever the guest may
// still answer; force is for a detach that lasts (see forceDue), since EC2 warns that a forced detach may leave the guest
// with a wrong index and wrong metadata until it is stopped and started (EC2 API, DetachNetworkInterface, Force).
func (m *Move) onToken(now time.Time) Action {
	if m.seen.shown.Detaching() {
		return m.joined(now)
	}
	if action, stop := m.recovered(); stop {
		return action
	}
	// The look contradicts a request that was accepted, or may have been. It may be older than the request.
	if m.seen.began.Before(m.off.disbelieveUntil) {
		return Action{Do: Wait, At: m.off.disbelieveUntil}
	}
	// Looks go on to show it attached, so the request without a reply took no effect as far as can be seen.
	if m.off.request == requestUnanswered {
		m.off.request, m.off.detachAccepted = requestLost, time.Time{}
	}
	if m.off.purpose == purposeJoin && !m.off.ours() {
		return m.joinContradicted()
	}
	// This is the look before the detach, so the tags count that it shows.
	if action, stop := m.forbidden(); stop {
		return action
	}
	if r := m.off.refusal; r.reason != "" {
		return m.finish(plan.OutcomeFailed, r.reason, r.detail)
	}
	if action, stop := m.prepare(now); stop {
		return action
	}
	// The tag comes before the detach, so that a sweep after a crash does not give the interface back to the instance that
	// it is relieved of.
	if m.item.WriteLeftTag && !m.history.leftTag.done {
		return Action{Do: WriteLeftTag}
	}
	if m.history.detachRequested.IsZero() {
		m.history.detachRequested = now
	}
	return Action{Do: Detach, Attachment: m.off.token, Force: m.forceAtOnce()}
}

// joinContradicted goes on when a look shows an attachment attached that another invocation or a person was taking off.
// There is no way back from detaching, so the look is older than the one that showed that. If looks go on to say so, the
// interface has a holder.
func (m *Move) joinContradicted() Action {
	if end := m.off.detachingSince.Add(Disbelief); m.seen.began.Before(end) {
		return Action{Do: Wait, At: end}
	}
	return m.superseded(m.seen.shown.Attachment)
}

// recovered ends a move whose interface serves again before anything was done against its attachment. That attachment
// was found on its way off, or hung, on an instance that the event has nothing against.
func (m *Move) recovered() (Action, bool) {
	attached := m.seen.shown.Attachment.Status == inventory.StatusAttached
	switch {
	case m.off.purpose == purposeHung && m.off.request == requestNone && attached && m.history.changed:
		// The target that was given up has finished before it was taken off.
		m.on = landing{slot: plan.Slot{Instance: m.seen.shown.Attachment.Instance, Index: m.seen.shown.Attachment.DeviceIndex}}
		return m.arrived(), true
	case m.history.changed:
		// A detach of this move may be on its way. It is not over yet.
	case m.item.Doomed == "", m.item.Stuck && attached:
		return m.finish(plan.OutcomeNothingToDo, plan.ReasonHolderServes, "it is attached to "+m.seen.shown.Attachment.Instance+" again"), true
	}
	return Action{}, false
}

// forceAtOnce reports whether the next detach is forced although none was accepted. A target that hangs is asked without
// force first.
func (m *Move) forceAtOnce() bool {
	if m.off.givenUp() {
		return m.off.plainRefused
	}
	return m.item.Force.Allowed && m.item.Force.After == 0
}

// forbidden stops the move before its first change if the interface may not be moved any more. After a change, the move
// is finished whatever the tags say: an interface that is attached nowhere serves no client.
func (m *Move) forbidden() (Action, bool) {
	if m.history.changed {
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

// joined waits for a detach to end, its own or that of another invocation, and forces it when that is due.
func (m *Move) joined(now time.Time) Action {
	if m.off.request == requestUnanswered {
		// It did arrive, or another request was as quick.
		m.off.request, m.history.changed = requestAccepted, true
	}
	if action, stop := m.startBeside(now); stop {
		return action
	}
	if m.off.refusal.reason != "" {
		return Action{Do: Wait} // EC2 will not have it forced; it may yet end by itself
	}
	due, ever := m.forceDue()
	if !ever {
		return Action{Do: Wait}
	}
	// By now, not by the look: there is no way back from detaching, so it has lasted that long if EC2 finds the
	// attachment at all, which the request names.
	if now.Before(due) {
		return Action{Do: Wait, At: due}
	}
	if action, stop := m.forbidden(); stop {
		return action
	}
	return Action{Do: Detach, Attachment: m.off.token, Force: true}
}

// forceDue returns when a detach that lasts is to be forced. It reports false if it never is.
//
// The event decides how long its own detach may last (Force.After), and whether this invocation may force it at all. What
// was found detaching is past the point of return, so it is finished for the sake of the interface, whatever the event: by
// Force.Found on the doomed instance, by DETACH_GRACE anywhere else.
func (m *Move) forceDue() (due time.Time, ever bool) {
	switch {
	case !m.off.forcedAt.IsZero():
		// It was accepted and has not helped. It is asked for again now and then: nothing else can be done.
		return m.off.forcedAt.Add(Disbelief), true
	case m.off.givenUp():
		return m.off.detachingSince.Add(m.policy.DetachGrace), true
	case m.off.ours() && !m.item.Force.Allowed:
		return time.Time{}, false
	case m.off.ours():
		return m.off.detachAccepted.Add(m.item.Force.After), true
	case m.off.purpose == purposeJoin:
		// The event's hurry is about another instance.
		return m.off.detachingSince.Add(m.policy.DetachGrace), true
	}
	return m.off.detachingSince.Add(m.item.Force.Found), true
}
