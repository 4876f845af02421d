package step

import (
	"fmt"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/plan"
)

// String describes the state of the move to a person, for the log and for the message of a failing test, like
// "detaching eni-attach-1 (accepted 3s ago), 2 candidates left". Ages count up to the last call of [Move.Next].
func (m *Move) String() string {
	if r := m.result; r != nil {
		return strings.TrimSpace("over: " + string(r.Outcome) + " " + string(r.Reason))
	}
	text := m.stage()
	if pause := m.hold.notBefore.Sub(m.history.now); pause > 0 {
		text += fmt.Sprintf(", held back for %s", pause.Round(time.Millisecond))
	}
	// The candidate of the moment is in the stage already.
	left := 0
	for _, c := range m.item.Candidates {
		if c.Instance != m.on.slot.Instance && m.promising(c) {
			left++
		}
	}
	if left == 1 {
		return text + ", 1 candidate left"
	}
	return fmt.Sprintf("%s, %d candidates left", text, left)
}

// stage says which half of the move is under way, and how far its request is.
func (m *Move) stage() string {
	// The request that was sent last says more than what looks show: they come after it.
	switch {
	case m.on.request == requestAccepted:
		return "attaching " + m.on.attachment + " to " + showSlot(m.on.slot) + m.age("accepted", m.on.attachAccepted)
	case m.on.request == requestUnanswered:
		return "attaching to " + showSlot(m.on.slot) + m.age("sent without a reply", m.on.attachAccepted)
	case m.seen.shown == nil && !m.seen.missingSince.IsZero():
		return "missing" + m.age("first", m.seen.missingSince)
	case m.on.startup.awaited && m.on.startup.request == requestAccepted:
		return "starting " + m.on.slot.Instance + m.age("accepted", m.on.startup.requested)
	case m.on.startup.awaited && m.on.startup.request == requestUnanswered:
		return "starting " + m.on.slot.Instance + m.age("sent without a reply", m.on.startup.requested)
	case m.on.startup.awaited:
		return "to start " + m.on.slot.Instance
	case m.off.request == requestNone && m.history.now.Before(m.bootsUntil()):
		return "waiting for " + m.on.slot.Instance + " to boot" + m.age("running", m.on.startup.ran)
	case m.seen.shown != nil && m.seen.shown.Unattached(), m.off.token == "":
		text := "unattached" + m.age("first seen", m.seen.unattachedSince)
		if m.on.slot == (plan.Slot{}) {
			return text
		}
		return text + ", next " + showSlot(m.on.slot)
	}
	return m.off.describe(m)
}

// describe says how far the takeoff is, by the strongest request that was sent.
func (t takeoff) describe(m *Move) string {
	switch {
	case !t.forcedAt.IsZero():
		return "detaching " + t.token + m.age("forced", t.forcedAt)
	case t.request == requestAccepted:
		return "detaching " + t.token + m.age("accepted", t.detachAccepted)
	case t.request == requestUnanswered:
		return "detaching " + t.token + m.age("sent without a reply", t.detachAccepted)
	case !t.detachingSince.IsZero():
		return "found detaching " + t.token + m.age("first seen", t.detachingSince)
	}
	return "to detach " + t.token + " (" + string(t.purpose) + ")"
}

// showSlot shows a slot as instance/index.
func showSlot(s plan.Slot) string { return fmt.Sprintf("%s/%d", s.Instance, s.Index) }

// age says how long ago something was; empty if it was not.
func (m *Move) age(what string, since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return fmt.Sprintf(" (%s %s ago)", what, m.history.now.Sub(since).Round(time.Millisecond))
}
