package step

import (
	"fmt"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// purpose is why an attachment is to be taken off.
type purpose string

const (
	// purposeRelieve: it is on the instance that the interface is to leave.
	purposeRelieve purpose = "relieve"
	// purposeJoin: another invocation, or a person, was found to take it off an instance that this move has nothing
	// against.
	purposeJoin purpose = "join"
	// purposeHung: it has been attaching for too long. EC2 may refuse to detach it without force.
	purposeHung purpose = "hung"
	// purposeDead: its instance died while it was attaching. EC2 may want force here, too.
	purposeDead purpose = "dead"
)

// requestState is how far this move's own request to detach an attachment is.
type requestState string

const (
	// requestNone: no request can have taken effect. Each was refused or throttled, or there was none.
	requestNone requestState = ""
	// requestUnanswered: a request got no reply, and no look has shown yet whether it took effect.
	requestUnanswered requestState = "unanswered"
	// requestLost: a request got no reply, and looks go on to show the attachment, so it seems not to have arrived.
	requestLost requestState = "lost"
	// requestAccepted: EC2 has accepted a request, or a look has shown what an unanswered one did.
	requestAccepted requestState = "accepted"
)

// refusal is why EC2 will not detach an attachment at all. The zero value refuses nothing.
type refusal struct {
	reason plan.Reason
	detail string
}

// takeoff is the removal of one attachment. When another attachment is to be taken off, a new takeoff replaces it as
// a whole.
type takeoff struct {
	// token is the attachment's id: EC2's compare-and-set. It is empty if the move began with an unattached interface.
	token   string
	purpose purpose
	request requestState
	// detachAccepted is when the last plain detach was accepted, or sent without a reply; DETACH_GRACE counts from it.
	// Invariant: it is zero exactly if ours is false.
	detachAccepted time.Time
	// detachingSince is when the first look was answered that showed token detaching; zero if none did.
	detachingSince time.Time
	// forcedAt is when the last forced detach was accepted, or sent without a reply; zero if none was.
	forcedAt time.Time
	// disbelieveUntil is when looks that show token attached begin to be believed again: until then they may be older
	// than the last request.
	disbelieveUntil time.Time
	// plainRefused reports whether EC2 has refused a detach for the state of the attachment.
	plainRefused bool
	// refusal ends the move, if a look still shows token attached.
	refusal refusal
}

// ours reports whether token may be on its way off by a request of this move.
func (t takeoff) ours() bool { return t.request == requestAccepted || t.request == requestUnanswered }

// givenUp reports whether token is an attach that never finished.
func (t takeoff) givenUp() bool { return t.purpose == purposeHung || t.purpose == purposeDead }

// newTakeoff returns the takeoff of an attachment that nothing was done against yet.
func (m *Move) newTakeoff(a *inventory.Attachment) takeoff {
	if a.Instance == m.item.Doomed {
		return takeoff{token: a.ID, purpose: purposeRelieve}
	}
	return takeoff{token: a.ID, purpose: purposeJoin}
}

// onToken takes the interface off the attachment that it is to leave.
func (m *Move) onToken(now time.Time) Action {
	if m.seen.shown.Detaching() {
		return m.joined(now)
	}
	if action, stop := m.recovered(); stop {
		return action
	}
	if m.seen.began.Before(m.off.disbelieveUntil) {
		return Action{Do: Wait, At: m.off.disbelieveUntil}
	}
	if m.off.request == requestUnanswered {
		m.off.request, m.off.detachAccepted = requestLost, time.Time{}
	}
	if m.off.purpose == purposeJoin && !m.off.ours() {
		return m.bystander()
	}
	if action, stop := m.forbidden(); stop {
		return action
	}
	if r := m.off.refusal; r.reason != "" {
		return m.finish(plan.OutcomeFailed, r.reason, r.detail)
	}
	if m.item.WriteLeftTag && !m.history.leftTagTried {
		return Action{Do: WriteLeftTag}
	}
	if m.history.detachRequested.IsZero() {
		m.history.detachRequested = now
	}
	return Action{Do: Detach, Attachment: m.off.token, Force: m.forceAtOnce()}
}

// bystander goes on when a look shows such an attachment attached. There is no way back from detaching, so the look
// is older than the one that showed that, unless it goes on to say so; then somebody has the interface.
func (m *Move) bystander() Action {
	if end := m.off.detachingSince.Add(Disbelief); m.seen.began.Before(end) {
		return Action{Do: Wait, At: end}
	}
	return m.superseded(m.seen.shown.Attachment)
}

// recovered ends a move whose interface serves again before anything was changed: it was found on its way
// off, or stuck, on an instance that nothing else is held against.
func (m *Move) recovered() (Action, bool) {
	attached := m.seen.shown.Attachment.Status == inventory.StatusAttached
	switch {
	case m.off.purpose == purposeHung && m.off.request == requestNone && attached && m.history.changed:
		// The guest that was given up has come round before it was taken off.
		m.on = landing{slot: plan.Slot{Instance: m.seen.shown.Attachment.Instance, Index: m.seen.shown.Attachment.DeviceIndex}}
		return m.arrived(), true
	case m.history.changed:
	case m.item.Doomed == "", m.item.Stuck && attached:
		return m.finish(plan.OutcomeNothingToDo, plan.ReasonHolderServes, "it is attached to "+m.seen.shown.Attachment.Instance+" again"), true
	}
	return Action{}, false
}

// forceAtOnce is whether the first request is a forced one. One that gives up a hanging target was
// preceded by a plain request that EC2 refused.
func (m *Move) forceAtOnce() bool {
	if m.off.givenUp() {
		return m.off.plainRefused
	}
	return m.item.Force.Allowed && m.item.Force.After == 0
}

// forbidden stops before the first change if the interface may not be moved any more. Once something was
// changed, the move is finished whatever the tags say.
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

// joined waits for a detach to end, ours or somebody else's, and forces it when that is due.
func (m *Move) joined(now time.Time) Action {
	if m.off.request == requestUnanswered {
		m.off.request, m.history.changed = requestAccepted, true // it did arrive, or somebody else was as quick
	}
	if m.off.refusal.reason != "" {
		return Action{Do: Wait} // EC2 will not have it forced; it may yet end by itself
	}
	var due time.Time
	switch {
	case !m.off.forcedAt.IsZero():
		// It was accepted and has not helped. Ask again now and then: nothing else can be done.
		due = m.off.forcedAt.Add(Disbelief)
	case m.off.givenUp():
		due = m.off.detachingSince.Add(m.policy.DetachGrace)
	case m.off.ours() && !m.item.Force.Allowed:
		return Action{Do: Wait}
	case m.off.ours():
		due = m.off.detachAccepted.Add(m.item.Force.After)
	case m.off.purpose == purposeJoin:
		// It is on its way off an instance that this move has nothing against.
		due = m.off.detachingSince.Add(m.policy.DetachGrace)
	default:
		due = m.off.detachingSince.Add(m.item.Force.Found)
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

// onOther goes on when the interface is on an attachment that this move neither saw nor made.
func (m *Move) onOther(now time.Time, a *inventory.Attachment) Action {
	onDoomed := m.item.Doomed != "" && a.Instance == m.item.Doomed
	if !m.seen.shown.Detaching() && (!onDoomed || m.item.Stuck) {
		return m.superseded(a)
	}
	// It came back to the doomed instance, or somebody else is taking it off: a fresh reason to act.
	return m.startOver(now)
}

// startOver takes the interface off another attachment, a bounded number of times.
func (m *Move) startOver(now time.Time) Action {
	m.history.rounds++
	if m.history.rounds > maxRounds {
		return m.finish(plan.OutcomeFailed, plan.ReasonContested, "somebody else keeps moving it")
	}
	m.pursue()
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

// pursue makes the attachment that the last look shows the one to be taken off.
func (m *Move) pursue() {
	m.retire(m.off.token)
	a := m.seen.shown.Attachment
	m.off, m.on, m.lost, m.history.newest = m.newTakeoff(a), m.on.again(), nil, a.AttachTime
	if m.seen.shown.Detaching() {
		m.off.detachingSince = m.seen.ended
	}
	delete(m.history.retired, a.ID)
}

// retire notes that only a stale look can show the attachment from now on.
func (m *Move) retire(attachment string) {
	if attachment != "" {
		m.history.retired[attachment] = true
	}
}
