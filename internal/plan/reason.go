package plan

// Reason is a stable code that says why. Alarms and people's scripts match on it. A constant is its value in camel case.
type Reason string

// Why an instance is not eligible for an interface.
const (
	ReasonOtherAZ  Reason = "other-az"
	ReasonOtherVPC Reason = "other-vpc"
	// ReasonNotRunning: its state is any other than running, or unknown.
	ReasonNotRunning Reason = "not-running"
	ReasonDoomed     Reason = "doomed"
	// ReasonInterrupted: Spot is about to take it away.
	ReasonInterrupted Reason = "interrupted"
	// ReasonASGLeaving: its Auto Scaling group does not count on it. See [inventory.Scaling.Leaving].
	ReasonASGLeaving Reason = "asg-leaving"
	// ReasonImpaired: its status checks fail. It counts only while the holder serves.
	ReasonImpaired Reason = "impaired"
	// ReasonNoSlot: it has, or gets by this plan, as many interfaces as its type allows.
	ReasonNoSlot Reason = "no-slot"
	// ReasonNoIndex: EC2 has found every device index taken that was tried.
	ReasonNoIndex Reason = "no-index"
	// ReasonTooManyAddresses: its type takes fewer addresses per interface than the interface has.
	ReasonTooManyAddresses Reason = "too-many-addresses"
	// ReasonPrefixNeedsNitro: the interface has a prefix, and its type is not built on the Nitro System.
	ReasonPrefixNeedsNitro Reason = "prefix-needs-nitro"
	// ReasonNotAMember: it is the target of a request, and not a member of the interface's group.
	ReasonNotAMember Reason = "not-a-member"
	// ReasonSameSpotPool: a rebalance recommendation finds it no better than the instance that the recommendation is
	// about.
	ReasonSameSpotPool Reason = "same-spot-pool"
	// ReasonNotTheTarget: the request has named another instance as its target.
	ReasonNotTheTarget Reason = "not-the-target"
)

// Why an event or an interface is left alone.
const (
	// ReasonStale: the event is too old, or EC2 or Auto Scaling contradict it by now.
	ReasonStale Reason = "stale"
	// ReasonNotSpot: a Spot warning is about an instance that is not a Spot instance.
	ReasonNotSpot Reason = "not-spot"
	// ReasonNotConcerned: the instance holds and leaves no managed interface.
	ReasonNotConcerned Reason = "not-concerned"
	// ReasonNoAction: the function does nothing about events of this type.
	ReasonNoAction             Reason = "no-action"
	ReasonPaused               Reason = "paused"
	ReasonUnsupportedInterface Reason = "unsupported-interface"
	ReasonGroupNotServed       Reason = "group-not-served"
	// ReasonRegrouped: the interface's group tag was changed while it was read.
	ReasonRegrouped    Reason = "regrouped"
	ReasonNoValidGroup Reason = "no-valid-group"
	// ReasonHolderServes: the holder gives no reason to move the interface.
	ReasonHolderServes Reason = "holder-serves"
	// ReasonAlreadyThere: the interface is on the target of the request.
	ReasonAlreadyThere Reason = "already-there"
	// ReasonAttachmentNewer: the event is about an attachment before the present one.
	ReasonAttachmentNewer Reason = "attachment-newer"
	// ReasonNotOnFrom: the interface is not on the instance that the request takes it from.
	ReasonNotOnFrom Reason = "not-on-from"
	// ReasonCooldown: the attachment is younger than COOLDOWN.
	ReasonCooldown Reason = "cooldown"
	// ReasonSuppressed: the actions of the alarm are suppressed.
	ReasonSuppressed Reason = "suppressed"
	// ReasonStatusChecksOK: EC2 says ok for the status check that the alarm is on.
	ReasonStatusChecksOK Reason = "status-checks-ok"
	// ReasonNotImpaired: the alarm had no data before, and EC2 does not say that the instance is impaired.
	ReasonNotImpaired Reason = "not-impaired"
	// ReasonUnconfirmed: a verdict may be the prober's own trouble, and EC2 says nothing against the holder.
	ReasonUnconfirmed Reason = "unconfirmed"
	// ReasonReached: the probe has been answered on the interface's attachment, which its tag says.
	ReasonReached Reason = "reached"
	// ReasonReportOnly: the event is only a reason to report whether a standby is ready.
	ReasonReportOnly Reason = "report-only"
	// ReasonRehearsedLater: a rehearsal had no time left for it.
	ReasonRehearsedLater Reason = "rehearsed-later"
	// ReasonMovedByOther: another invocation or a person has moved the interface in the meantime.
	ReasonMovedByOther Reason = "moved-by-other"
	// ReasonNoStandby: the interface is stranded, since no member of its group is eligible.
	ReasonNoStandby Reason = "no-standby"
	// ReasonNotManaged: a request, an alarm or a verdict names an interface or a group that does not exist, or is not tagged.
	ReasonNotManaged Reason = "not-managed"
	// ReasonSeveralHolders: a request or an alarm names a group whose interfaces are on several instances.
	ReasonSeveralHolders Reason = "several-holders"
)

// Why a move failed.
const (
	// ReasonReturned: every candidate has refused, so the interface went back to its origin.
	ReasonReturned Reason = "returned"
	// ReasonGone: the interface does not exist any more.
	ReasonGone Reason = "gone"
	// ReasonDenied: the function's role lacks a permission.
	ReasonDenied Reason = "denied"
	// ReasonOutOfTime: the invocation had no time left.
	ReasonOutOfTime Reason = "out-of-time"
	// ReasonNotPermitted: EC2 does not let the interface be detached or attached, whatever the role allows.
	ReasonNotPermitted Reason = "not-permitted"
	// ReasonRefused: every candidate has refused the interface, and it could not go back either.
	ReasonRefused Reason = "refused"
	// ReasonContested: another tool or a person keeps moving the interface.
	ReasonContested Reason = "contested"
	// ReasonNotOnTarget: the interface is attached, but not to the target of the request.
	ReasonNotOnTarget Reason = "not-on-target"
	// ReasonBadInput: a field of the event can't be used.
	ReasonBadInput Reason = "bad-input"
	// ReasonNotObserved: EC2 gave no answer that a plan can't do without.
	ReasonNotObserved Reason = "not-observed"
)
