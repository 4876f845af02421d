package plan

// Reason is a stable code that says why. Alarms and people's scripts match on it.
type Reason string

// Why an instance is no candidate for an interface.
const (
	ReasonOtherAZ          Reason = "other-az"
	ReasonOtherVPC         Reason = "other-vpc"
	ReasonNotRunning       Reason = "not-running"
	ReasonDoomed           Reason = "doomed"
	ReasonInterrupted      Reason = "interrupted"
	ReasonASGLeaving       Reason = "asg-leaving"
	ReasonImpaired         Reason = "impaired"
	ReasonNoSlot           Reason = "no-slot"
	ReasonNoIndex          Reason = "no-index"
	ReasonTooManyAddresses Reason = "too-many-addresses"
	ReasonPrefixNeedsNitro Reason = "prefix-needs-nitro"
	// ReasonNotAMember is for the target of a request that is not of the interface's group.
	ReasonNotAMember Reason = "not-a-member"
	// ReasonSameSpotPool is for the members that a rebalance recommendation makes no better choice than the
	// instance that it is about.
	ReasonSameSpotPool Reason = "same-spot-pool"
	// ReasonNotTheTarget is for the members that a request with a target leaves out.
	ReasonNotTheTarget Reason = "not-the-target"
)

// Why an event or an interface is left alone.
const (
	ReasonStale                Reason = "stale"
	ReasonNotSpot              Reason = "not-spot"
	ReasonNotConcerned         Reason = "not-concerned"
	ReasonNoAction             Reason = "no-action"
	ReasonPaused               Reason = "paused"
	ReasonUnsupportedInterface Reason = "unsupported-interface"
	ReasonGroupNotServed       Reason = "group-not-served"
	ReasonRegrouped            Reason = "regrouped"
	ReasonNoValidGroup         Reason = "no-valid-group"
	ReasonHolderServes         Reason = "holder-serves"
	ReasonAlreadyThere         Reason = "already-there"
	ReasonAttachmentNewer      Reason = "attachment-newer"
	ReasonNotOnFrom            Reason = "not-on-from"
	ReasonCooldown             Reason = "cooldown"
	ReasonSuppressed           Reason = "suppressed"
	ReasonStatusChecksOK       Reason = "status-checks-ok"
	ReasonNotImpaired          Reason = "not-impaired"
	ReasonReportOnly           Reason = "report-only"
	ReasonRehearsedLater       Reason = "rehearsed-later"
	ReasonMovedByOther         Reason = "moved-by-other"
	ReasonNoStandby            Reason = "no-standby"
	ReasonNotManaged           Reason = "not-managed"
	ReasonSeveralHolders       Reason = "several-holders"
)

// Why a move failed.
const (
	ReasonReturned     Reason = "returned"
	ReasonGone         Reason = "gone"
	ReasonDenied       Reason = "denied"
	ReasonOutOfTime    Reason = "out-of-time"
	ReasonNotPermitted Reason = "not-permitted"
	ReasonRefused      Reason = "refused"
	ReasonContested    Reason = "contested"
	ReasonNotOnTarget  Reason = "not-on-target"
	ReasonBadInput     Reason = "bad-input"
	ReasonNotObserved  Reason = "not-observed"
)
