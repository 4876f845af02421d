package mover

import (
	"time"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
	"github.com/eni-failover/eni-failover/internal/step"
)

// message is what the goroutine of a call sends to the loop when the call has ended: one of the types below. It is data
// only; what it changes is in the loop's take.
type message interface{ isMessage() }

type (
	// lookEnded has what a look showed that began at the instant began, or its error. The serials are those of the jobs
	// that it was taken for, at that instant.
	lookEnded struct {
		began   time.Time
		serials map[string]int
		found   []inventory.Interface
		err     error
	}
	// targetStates has instances that interfaces go to or come from, as far as EC2 has answered, by questions that began at
	// the instant began.
	targetStates struct {
		began time.Time
		found map[string]inventory.Instance
	}
	// startEnded has the reply to the start of an instance.
	startEnded struct {
		instance string
		reply    step.Reply
	}
	// originStates has the states of the origins, the instances that the interfaces could go back to, as far as EC2 has
	// answered, by a question that began at the instant began.
	originStates struct {
		began        time.Time
		ids, origins []string
		found        map[string]inventory.Instance
	}
	// changeEnded has the reply to a change of one interface.
	changeEnded struct {
		id     string
		action step.Action
		reply  step.Reply
	}
	// planMade has a new plan for interfaces: their items, in the order of their ids, and the ledger that the slots of
	// the items are reserved in; the ledger is nil if no plan could be made. Malformed are the instances with a malformed
	// tag that were read for it; result is the class of the fault if no plan could be made.
	planMade struct {
		ids       []string
		result    string
		items     []plan.Item
		slots     *plan.SlotLedger
		malformed []inventory.Instance
		// attached are the interfaces that the read for the plan showed attached.
		attached []string
	}
)

func (lookEnded) isMessage()    {}
func (targetStates) isMessage() {}
func (startEnded) isMessage()   {}
func (originStates) isMessage() {}
func (changeEnded) isMessage()  {}
func (planMade) isMessage()     {}
