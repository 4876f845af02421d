package awssim

import "strings"

// startInstances answers StartInstances. The call has no client token and needs none: for an instance that is pending or
// running it is accepted, and changes nothing. A start that is accepted can still fail: the instance is stopped again.
func startInstances(e *exchange, out *xmlWriter) *refusal {
	for _, id := range e.list("InstanceId") {
		if i := e.acc.findInstance(id); i != nil {
			if refused := deniedByWorld(i.RefuseStart, "start of", id); refused != nil {
				return refused
			}
		}
	}
	named, refused := e.stateChange([]string{stopped}, []string{pending, running})
	if refused != nil {
		return refused
	}
	for _, i := range named {
		if refused := i.startable(); refused != nil {
			return refused
		}
	}
	writeChanges(out, named, func(i *Instance) {
		if i.State == stopped {
			e.start(i)
		}
	})
	return nil
}

// startable refuses to start a stopped instance that the world refuses, or a Spot instance whose request does not allow it.
// Only EC2 restarts an instance that it has interrupted (EC2 guide, "Stop and start a Spot Instance"; the texts are known
// from reports).
func (i *Instance) startable() *refusal {
	switch {
	case i.State != stopped:
		return nil
	case i.RefuseStart != "":
		return refuse(i.RefuseStart, "The start of '%s' was refused", i.ID)
	case i.interrupted():
		return refuse("IncorrectSpotRequestState", "Only Amazon EC2 can restart an interrupted stopped Spot Instance.")
	case i.Lifecycle == "spot" && i.spotEnded():
		return refuse("IncorrectSpotRequestState", "You can't start the Spot Instance '%s' because the associated Spot Instance "+
			"request is not in an appropriate state to support start.", i.ID)
	}
	return nil
}

// interrupted reports whether EC2 has stopped the Spot instance, and not its user.
func (i *Instance) interrupted() bool {
	return i.Lifecycle == "spot" && strings.HasPrefix(i.SpotStatus, "instance-stopped-") && i.SpotStatus != spotStoppedByUser
}

// start begins the start of a stopped instance. Its launch time is that of the start, also if the start fails (EC2 guide,
// "Stop and start": a start is a new launch).
func (e *exchange) start(i *Instance) {
	i.LaunchTime, i.StateReason = e.now, StateReason{}
	i.setSpotStatus(spotFulfilled)
	if i.HungStart {
		i.State = pending
		return
	}
	end := endStart
	if !e.mayGrantKeys(i) {
		end = endStartWithoutKey
	}
	e.beginTransition(i, pending, e.acc.Timing.Start, end)
}

// endStart ends the start of an instance. AWS does not document when a start fails; here it takes the time of a start.
func endStart(i *Instance) {
	if i.FailStart == "" {
		i.State = running
		return
	}
	i.State, i.StateReason = stopped, StateReason{Code: i.FailStart}
}

// endStartWithoutKey ends the start of an instance whose volume EC2 can't decrypt (re:Post knowledge center,
// "kms-iam-ec2-permission").
func endStartWithoutKey(i *Instance) {
	i.State, i.StateReason = stopped, StateReason{Code: "Client.InternalError"}
}

// failedStarts returns the codes with which a start can fail (EC2 API reference, "StateReason").
func failedStarts() []string {
	return []string{
		"Server.InsufficientInstanceCapacity", "Server.InternalError", "Client.InternalError", "Client.VolumeLimitExceeded",
	}
}

// reasonOfEnd returns the reason of a stop or a termination, by the status code that the request of a Spot instance gets.
func reasonOfEnd(spotStatus string) StateReason {
	switch spotStatus {
	case spotStoppedByEC2:
		return StateReason{Code: "Server.SpotInstanceShutdown"}
	case spotTerminatedByEC2:
		return StateReason{Code: "Server.SpotInstanceTermination"}
	}
	return StateReason{}
}

// shownReason returns an instance's state reason with its defaults. EC2 shows none for a running instance.
func (i *Instance) shownReason() StateReason {
	reason := i.StateReason
	switch i.State {
	case running:
		return StateReason{}
	case pending:
		setDefault(&reason.Code, "pending")
	default:
		setDefault(&reason.Code, "Client.UserInitiatedShutdown")
	}
	setDefault(&reason.Message, reasonMessage(reason.Code))
	return reason
}

// reasonMessage returns the message of a code: most messages repeat the code.
func reasonMessage(code string) string {
	switch code {
	case "Client.UserInitiatedShutdown":
		return code + ": User initiated shutdown"
	case "Client.InternalError":
		return code + ": Client error on launch"
	case "Server.InsufficientInstanceCapacity":
		return code + ": Insufficient capacity to satisfy instance request"
	case "Server.InternalError":
		return code + ": Internal error on launch"
	case "Client.VolumeLimitExceeded":
		return code + ": Volume limit exceeded"
	case "Server.SpotInstanceShutdown":
		return code + ": Spot instance shutdown"
	case "Server.SpotInstanceTermination":
		return code + ": Spot instance termination"
	}
	return code
}
