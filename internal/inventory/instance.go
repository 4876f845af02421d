package inventory

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// State is an instance's state, in EC2's words.
type State string

// The states of an instance. The first three are ours: the state could not be asked; EC2 has answered once,
// by id, and did not show the instance; and it did so twice, some seconds apart.
const (
	StateUnasked      State = ""
	StateUnseen       State = "unseen"
	StateMissing      State = "missing"
	StatePending      State = "pending"
	StateRunning      State = "running"
	StateStopping     State = "stopping"
	StateStopped      State = "stopped"
	StateShuttingDown State = "shutting-down"
	StateTerminated   State = "terminated"
)

// Leaving reports whether an instance in this state is going away or gone: it serves no more, or not
// for long. An instance that two looks do not show counts as gone. One that one look does not show is
// unknown: what a Describe call shows may be older than what is ("Eventual consistency in the Amazon EC2
// API").
func (s State) Leaving() bool {
	switch s {
	case StateStopping, StateStopped, StateShuttingDown, StateTerminated, StateMissing:
		return true
	case StateUnasked, StateUnseen, StatePending, StateRunning:
		return false
	}
	return false
}

// Shown reports whether EC2 has shown the instance, so that its tags are known.
func (s State) Shown() bool { return s != StateUnasked && s != StateUnseen && s != StateMissing }

// lost reports whether a look says so much against an instance that another look has to confirm it.
func (s State) lost() bool { return s.Leaving() || s == StateUnseen }

// Ending reports whether an instance in this state never comes back.
func (s State) Ending() bool {
	return s == StateShuttingDown || s == StateTerminated || s == StateMissing
}

// Check is the result of one of EC2's two status checks, or of both together. The zero value is
// unknown: it was not or could not be asked.
type Check string

// The results of a status check (SummaryStatus in EC2's API).
const (
	CheckUnknown      Check = ""
	CheckOK           Check = "ok"
	CheckImpaired     Check = "impaired"
	CheckInitializing Check = "initializing"
	CheckInsufficient Check = "insufficient-data"
)

// Health is what EC2's status checks say of a running instance.
type Health struct {
	// System and Instance are the two that every instance has; EBS is that of its volumes, unknown on
	// types that have none.
	System, Instance, EBS Check
	// Application is that of the application checks that are associated with it; unknown if none are. It does not
	// make the instance impaired: a standby whose service starts when it gets the interface fails it, too.
	Application Check
	// ImpairedSince is when the first impaired check but Application began to fail; zero if none does or EC2 does not say.
	ImpairedSince time.Time
}

// Impaired reports whether a check of the instance fails.
func (h Health) Impaired() bool {
	return h.System == CheckImpaired || h.Instance == CheckImpaired || h.EBS == CheckImpaired
}

// Interruption says whether Spot is about to take an instance away.
type Interruption string

// What is known of a pending Spot interruption. The zero value is unknown.
const (
	InterruptionUnknown Interruption = ""
	InterruptionNone    Interruption = "none"
	InterruptionPending Interruption = "pending"
)

// Behavior is what a Spot interruption does to an instance, in EC2's words. The zero value is unknown.
type Behavior string

// What a Spot interruption may do (SpotInstanceRequest in the EC2 API reference).
const (
	BehaviorUnknown   Behavior = ""
	BehaviorTerminate Behavior = "terminate"
	BehaviorStop      Behavior = "stop"
	BehaviorHibernate Behavior = "hibernate"
)

// SpotRequest is what the Spot request of an instance says.
type SpotRequest struct {
	// Interruption is what the request announces, which its instance may have behind it: see InterruptionOf.
	Interruption Interruption
	Behavior     Behavior
}

// InterruptionOf returns what the request means for its instance, which is in the given state. An interruption
// is pending only while the instance runs: the status code of the request stays what it was afterwards, and may
// still do so when the instance has been started again.
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

// Terminating reports whether the group is about to terminate the instance, or did.
func (s Scaling) Terminating() bool { return strings.HasPrefix(string(s), "Terminat") }

// Leaving reports whether the instance leaves its group, enters standby or a warm pool, or has its root volume
// replaced: the group does not count on it now ("Amazon EC2 Auto Scaling instance lifecycle" and "Replace root
// volumes during instance refresh" in its user guide). Such an instance is no standby.
func (s Scaling) Leaving() bool {
	return s.Terminating() || s == ScalingStandby || s == "EnteringStandby" ||
		s == "Detaching" || s == "Detached" || strings.HasPrefix(string(s), "Warmed:") ||
		strings.HasPrefix(string(s), "ReplacingRootVolume")
}

// DefaultPriority is the priority of an instance without a priority tag. Lower is preferred.
const DefaultPriority = 100

// Instance is an EC2 instance as far as a failover cares.
type Instance struct {
	ID, Type, AZ, VPC string
	// Name is its Name tag as a message shows it, empty if it has none.
	Name  string
	State State
	// Confirmed is whether two looks, some seconds apart, agree on whether the instance is there and runs.
	Confirmed  bool
	LaunchTime time.Time
	// Spot is whether its lifecycle is spot.
	Spot bool
	// Groups are the groups that its tag lists, those with a valid name only.
	Groups []string
	// Priority ranks standbys, lower first.
	Priority int
	// Card0 are the device indexes in use on network card 0, in ascending order. An attachment that is
	// attaching or detaching occupies its index, too.
	Card0 []int
	// Attached counts its interfaces on all network cards.
	Attached int
	// PrimaryInterface is the id of its primary interface, Subnet and SourceDestCheck are that interface's; empty and
	// false for a terminated instance.
	PrimaryInterface, Subnet string
	SourceDestCheck          bool
	// PrimaryAddress is the primary private address of the primary interface: IPv4, without one the first IPv6 address;
	// invalid if the instance has neither.
	PrimaryAddress netip.Addr
	// Health is what the status checks say; unknown until asked, and for an instance that is not running.
	Health Health
	// Interruption and OnInterruption are known for a Spot instance only.
	Interruption   Interruption
	OnInterruption Behavior
	// ScalingGroup is the Auto Scaling group that it is in, empty if none; Scaling its state there.
	ScalingGroup string
	Scaling      Scaling
	// TagFaults are its malformed tags.
	TagFaults []TagFault
}

// MemberOf reports whether the instance's group tag lists group.
func (i Instance) MemberOf(group string) bool { return slices.Contains(i.Groups, group) }

// Limits are what an instance type allows, from DescribeInstanceTypes (NetworkInfo).
type Limits struct {
	// Interfaces is the most on all network cards together; Card0 the most on network card 0.
	Interfaces, Card0 int
	// IPv4 and IPv6 are the most addresses of one interface; a prefix counts as one address.
	IPv4, IPv6 int
	// Nitro is whether the type is built on the Nitro System, which prefixes need.
	Nitro bool
}
