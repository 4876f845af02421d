package awssim

import (
	"slices"
	"time"
)

// startInstances answers StartInstances.
func startInstances(e *exchange, out *xmlWriter) *refusal {
	named, refused := e.stateChange([]string{stopped}, []string{pending, running})
	if refused != nil {
		return refused
	}
	writeChanges(out, named, func(i *Instance) {
		if i.State != stopped {
			return
		}
		i.LaunchTime = e.now // a start is a new launch (EC2 guide, "Stop and start")
		i.setSpotStatus(spotFulfilled)
		e.beginTransition(i, pending, e.acc.Timing.Start, func(i *Instance) { i.State = running })
	})
	return nil
}

// stopInstances answers StopInstances. Its interfaces stay attached (EC2 guide, "Stop and start").
func stopInstances(e *exchange, out *xmlWriter) *refusal {
	named, refused := e.stateChange([]string{running}, []string{stopping, stopped})
	if refused != nil {
		return refused
	}
	for _, i := range named {
		if refused := i.stoppable(); refused != nil {
			return refused
		}
	}
	writeChanges(out, named, func(i *Instance) {
		if i.State == running {
			e.stop(i, spotStoppedByUser)
		}
	})
	return nil
}

// terminateInstances answers TerminateInstances. A terminated instance stays visible, with its tags.
func terminateInstances(e *exchange, out *xmlWriter) *refusal {
	named, refused := e.stateChange([]string{pending, running, stopping, stopped}, []string{shuttingDown, terminated})
	if refused != nil {
		return refused
	}
	writeChanges(out, named, func(i *Instance) { e.shutDown(i, spotTerminatedByUser) })
	return nil
}

// shutDown begins an instance's termination, unless it is under way already; as is the status code that
// the request of a Spot instance gets.
func (e *exchange) shutDown(i *Instance, as string) {
	if i.State != shuttingDown && i.State != terminated {
		i.setSpotStatus(as)
		e.beginTransition(i, shuttingDown, e.acc.Timing.Terminate, e.acc.terminate)
	}
}

// begin puts an instance into a transitional state, which ends after a time, unless something else has
// put it into another state by then.
func (e *exchange) beginTransition(i *Instance, state string, takes Duration, end func(*Instance)) {
	i.State = state
	id, acc := i.ID, e.acc
	e.sim.schedule(e.now.Add(time.Duration(takes)), id, func() {
		if i := acc.findInstance(id); i != nil && i.State == state {
			end(i)
		}
	})
}

// stateChange finds the instances that a call is to change, and refuses the call as a whole unless each
// can be, or is already on the way (which the API accepts).
func (e *exchange) stateChange(from, done []string) ([]*Instance, *refusal) {
	ids := e.list("InstanceId")
	if len(ids) == 0 {
		return nil, refuse("MissingParameter", "The request must contain the parameter InstanceId")
	}
	named, refused := e.instances(ids)
	if refused != nil {
		return nil, refused
	}
	on := make([]resource, len(named))
	for n, i := range named {
		on[n] = e.instanceResource(i)
	}
	if refused := e.permit(on...); refused != nil {
		return nil, refused
	}
	for _, i := range named {
		if !slices.Contains(from, i.State) && !slices.Contains(done, i.State) {
			return nil, refuse("IncorrectInstanceState", "The instance '%s' is '%s': %s is not possible.", i.ID, i.State, e.req.action)
		}
	}
	return named, nil
}

// writeChanges applies a change to each instance and writes the states before and after.
func writeChanges(out *xmlWriter, named []*Instance, change func(*Instance)) {
	out.in("instancesSet", func() {
		for _, i := range named {
			out.in("item", func() {
				out.text("instanceId", i.ID)
				out.in("previousState", func() { writeState(out, i.State) })
				change(i)
				out.in("currentState", func() { writeState(out, i.State) })
			})
		}
	})
}
