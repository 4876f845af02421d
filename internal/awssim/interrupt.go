package awssim

import (
	"fmt"
	"strings"
	"time"
)

// Status codes of a Spot request (EC2 guide, "State changes for a Spot request"). An instance that EC2 is about
// to stop has one that begins with `marked-for-`. The guide has none of its own for hibernation. An instance
// that EC2 terminates has none of these: see [Sim.Interrupt].
const (
	spotFulfilled        = "fulfilled"
	spotCanceled         = "request-canceled-and-instance-running"
	spotMarkedForStop    = "marked-for-stop"
	spotStoppedByEC2     = "instance-stopped-no-capacity"
	spotStoppedByUser    = "instance-stopped-by-user"
	spotTerminatedByEC2  = "instance-terminated-no-capacity"
	spotTerminatedByUser = "instance-terminated-by-user"
	// spotForgotten is a World's word for a request that EC2 does not know any more.
	spotForgotten = "none"
)

// Interrupt interrupts a running Spot instance as EC2 does, as its interruption behaviour has it. To terminate
// it, EC2 ends its request at once, with the code of an instance that is terminated already, and lets the
// instance run for the notice, which EC2 intends to be two minutes (EC2 guide, "State changes for a Spot
// request", note †). To stop it, EC2 marks the request first. Hibernation takes no notice: it begins at once (EC2
// guide, "Spot Instance interruption notices"). An instance that has gone another way by then, or whose
// interruption an edit took back, is left alone.
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

// reclaim takes an instance away whose request still says what it said at the beginning of the notice.
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

// stop begins an instance's stop. The request of a Spot instance is marked until the instance has stopped, and
// then gets the code as.
func (e *exchange) stop(i *Instance, as string) {
	i.setSpotStatus(spotMarkedForStop)
	e.beginTransition(i, stopping, e.acc.Timing.Stop, func(i *Instance) {
		i.State = stopped
		i.setSpotStatus(as)
	})
}

// setSpotStatus gives the request of a Spot instance a status code. A request that has ended keeps its own.
func (i *Instance) setSpotStatus(code string) {
	if i.Lifecycle == "spot" && i.SpotStatus != spotForgotten && !i.spotEnded() {
		i.SpotStatus = code
	}
}

// spotEnded reports whether the request is done with the instance, which may run for two minutes more.
func (i *Instance) spotEnded() bool { return strings.HasPrefix(i.SpotStatus, "instance-terminated-") }

// stoppable refuses to stop a Spot instance whose request could not start it again: only a persistent
// request can, and only while it is active (EC2 guide, "Stop a Spot Instance"). Which code refuses the second is
// a choice: it is the one for a start that a request does not allow.
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
