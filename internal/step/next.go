package step

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// Next returns the next action at the instant now.
func (m *Move) Next(now time.Time) Action {
	switch {
	case m.result != nil:
		return Action{Do: Finish}
	case now.Before(m.notBefore):
		return Action{Do: Wait, At: m.notBefore}
	case !m.fresh:
		return Action{Do: Wait}
	case m.look == nil:
		return m.vanished()
	case m.look.Unattached():
		return m.unattached(now)
	}
	a := m.look.Attachment
	switch {
	case m.ownAttachment(a):
		return m.arriving(now, a)
	case m.past[a.ID], a.AttachTime.Before(m.newest):
		return Action{Do: Wait} // the look is older than the detach that it contradicts, or than the plan
	case m.attached != "" && m.lookAt.Before(m.attachAt.Add(Disbelief)):
		return Action{Do: Wait, At: m.attachAt.Add(Disbelief)} // or than the attach
	case a.ID == m.token:
		return m.onToken(now)
	}
	return m.onOther(now, a)
}

// vanished waits for an interface that looks do not show. One look proves nothing.
func (m *Move) vanished() Action {
	if gone := m.missing.Add(Disbelief); m.lookAt.Before(gone) {
		return Action{Do: Wait, At: gone}
	}
	return m.finish(plan.OutcomeFailed, plan.ReasonGone, "EC2 does not show the interface any more: it was deleted")
}

// unattached attaches an interface that is free.
func (m *Move) unattached(now time.Time) Action {
	switch {
	case m.attached != "":
		// The attach was accepted, and the look does not show it.
		if end := m.attachAt.Add(Disbelief); m.lookAt.Before(end) {
			return Action{Do: Wait, At: end}
		}
		m.refuse(plan.ReasonRefused, "the attach was accepted and did not last")
	case m.unclear:
		if end := m.attachAt.Add(RepeatAfter); m.lookAt.Before(end) {
			return Action{Do: Wait, At: end}
		}
		m.unclear = false
		// It did not arrive, so nothing may have been changed yet.
		if action, stop := m.forbidden(); stop {
			return action
		}
	case !m.ours:
		if action, stop := m.forbidden(); stop {
			return action
		}
		// Somebody else took it off, and may be about to attach it.
		if due := m.free.Add(m.item.Patience); m.item.Patience > 0 && m.lookAt.Before(due) {
			return Action{Do: Wait, At: due, Blind: true}
		}
	}
	if m.slot.Instance == "" && !m.nextSlot() {
		return m.exhausted()
	}
	if m.wanted.IsZero() {
		m.wanted = now
	}
	return Action{Do: Attach, Slot: m.slot}
}

// exhausted goes on when every candidate has refused: back to the origin, else with a new plan, as long as
// there is time.
func (m *Move) exhausted() Action {
	if m.item.Origin != "" && !m.originAsked {
		return Action{Do: AskOrigin}
	}
	return Action{Do: Replan}
}

// ownAttachment reports whether an attachment is the one that this move made.
func (m *Move) ownAttachment(a *inventory.Attachment) bool {
	if m.attached != "" {
		return a.ID == m.attached
	}
	return m.lostSlot(a) >= 0 && a.ID != m.token && !m.past[a.ID]
}

// lostSlot finds the slot of an attachment among those that an attach without a reply was for.
func (m *Move) lostSlot(a *inventory.Attachment) int {
	return slices.IndexFunc(m.maybe, func(s plan.Slot) bool { return s.Instance == a.Instance && s.Index == a.DeviceIndex })
}

// arriving waits until our attachment is attached, and proves the move.
func (m *Move) arriving(now time.Time, a *inventory.Attachment) Action {
	if m.attached == "" {
		m.unclear, m.attached, m.slot, m.begun = false, a.ID, m.maybe[m.lostSlot(a)], true
		m.retire(m.token)
	}
	switch a.Status {
	case inventory.StatusAttached:
		return m.arrived()
	case inventory.StatusDetaching, inventory.StatusDetached:
		// Somebody takes it off again. It is past the point of return: join.
		return m.startOver(now, a.ID)
	case inventory.StatusAttaching, inventory.StatusAvailable, inventory.StatusInUse:
	}
	if m.hangAt.IsZero() {
		m.hangAt = m.attachAt.Add(max(HangAfter, m.deadline.Sub(m.attachAt)/3))
	}
	dead := m.target.Leaving()
	if !dead && now.Before(m.hangAt) {
		return Action{Do: Wait, At: m.hangAt}
	}
	detail, reason := "it accepted the interface and did not finish attaching it", plan.ReasonRefused
	if dead {
		detail, reason = "it was "+string(m.target)+" while the interface was attaching", plan.ReasonNotRunning
	}
	if !dead && !m.alternative() {
		return Action{Do: Wait} // nobody else would have it: it may yet come up
	}
	m.refuse(reason, detail)
	m.pursue(a.ID)
	m.giveUp, m.dead = true, dead
	return m.onToken(now)
}

