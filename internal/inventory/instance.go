package inventory

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// State is an instance's state, in EC2's words.
type State string

// The states of an instance. The first three are ours.
const (
	// StateUnasked: the state was not asked for, or EC2 gave no answer.
	StateUnasked State = ""
	// StateUnseen: EC2 was asked for the id, and its answer does not show the instance. That proves nothing.
	StateUnseen State = "unseen"
	// StateMissing: two such answers, some seconds apart, do not show the instance. It counts as gone.
	StateMissing      State = "missing"
	StatePending      State = "pending"
	StateRunning      State = "running"
	StateStopping     State = "stopping"
	StateStopped      State = "stopped"
	StateShuttingDown State = "shutting-down"
	StateTerminated   State = "terminated"
)

// Leaving reports whether an instance in this state is going away or gone. An instance that one read does not show is not
// leaving: a Describe call may show the account as it was earlier ("Eventual consistency in the Amazon EC2 API").
func (s State) Leaving() bool { return s == StateStopping || s == StateStopped || s.Ending() }

// Shown reports whether EC2 has shown the instance, so that its state and tags are known.
func (s State) Shown() bool { return s != StateUnasked && s != StateUnseen && s != StateMissing }

// lost reports whether a read says that the instance does not run, or does not show it. A second read has to confirm it.
func (s State) lost() bool { return s.Leaving() || s == StateUnseen }

// Ending reports whether no instance comes back from this state.
func (s State) Ending() bool {
	return s == StateShuttingDown || s == StateTerminated || s == StateMissing
}

// Check is the result of one status check. The zero value is unknown: it was not asked for, or EC2 gave no answer.
type Check string

// The results of a status check (SummaryStatus in EC2's API).
const (
	CheckUnknown      Check = ""
	CheckOK           Check = "ok"
	CheckImpaired     Check = "impaired"
	CheckInitializing Check = "initializing"
	CheckInsufficient Check = "insufficient-data"
)

// Health holds what EC2's status checks say about a running instance.
type Health struct {
	// System and Instance are the checks that every instance has. EBS is the check of its volumes; unknown on types that
	// have none.
	System, Instance, EBS Check
	// Application is the result of the application checks that are associated with the instance; unknown if none are. It
	// does not make the instance impaired: a standby whose service starts with the interface fails it, too.
	Application Check
	// ImpairedSince is the time since which a check other than Application fails; zero if none fails, or if EC2 does not
	// say.
	ImpairedSince time.Time
}

// Impaired reports whether a check other than Application fails.
func (h Health) Impaired() bool {
	return h.System == CheckImpaired || h.Instance == CheckImpaired || h.EBS == CheckImpaired
}

// Interruption says whether a Spot interruption of an instance is pending.
type Interruption string

// What is known about a pending Spot interruption. The zero value is unknown.
const (
	InterruptionUnknown Interruption = ""
	InterruptionNone    Interruption = "none"
	InterruptionPending Interruption = "pending"
)

// StateReason says why an instance is in its state, in EC2's words. EC2 gives none for a running instance.
type StateReason struct {
	// Code is that of EC2, such as Server.InsufficientInstanceCapacity (EC2 API reference, "StateReason").
	Code string
	// Message says the same to a person.
	Message string
}

// Behavior is what a Spot interruption does to an instance, in EC2's words. The zero value is unknown.
type Behavior string

// What a Spot interruption may do (SpotInstanceRequest in the EC2 API reference).
const (
	BehaviorUnknown   Behavior = ""
	BehaviorTerminate Behavior = "terminate"
	BehaviorStop      Behavior = "stop"
	BehaviorHibernate Behavior = "hibernate"
)

// SpotRequest holds what the Spot request of an instance says.
type SpotRequest struct {
	// Interruption is the interruption that the request announces, which may be over: see [SpotRequest.InterruptionOf].
	Interruption Interruption
	Behavior     Behavior
}

// InterruptionOf returns what the request means for its instance, which is in the given state. An interruption is pending
// only while the instance runs: the request keeps its status code afterwards, even when the instance was started again.
func (r SpotRequest) InterruptionOf(state State) Interruption {
	switch {
	case r.Interruption != InterruptionPending, state == StateRunning:
		return r.Interruption
	case state == StateUnasked:
		return InterruptionUnknown
	}
	return InterruptionNone
}

