package failover

import (
	"fmt"

	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/plan"
)

// nextStep says what a person should do.
func (i *interfaceResult) nextStep() string {
	switch {
	case i.item.Next != "":
		return i.item.Next // the plan knows the members of the group
	case i.Outcome == plan.OutcomePlanned:
		return "switch the dry run off (DRY_RUN, DryRun in the template), and the next sweep moves it; or move it by hand"
	case i.Reason == plan.ReasonOutOfTime && i.Where == string(inventory.StatusDetaching):
		return fmt.Sprintf(`nothing, a retry or the next sweep forces the detach after DETACH_GRACE; to have it done now, send {"networkInterfaceId":%q,"from":%q,"force":true}`,
			i.id(), i.To)
	case i.item.WriteReachedTag && i.Reason == plan.ReasonDenied:
		return "allow ec2:CreateTags on network interfaces to the function's role (the tag eni-failover:reached); until then the probe can't act on it"
	case i.Reason == plan.ReasonCooldown:
		return fmt.Sprintf(`decide whether it has to move, since an alarm does not speak again; to move it, send {"networkInterfaceId":%q,"from":%q}, `+
			`with "target" and an instance's id besides to choose the standby`, i.id(), i.item.From)
	}
	return nextStepFor(i.Reason)
}

// nextStepFor says what a person should do about a reason of which nothing more is known. docs/reasons.md has the same
// words.
func nextStepFor(reason plan.Reason) string {
	const unneeded = "nothing; if the service does not answer nevertheless, send a request"
	switch reason {
	// Candidates.
	case plan.ReasonOtherAZ:
		return "launch a standby in the interface's Availability Zone"
	case plan.ReasonOtherVPC:
		return "launch a standby in the interface's VPC"
	case plan.ReasonNotRunning:
		return "start the instance, or launch another standby"
	case plan.ReasonDoomed:
		return "launch another standby: the interface leaves this instance"
	case plan.ReasonInterrupted:
		return "launch another standby: EC2 is about to take this one back"
	case plan.ReasonASGLeaving:
		return "return the instance to service in its Auto Scaling group, or launch another standby"
	case plan.ReasonImpaired:
		return "repair the instance until its status checks pass, or launch another standby"
	case plan.ReasonNoSlot:
		return "detach an interface that the instance does not need, or change it to a type with more network interfaces"
	case plan.ReasonNoIndex:
		return "detach an interface that the instance does not need: its device indexes are taken"
	case plan.ReasonTooManyAddresses:
		return "launch a standby of a type that takes the interface's addresses"
	case plan.ReasonPrefixNeedsNitro:
		return "launch a standby of a type on Nitro, which takes prefixes"
	case plan.ReasonNotAMember:
		return "add the group to the instance's tag eni-failover:group, or name a member as target"
	case plan.ReasonSameSpotPool:
		return "launch an On-Demand standby, or one of another instance type"
	case plan.ReasonNotTheTarget:
		return "send the request without target, or with this instance as target"

	// Events and interfaces that are left alone.
	case plan.ReasonStale, plan.ReasonNotSpot, plan.ReasonNoAction, plan.ReasonSuppressed, plan.ReasonStatusChecksOK,
		plan.ReasonNotImpaired, plan.ReasonHolderServes, plan.ReasonAlreadyThere, plan.ReasonAttachmentNewer,
		plan.ReasonMovedByOther, plan.ReasonReached:
		return unneeded
	case plan.ReasonUnconfirmed:
		return "see whether the prober's subnets reach the interface; if the service does not answer, send a request"
	case plan.ReasonNotConcerned:
		return "nothing; if it should concern an interface, tag the interface and its instances eni-failover:group"
	case plan.ReasonPaused:
		return "remove the tag eni-failover:paused, then send the request again or wait for the next sweep"
	case plan.ReasonUnsupportedInterface:
		return "move it by hand, or tag a plain secondary interface instead"
	case plan.ReasonGroupNotServed:
		return "see whether another deployment serves its group; if none does, add the group to GROUPS (Groups in the template)"
	case plan.ReasonRegrouped:
		return "nothing, the next sweep looks after it in its new group; to move it now, send the request again"
	case plan.ReasonNoValidGroup:
		return "correct the tag eni-failover:group"
	case plan.ReasonNotOnFrom:
		return "correct from, or leave it out"
	case plan.ReasonCooldown:
		return "decide whether it has to move, since an alarm does not speak again; to move it, send a request with from"
	case plan.ReasonReportOnly:
		return "nothing; to move it before the instance goes away, send a request"
	case plan.ReasonRehearsedLater:
		return "nothing, a later rehearsal asks EC2"
	case plan.ReasonNoStandby:
		return "start or launch a standby in its Availability Zone, tagged with its group"
	case plan.ReasonNotManaged:
		return "correct the id or the group, or tag the interface eni-failover:group"
	case plan.ReasonSeveralHolders:
		return "name one instance in from, or one interface in networkInterfaceId or in the alarm's description"

	// Moves that failed.
	case plan.ReasonReturned:
		return "see the candidates in the report for why they refused, then send a request"
	case plan.ReasonGone:
		return "create it again, or remove what refers to it"
	case plan.ReasonDenied:
		return "allow ec2:DetachNetworkInterface and ec2:AttachNetworkInterface to the function's role, then send the event again"
	case plan.ReasonOutOfTime:
		return "nothing, a retry or the next sweep carries on from here; if it repeats, look at the instance named"
	case plan.ReasonNotPermitted:
		return "look up EC2's error code, which no permission of the role changes; then remove its cause, or move the interface by hand"
	case plan.ReasonRefused:
		return "nothing, a retry or the next sweep tries again; if it repeats, see the candidates in the report for EC2's error codes, and launch another standby"
	case plan.ReasonContested:
		return "find out what else moves it, then send a request"
	case plan.ReasonNotOnTarget:
		return "see the candidates in the report for why the target refused, then send a request"
	case plan.ReasonBadInput:
		return "correct the field that the message names, then send the event again"
	case plan.ReasonNotObserved:
		return "nothing was changed; wait a minute, then send the event again"
	}
	return "see the report in the log"
}
