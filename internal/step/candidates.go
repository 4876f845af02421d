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
	// inUseLife limits the time in which EC2 may refuse every attach because the interface is in use, although looks show
	// it unattached. What EC2 shows and what it does may differ for some seconds after a detach
	// (terraform-provider-aws issue 27513). No instance could have the interface then, not even the origin.
	inUseLife = 30 * time.Second
)

// tries is what the candidates of one plan have said, by the ids of their instances. A new plan replaces it as a whole.
// Invariant: an instance is in one of the lists at most.
type tries struct {
	// planned is when the plan was made, which saw its eligible candidates running.
	planned time.Time
	// refused are the candidates that can't have the interface.
	refused []string
	// deferred gave no clear answer. They get another chance with a new plan.
	deferred []string
	// busy were asked when EC2 said that the interface is in use. They get another chance within inUseLife.
	busy []string
	// originAsked reports whether it was asked if the origin runs.
	originAsked bool
}

// include reports whether a candidate was tried.
func (t tries) include(instance string) bool {
	return slices.Contains(t.refused, instance) || slices.Contains(t.deferred, instance) || slices.Contains(t.busy, instance)
}

// askBusy gives another chance to the candidates that were asked when the interface was in use, as long as that may be
// the trace of the detach. It reports false if there are none, or no longer.
func (m *Move) askBusy() bool {
	if len(m.tried.busy) == 0 || m.seen.began.After(m.history.inUseSince.Add(inUseLife)) {
		return false
	}
	m.tried.busy = nil
	return true
}

// putOff gives up a candidate that did not give a clear answer, until the next plan.
func (m *Move) putOff(reason plan.Reason, detail string) {
	m.tried.deferred = append(m.tried.deferred, m.on.slot.Instance)
	m.refuse(reason, detail)
}

// refuse gives up the candidate that was asked, and notes the reason in the list that the report shows. What it took is
// given back, so that another interface of the plan may have it.
func (m *Move) refuse(reason plan.Reason, detail string) {
	for i := range m.item.Candidates {
		c := &m.item.Candidates[i]
		if c.Instance == m.on.slot.Instance {
			c.Eligible, c.Reason, c.Detail = false, reason, detail
		}
	}
	// A missing permission is what a person can mend, so no later refusal hides it.
	if m.history.mostTelling.Reason != plan.ReasonDenied || reason == plan.ReasonDenied {
		m.history.mostTelling = plan.Candidate{Instance: m.on.slot.Instance, Reason: reason, Detail: detail}
	}
	if reason != plan.ReasonNoSlot { // else the ledger counts no free slot there any more
		m.slots.Release(m.on.slot)
	}
	// The callers that give another chance have put it into a list of their own.
	if !slices.Contains(m.tried.deferred, m.on.slot.Instance) && !slices.Contains(m.tried.busy, m.on.slot.Instance) {
		m.tried.refused = append(m.tried.refused, m.on.slot.Instance)
	}
	m.on = landing{}
}

// nextSlot begins a landing on the best candidate that was not tried. It reports false if there is none.
func (m *Move) nextSlot() bool {
	for _, c := range m.item.Candidates {
		if !m.promising(c) {
			continue
		}
		if slot, ok := m.slots.Reserve(c.Instance, m.item); ok {
			m.on = m.landingAt(slot)
			return true
		}
	}
	return false
}

// promising reports whether a candidate may be tried. One that was refused for want of a slot may: another interface can
// have given its slot back. One that refused in an earlier plan may, too.
func (m *Move) promising(c plan.Candidate) bool {
	if m.tried.include(c.Instance) {
		return false
	}
	return c.Eligible || c.Reason == plan.ReasonNoSlot || c.Reason == plan.ReasonRefused
}

// Origin takes in the state of the origin. The interface may go back there only if it runs; a state that could not be
// asked is not taken for running.
func (m *Move) Origin(state inventory.State) {
	m.tried.originAsked = true
	if state != inventory.StateRunning {
		return
	}
	if slot, ok := m.slots.Reserve(m.item.Origin, m.item); ok {
		m.on = landing{slot: slot, returning: true}
	}
}

// Replanned takes in a new plan: its candidates, and the ledger that their slots are counted in. The ledger is nil if no
// plan could be made.
//
// The first new plan comes before the interface goes back to its origin, so that nothing goes back on what one plan saw;
// it does not ask candidates again that have refused, unless they run again. After each further plan everything is tried
// again, the origin too, after a pause that doubles up to maxReplanPause.
func (m *Move) Replanned(now time.Time, item plan.Item, slots *plan.SlotLedger) {
	m.seen.fresh = false // a plan takes seconds, in which the interface may have gone anywhere
	m.history.replans++
	first := m.history.replans == 1
	m.item.LastResort = true // before another plan the origin is asked
	if !first {
		m.hold.notBefore = now.Add(min(maxReplanPause, time.Second<<min(m.history.replans-1, 10)))
	}
	m.tried.deferred, m.tried.busy = nil, nil
	if slots == nil {
		return // the candidates stay as they were, and so does what they have said
	}
	// The first new plan is made right after the last has refused, so they would refuse again. Later ones come after a pause.
	tried := tries{planned: now}
	if first {
		tried.refused, tried.originAsked = m.stillRefusing(item.Candidates), m.tried.originAsked
	}
	earlier := m.item.Candidates
	m.tried, m.slots = tried, slots
	m.item = m.item.Replanned(item)
	m.keepRefusals(earlier)
	m.on = m.landingAt(item.Choice)
	// The plan knows nothing of what was refused here, and may have chosen it again.
	if slices.Contains(tried.refused, m.on.slot.Instance) {
		m.slots.Release(m.on.slot)
		m.on = landing{}
	}
}

// ReadAttached takes in that the read for a new plan, which no look was taken beside, showed the interface attached: it was not
// unattached all the time.
func (m *Move) ReadAttached() { m.seen.unattachedSince = time.Time{} }

// stillRefusing lists the candidates that have refused, by a new plan's candidates. One that was given up because it did not
// run, and that the plan shows running, is not among them: a detach can take long enough for another move or a person to
// start it again, and it has never refused the interface.
func (m *Move) stillRefusing(planned []plan.Candidate) []string {
	return slices.DeleteFunc(slices.Clone(m.tried.refused), func(id string) bool {
		return slices.ContainsFunc(m.item.Candidates, func(c plan.Candidate) bool {
			return c.Instance == id && c.Reason == plan.ReasonNotRunning
		}) && slices.ContainsFunc(planned, func(c plan.Candidate) bool {
			return c.Instance == id && c.Eligible && !c.Start
		})
	})
}

// keepRefusals lets the candidates that have refused keep the reasons that they had in an earlier list.
func (m *Move) keepRefusals(earlier []plan.Candidate) {
	for _, c := range earlier {
		i := slices.IndexFunc(m.item.Candidates, func(n plan.Candidate) bool { return n.Instance == c.Instance })
		if i >= 0 && slices.Contains(m.tried.refused, c.Instance) {
			m.item.Candidates[i] = c
		}
	}
}