// Scaling is an instance's lifecycle state in its Auto Scaling group, in Auto Scaling's words. The zero
// value is unknown.
type Scaling string

// The lifecycle states that matter by name. ScalingNone is ours: Auto Scaling does not know the instance.
const (
	ScalingUnknown   Scaling = ""
	ScalingNone      Scaling = "none"
	ScalingInService Scaling = "InService"
	ScalingStandby   Scaling = "Standby"
)

// Terminating reports whether the group is about to terminate the instance, or has terminated it.
func (s Scaling) Terminating() bool { return strings.HasPrefix(string(s), "Terminat") }

// Leaving reports whether the instance leaves its group, enters standby or a warm pool, or has its root volume replaced:
// the group does not count on it now ("Amazon EC2 Auto Scaling instance lifecycle" and "Replace root volumes during
// instance refresh" in its user guide). Such an instance can't be a standby.
func (s Scaling) Leaving() bool {
	return s.Terminating() || s == ScalingStandby || s == "EnteringStandby" ||
		s == "Detaching" || s == "Detached" || strings.HasPrefix(string(s), "Warmed:") ||
		strings.HasPrefix(string(s), "ReplacingRootVolume")
}

// DefaultPriority is the priority of an instance without a priority tag. Lower is preferred.
const DefaultPriority = 100

// Instance is an EC2 instance, with what matters for a failover.
type Instance struct {
	ID, Type, AZ, VPC string
	// Name is its Name tag as a message shows it; empty if it has none.
	Name  string
	State State
	// StateReason says why it is in its state. After a start that failed later than the call, it says why.
	StateReason StateReason
	// Confirmed reports whether two reads, some seconds apart, agree on whether the instance exists and runs.
	Confirmed bool
	// LaunchTime is the time of its last start; zero if EC2 does not show it.
	LaunchTime time.Time
	// Spot reports whether it is a Spot instance.
	Spot bool
	// Groups are the groups with a valid name that its tag lists.
	Groups []string
	// Priority ranks standbys: a lower one is preferred.
	Priority int
	// Start reports whether its start tag allows starting it when it is stopped.
	Start bool
	// VolumeKeys are the ARNs of the KMS keys that encrypt its volumes, sorted; empty until they are asked for, which only
	// an audit does.
	VolumeKeys []string
	// Card0 are the device indexes in use on network card 0, in ascending order. An attachment that is attaching or
	// detaching occupies its index, too.
	Card0 []int
	// Secondary are the ids of its other interfaces than the primary on network card 0, also of those that are attaching or detaching.
	Secondary []string
	// Attached counts its interfaces on all network cards.
	Attached int
	// PrimaryInterface is the id of its primary interface, to which Subnet and SourceDestCheck belong; empty and false for
	// a terminated instance.
	PrimaryInterface, Subnet string
	SourceDestCheck          bool
	// PrimaryAddress is the primary private address of the primary interface: IPv4, without one the first IPv6 address;
	// invalid if the instance has neither.
	PrimaryAddress netip.Addr
	// Health holds its status checks; unknown until they are asked for, and for an instance that does not run.
	Health Health
	// Interruption says whether a Spot interruption is pending, and OnInterruption what it does. Both are unknown for an
	// instance that is not a Spot instance.
	Interruption   Interruption
	OnInterruption Behavior
	// ScalingGroup is the Auto Scaling group that it is in by its tag; empty if it is in none. Scaling is its state there.
	ScalingGroup string
	Scaling      Scaling
	// TagFaults are its malformed tags.
	TagFaults []TagFault
}

// MemberOf reports whether the instance's group tag lists group.
func (i Instance) MemberOf(group string) bool { return slices.Contains(i.Groups, group) }

// Limits are the limits of an instance type, from DescribeInstanceTypes (NetworkInfo).
type Limits struct {
	// Interfaces limits the interfaces on all network cards together, Card0 those on network card 0.
	Interfaces, Card0 int
	// IPv4 and IPv6 limit the addresses of one interface. A prefix counts as one address.
	IPv4, IPv6 int
	// Nitro reports whether the type is built on the Nitro System, which prefixes need.
	Nitro bool
}
