package awssim

import (
	"fmt"
	"strings"
	"time"
)

// The status codes of a Spot request (EC2 guide, "State changes for a Spot request"). If EC2 is about to stop the
// instance, the code begins with `marked-for-`. The guide has no code for hibernation. If EC2 is about to terminate it,
// the code is another one: see [Sim.Interrupt].
const (
	spotFulfilled        = "fulfilled"
	spotCanceled         = "request-canceled-and-instance-running"
	spotMarkedForStop    = "marked-for-stop"
	spotStoppedByEC2     = "instance-stopped-no-capacity"
	spotStoppedByUser    = "instance-stopped-by-user"
	spotTerminatedByEC2  = "instance-terminated-no-capacity"
	spotTerminatedByUser = "instance-terminated-by-user"
	// spotForgotten is the World's value for a request that EC2 no longer knows.
	spotForgotten = "none"
)

// Interrupt interrupts a running Spot instance according to its interruption behaviour. For a termination, EC2 ends the
// request at once, with the code of a terminated instance, and lets the instance run for the notice of about two
// minutes (EC2 guide, "State changes for a Spot request", note †). For a stop, EC2 marks the request first. Hibernation
// begins without notice (EC2 guide, "Spot Instance interruption notices"). An instance that has left the running state
// by then, or whose interruption an edit has withdrawn, is left alone.
func (s *Sim) Interrupt(instance string, notice time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.settle(now)
	i := s.acc.findInstance(instance)
	if i == nil || i.Lifecycle != "spot" || i.State != running {
		return fmt.Errorf("awssim: interrupt %s: want a running Spot instance", instance)
	}
	if i.SpotBehavior == "terminate" {
		i.setSpotStatus(spotTerminatedByEC2)
	} else {
		i.setSpotStatus(spotMarkedForStop)
	}
	if i.SpotBehavior == "hibernate" {
		notice = 0
	}
	announced := i.SpotStatus
	s.remember(now)
	at := now.Add(notice)
	s.schedule(at, "interruption of "+instance, func() { s.reclaim(instance, announced, at) })
	return nil
}

// reclaim ends an instance whose request still has the code of the announcement.
func (s *Sim) reclaim(instance, announced string, at time.Time) {
	i := s.acc.findInstance(instance)
	if i == nil || i.State != running || i.SpotStatus != announced {
		return
	}
	e := &exchange{sim: s, now: at, acc: s.acc}
	if i.SpotBehavior == "terminate" {
		e.shutDown(i, spotTerminatedByEC2)
		return
	}
	e.stop(i, spotStoppedByEC2)
}

// stop begins an instance's stop. The request of a Spot instance is marked until the instance has stopped, and then
// gets the code as.
func (e *exchange) stop(i *Instance, as string) {
	i.setSpotStatus(spotMarkedForStop)
	i.StateReason = reasonOfEnd(as)
	e.beginTransition(i, stopping, e.acc.Timing.Stop, func(i *Instance) {
		i.State = stopped
		i.setSpotStatus(as)
	})
}

// setSpotStatus sets the status code of a Spot request. A request that has ended keeps its code.
func (i *Instance) setSpotStatus(code string) {
	if i.Lifecycle == "spot" && i.SpotStatus != spotForgotten && !i.spotEnded() {
		i.SpotStatus = code
	}
}

// spotEnded reports whether the request has ended. The instance may still run for two minutes.
func (i *Instance) spotEnded() bool { return strings.HasPrefix(i.SpotStatus, "instance-terminated-") }

// stoppable refuses to stop a Spot instance whose request cannot start it again: the request must be persistent and
// active (EC2 guide, "Stop a Spot Instance"). AWS does not document the code for an inactive request; it is the one for
// a start that a request does not allow.
func (i *Instance) stoppable() *refusal {
	switch {
	case i.Lifecycle != "spot":
		return nil
	case i.SpotType == spotOneTime:
		return refuse("UnsupportedOperation",
			"You can't stop the Spot Instance '%s' because it is associated with a one-time Spot Instance request.", i.ID)
	case i.spotEnded():
		return refuse("IncorrectSpotRequestState",
			"You can't stop the Spot Instance '%s' because its Spot Instance request is %s.", i.ID, spotState(i))
	}
	return nil
}