// alternative reports whether the interface could go anywhere else than where it is attaching.
func (m *Move) alternative() bool {
	if m.returning {
		return false
	}
	if m.item.Origin != "" && !m.originAsked {
		return true
	}
	for _, c := range m.item.Candidates {
		if c.Instance != m.slot.Instance && m.promising(c) && m.book.Room(c.Instance, m.item.Interface) {
			return true
		}
	}
	return false
}

// arrived ends the move, with its proof from the look that showed the attachment.
func (m *Move) arrived() Action {
	e := *m.look
	m.result = &Result{Differences: Differences(m.item.Interface, e, m.slot)}
	outcome, reason, detail := plan.OutcomeMoved, plan.Reason(""), ""
	switch {
	case m.returning:
		outcome, reason, detail = plan.OutcomeFailed, plan.ReasonReturned, "every candidate refused it, so it went back to where it was"
	case m.item.Target != "" && m.slot.Instance != m.item.Target:
		outcome, reason, detail = plan.OutcomeFailed, plan.ReasonElsewhere, m.item.Target+" refused it, so it went to another member"
	case m.item.Interface.Unattached():
		outcome = plan.OutcomeAttached
	}
	return m.finish(outcome, reason, detail)
}

// onToken takes the interface off the attachment that it is to leave.
func (m *Move) onToken(now time.Time) Action {
	if m.look.Detaching() {
		return m.joined(now)
	}
	if action, stop := m.recovered(); stop {
		return action
	}
	if m.lookAt.Before(m.doubt) {
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
	if m.item.Hint && !m.marked {
		return Action{Do: Mark}
	}
	if m.asked.IsZero() {
		m.asked = now
	}
	return Action{Do: Detach, Attachment: m.token, Force: m.forceAtOnce()}
}

// joining reports whether token is an attachment that somebody else was found to take off an instance that this
// move has nothing against, and has not taken it off there itself.
func (m *Move) joining() bool {
	return m.look.Attachment.Instance != m.item.Doomed && !m.giveUp && !m.ours
}

// bystander goes on when a look shows such an attachment attached. There is no way back from detaching, so the look
// is older than the one that showed that, unless it goes on to say so; then somebody has the interface.
func (m *Move) bystander() Action {
	if end := m.detaching.Add(Disbelief); m.lookAt.Before(end) {
		return Action{Do: Wait, At: end}
	}
	return m.superseded(m.look.Attachment)
}

// recovered ends a move whose interface serves again before anything was changed: it was found on its way
// off, or stuck, on an instance that nothing else is held against.
func (m *Move) recovered() (Action, bool) {
	attached := m.look.Attachment.Status == inventory.StatusAttached
	switch {
	case m.giveUp && attached && m.begun && m.accepted.IsZero() && !m.lost && !m.dead:
		// The guest that was given up has come round before it was taken off.
		m.slot = plan.Slot{Instance: m.look.Attachment.Instance, Index: m.look.Attachment.DeviceIndex}
		return m.arrived(), true
	case m.begun:
	case m.item.Doomed == "", m.item.Stuck && attached:
		return m.finish(plan.OutcomeNothingToDo, plan.ReasonHolderServes, "it is attached to "+m.look.Attachment.Instance+" again"), true
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
	reason, detail := m.policy.Untouchable(*m.look)
	if reason == "" && m.look.Group != m.item.Interface.Group {
		reason, detail = plan.ReasonRegrouped, "its group was changed to "+m.look.Group+" in the meantime"
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
	case m.look.Attachment.Instance != m.item.Doomed:
		// It is on its way off an instance that this move has nothing against.
		due = m.detaching.Add(m.policy.DetachGrace)
	default:
		due = m.detaching.Add(m.item.Force.Found)
	}
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
	if !m.look.Detaching() && (!onDoomed || m.item.Stuck) {
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
		return m.finish(plan.OutcomeFailed, plan.ReasonElsewhere, detail)
	}
	return m.finish(plan.OutcomeSuperseded, plan.ReasonMovedByOther, detail)
}

// pursue makes another attachment the one to be taken off.
func (m *Move) pursue(attachment string) {
	m.retire(m.token)
	m.token, m.newest = attachment, m.look.Attachment.AttachTime
	delete(m.past, attachment)
	m.ours, m.guess, m.accepted, m.detaching, m.doubt = false, false, time.Time{}, time.Time{}, time.Time{}
	m.lost, m.forced, m.forcedAt, m.refusal, m.unwilling = false, false, time.Time{}, nil, false
	m.giveUp, m.dead = false, false
	m.attached, m.unclear, m.maybe = "", false, nil
	if m.look.Detaching() {
		m.detaching = m.lookEnd
	}
}

// retire notes that only a stale look can show the attachment from now on.
func (m *Move) retire(attachment string) {
	if attachment != "" {
		m.past[attachment] = true
	}
}

// TimeOut ends the move because there is no time left for it.
func (m *Move) TimeOut() {
	switch {
	case m.result != nil:
	case m.replans > 0 && m.attached == "" && !m.unclear:
		reason, detail := m.refusals()
		m.finish(plan.OutcomeFailed, reason, "every candidate refused it until the time ran out"+detail)
	default:
		m.finish(plan.OutcomeFailed, plan.ReasonOutOfTime, "the time ran out")
	}
}

// refusals is why candidates refused, with the one that tells most.
func (m *Move) refusals() (reason plan.Reason, detail string) {
	if m.telling.Reason == "" {
		return plan.ReasonRefused, ""
	}
	reason = plan.ReasonRefused
	if m.telling.Reason == plan.ReasonDenied {
		reason = plan.ReasonDenied
	}
	return reason, ", " + m.telling.Instance + " as " + string(m.telling.Reason) + " (" + m.telling.Detail + ")"
}

// finish ends the move.
func (m *Move) finish(outcome plan.Outcome, reason plan.Reason, detail string) Action {
	if m.result == nil {
		m.result = &Result{}
	}
	r := m.result
	r.Outcome, r.Reason, r.Detail, r.Forced, r.Done = outcome, reason, detail, m.everForced, m.lookEnd
	m.locate(r)
	if !m.asked.IsZero() && m.wanted.After(m.asked) { // what a hung target let go again was asked for before
		r.Detached = m.wanted.Sub(m.asked)
	}
	if !m.wanted.IsZero() && m.lookAt.After(m.wanted) {
		r.Attached, r.Verified = m.lookAt.Sub(m.wanted), m.lookEnd.Sub(m.lookAt)
	}
	return Action{Do: Finish}
}

// locate says where the interface is, by the last look or by what EC2 has accepted since.
func (m *Move) locate(r *Result) {
	e := m.look
	if e == nil && m.missing.IsZero() {
		e = &m.item.Interface // there was no look but the one that the plan was made on
	}
	if e != nil && e.Attachment != nil {
		a := e.Attachment
		r.To, r.Attachment, r.Index, r.Where = a.Instance, a.ID, a.DeviceIndex, string(a.Status)
	}
	switch {
	case m.attached != "" && r.Attachment != m.attached &&
		(r.Attachment == "" || m.past[r.Attachment] || m.lookAt.Before(m.attachAt.Add(Disbelief))):
		r.To, r.Attachment, r.Index, r.Where = m.slot.Instance, m.attached, m.slot.Index, "attaching, as EC2 has accepted, and not seen there"
	case m.unclear && m.attached == "" && r.Attachment == "":
		r.To, r.Index, r.Where = m.slot.Instance, m.slot.Index, "perhaps attaching: the request got no reply"
	}
}

// backoff is how long to hold back after the n-th throttle in a row: it doubles from 100 ms up to 5 s, and
// half of it is jitter that differs between interfaces.
func (m *Move) backoff(n int) time.Duration {
	d := min(5*time.Second, 100*time.Millisecond<<min(n, 6))
	h := fnv.New32a()
	h.Write([]byte(m.item.Interface.ID + strconv.Itoa(n)))
	return d/2 + time.Duration(h.Sum32())%(d/2)
}
