package awssim

import (
	"slices"
	"time"
)

// stopInstances answers StopInstances. The interfaces stay attached (EC2 guide, "Stop and start").
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

// shutDown begins an instance's termination, unless it has begun. The request of a Spot instance gets the status code
// as.
func (e *exchange) shutDown(i *Instance, as string) {
	if i.State != shuttingDown && i.State != terminated {
		i.setSpotStatus(as)
		i.StateReason = reasonOfEnd(as)
		e.beginTransition(i, shuttingDown, e.acc.Timing.Terminate, e.acc.terminate)
	}
}

// beginTransition puts an instance into a transitional state. The transition ends after a time, unless the instance is
// in another state by then.
func (e *exchange) beginTransition(i *Instance, state string, takes Duration, end func(*Instance)) {
	i.State = state
	id, acc := i.ID, e.acc
	e.sim.schedule(e.now.Add(time.Duration(takes)), id, func() {
		if i := acc.findInstance(id); i != nil && i.State == state {
			end(i)
		}
	})
}

// stateChange returns the instances of a call. It refuses the whole call unless each instance can change its state or
// has already done so, which the API accepts.
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

// writeChanges changes each instance and writes the states before and after.
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
