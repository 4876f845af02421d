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
	ReasonScalingLeaving   Reason = "asg-leaving"
	ReasonImpaired         Reason = "impaired"
	ReasonNoSlot           Reason = "no-slot"
	ReasonNoIndex          Reason = "no-index"
	ReasonTooManyAddresses Reason = "too-many-addresses"
	ReasonPrefixNeedsNitro Reason = "prefix-needs-nitro"
	// ReasonNotMember is for the target of a request that is not of the interface's group.
	ReasonNotMember Reason = "not-a-member"
	// ReasonSamePool is for the members that a rebalance recommendation makes no better choice than the
	// instance that it is about.
	ReasonSamePool Reason = "same-spot-pool"
	// ReasonNotTarget is for the members that a request with a target leaves out.
	ReasonNotTarget Reason = "not-the-target"
)

// Why an event or an interface is left alone.
const (
	ReasonStale         Reason = "stale"
	ReasonNotSpot       Reason = "not-spot"
	ReasonNotConcerned  Reason = "not-concerned"
	ReasonNoAction      Reason = "no-action"
	ReasonPaused        Reason = "paused"
	ReasonUnsupported   Reason = "unsupported-interface"
	ReasonNotServed     Reason = "group-not-served"
	ReasonRegrouped     Reason = "regrouped"
	ReasonNoGroup       Reason = "no-valid-group"
	ReasonHolderServes  Reason = "holder-serves"
	ReasonAlreadyThere  Reason = "already-there"
	ReasonNewer         Reason = "attachment-newer"
	ReasonNotOnFrom     Reason = "not-on-from"
	ReasonCooldown      Reason = "cooldown"
	ReasonSuppressed    Reason = "suppressed"
	ReasonChecksPass    Reason = "status-checks-ok"
	ReasonNotImpaired   Reason = "not-impaired"
	ReasonReportOnly    Reason = "report-only"
	ReasonLater         Reason = "rehearsed-later"
	ReasonMovedByOther  Reason = "moved-by-other"
	ReasonNoStandby     Reason = "no-standby"
	ReasonUnknownTarget Reason = "not-managed"
	ReasonSeveral       Reason = "several-holders"
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
	ReasonElsewhere    Reason = "not-on-target"
	ReasonBadInput     Reason = "bad-input"
	ReasonUnobserved   Reason = "not-observed"
)
