package step

import (
	"slices"
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

const (
	// maxReplanPause limits the pause between two plans for an interface that every candidate refuses.
	maxReplanPause = 15 * time.Second
	// inUseLife limits the time in which a candidate is not blamed when EC2 refuses the attach of an interface that looks
	// show unattached because it is in use. What EC2 shows and what it does may differ for some seconds after a detach;
	// no instance could have it then, the origin neither.
	inUseLife = 30 * time.Second
)

// tries is what the candidates of one plan have said, by their ids. An instance is in one list at most.
type tries struct {
	// planned is when the plan was made, which saw its eligible candidates running.
	planned time.Time
	// refused have refused.
	refused []string
	// deferred gave no clear answer. They are asked again after a new plan.
	deferred []string
	// busy could not get the interface because EC2 said that it is in use.
	busy []string
	// originAsked reports whether it was asked if the origin runs.
	originAsked bool
}

// include reports whether the candidate was tried.
func (t tries) include(instance string) bool {
	return slices.Contains(t.refused, instance) || slices.Contains(t.deferred, instance) || slices.Contains(t.busy, instance)
}

// askBusy lets the candidates that EC2 refused because the interface was in use be asked again, and reports whether
// there are any: as long as that may be the trace of the detach, it is no candidate's doing.
func (m *Move) askBusy() bool {
	if len(m.tried.busy) == 0 || m.seen.began.After(m.history.inUseSince.Add(inUseLife)) {
		return false
	}
	m.tried.busy = nil
	return true
}

// putOff is refuse for a candidate that did not give a clear answer: it gets another chance after a new plan.
func (m *Move) putOff(reason plan.Reason, detail string) {
	m.tried.deferred = append(m.tried.deferred, m.on.slot.Instance)
	m.refuse(reason, detail)
}

// refuse notes that the candidate that was asked can't have the interface, and why.
func (m *Move) refuse(reason plan.Reason, detail string) {
	for i := range m.item.Candidates {
		c := &m.item.Candidates[i]
		if c.Instance == m.on.slot.Instance {
			c.Eligible, c.Reason, c.Detail = false, reason, detail
		}
	}
	if m.history.mostTelling.Reason != plan.ReasonDenied || reason == plan.ReasonDenied {
		m.history.mostTelling = plan.Candidate{Instance: m.on.slot.Instance, Reason: reason, Detail: detail}
	}
	if reason != plan.ReasonNoSlot {
		m.slots.Release(m.on.slot)
	}
	if !slices.Contains(m.tried.deferred, m.on.slot.Instance) && !slices.Contains(m.tried.busy, m.on.slot.Instance) {
		m.tried.refused = append(m.tried.refused, m.on.slot.Instance)
	}
	m.on = landing{}
}

// nextSlot takes a slot on the best candidate that was not tried. It reports false if there is none.
func (m *Move) nextSlot() bool {
	for _, c := range m.item.Candidates {
		if !m.promising(c) {
			continue
		}
		if slot, ok := m.slots.Reserve(c.Instance, m.item.Interface); ok {
			m.on = landing{slot: slot}
			return true
		}
	}
	return false
}

// promising reports whether a candidate may be tried: it is eligible, or was not for want of a slot,
// which another interface may have given back.
func (m *Move) promising(c plan.Candidate) bool {
	if m.tried.include(c.Instance) {
		return false
	}
	return c.Eligible || c.Reason == plan.ReasonNoSlot || c.Reason == plan.ReasonRefused
}

// Origin takes in the state of the origin, which decides whether the interface may go back there.
func (m *Move) Origin(state inventory.State) {
	m.tried.originAsked = true
	if state != inventory.StateRunning {
		return
	}
	if slot, ok := m.slots.Reserve(m.item.Origin, m.item.Interface); ok {
		m.on = landing{slot: slot, returning: true}
	}
}

// Replanned takes in the candidates of a new plan and the book that their slots are counted in; the book is nil if no
// plan could be made. The first new plan is for those that were not asked yet or gave no clear answer: it comes before
// the interface goes back to its origin. After each further one everything is tried again, after a pause that doubles
// each time, up to replanPause.
func (m *Move) Replanned(now time.Time, item plan.Item, slots *plan.SlotLedger) {
	m.seen.fresh = false
	m.history.replans++
	first := m.history.replans == 1
	if !first {
		m.hold.notBefore = now.Add(min(maxReplanPause, time.Second<<min(m.history.replans-1, 10)))
	}
	m.tried.deferred, m.tried.busy = nil, nil
	if slots == nil {
		return
	}
	if m.tried.planned = now; !first {
		m.tried = tries{planned: now}
	}
	refused := m.item.Candidates
	m.item.Candidates, m.slots, m.on = slices.Clone(item.Candidates), slots, landing{slot: item.Choice}
	for i := range m.item.Candidates {
		c := &m.item.Candidates[i]
		if k := slices.IndexFunc(refused, func(o plan.Candidate) bool { return o.Instance == c.Instance }); k >= 0 && slices.Contains(m.tried.refused, c.Instance) {
			*c = refused[k]
		}
	}
	if slices.Contains(m.tried.refused, m.on.slot.Instance) {
		m.slots.Release(m.on.slot)
		m.on = landing{}
	}
}
