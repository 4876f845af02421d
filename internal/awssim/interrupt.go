package awssim

import (
	"fmt"
	"strings"
	"time"
)

// Status codes of a Spot request (EC2 guide, "State changes for a Spot request"). That of an instance
// which is to be interrupted begins with `marked-for-`; the instance runs on until its time has come.
const (
	spotFulfilled          = "fulfilled"
	spotMarkedForTerminate = "marked-for-termination"
	spotMarkedForStop      = "marked-for-stop"
	spotTerminatedByEC2    = "instance-terminated-no-capacity"
	spotStoppedByEC2       = "instance-stopped-no-capacity"
	spotTerminatedByUser   = "instance-terminated-by-user"
	spotStoppedByUser      = "instance-stopped-by-user"
	// spotForgotten is a World's word for a request that EC2 does not know any more.
	spotForgotten = "none"
)

// Interrupt interrupts a running Spot instance as EC2 does: its request is marked at once, and after the
// notice, which EC2 intends to be two minutes, the instance is terminated or stopped, as its interruption
// behaviour has it. Hibernation takes no notice: it begins at once (EC2 guide, "Spot Instance
// interruption notices"). An instance that has gone another way by then, or whose mark an edit took away,
// is left alone.
func (s *Sim) Interrupt(instance string, notice time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.settle(now)
	i := s.acc.findInstance(instance)
	if i == nil || i.Lifecycle != "spot" || i.State != running {
		return fmt.Errorf("awssim: interrupt %s: want a running Spot instance", instance)
	}
	i.SpotStatus = spotMarkedForTerminate
	if i.SpotBehavior != "terminate" {
		i.SpotStatus = spotMarkedForStop
	}
	if i.SpotBehavior == "hibernate" {
		notice = 0
	}
	s.remember(now)
	at := now.Add(notice)
	s.schedule(at, "interruption of "+instance, func() { s.reclaim(instance, at) })
	return nil
}

// reclaim takes a marked instance away.
func (s *Sim) reclaim(instance string, at time.Time) {
	i := s.acc.findInstance(instance)
	if i == nil || i.State != running || !strings.HasPrefix(i.SpotStatus, "marked-for-") {
		return
	}
	e := &exchange{sim: s, now: at, acc: s.acc}
	if i.SpotStatus == spotMarkedForTerminate {
		e.shutDown(i, spotTerminatedByEC2)
		return
	}
	e.stop(i, spotStoppedByEC2)
}

// stop begins an instance's stop; as is the status code that the request of a Spot instance gets.
func (e *exchange) stop(i *Instance, as string) {
	i.endSpot(as)
	e.begin(i, stopping, e.acc.Timing.Stop, func(i *Instance) { i.State = stopped })
}

// endSpot gives the request of a Spot instance the code that says how the instance went.
func (i *Instance) endSpot(as string) {
	if i.Lifecycle == "spot" && i.SpotStatus != spotForgotten {
		i.SpotStatus = as
	}
}

// stoppable refuses to stop a Spot instance whose request could not start it again: only a persistent
// request can (EC2 guide, "Stop a Spot Instance").
func (i *Instance) stoppable() *refusal {
	if i.Lifecycle == "spot" && spotType(i) == "one-time" {
		return refuse("UnsupportedOperation",
			"You can't stop the Spot Instance '%s' because it is associated with a one-time Spot Instance request.", i.ID)
	}
	return nil
}
