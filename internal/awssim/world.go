package awssim

import "time"

// World is the simulated account as plain data, also in JSON (see [ParseWorld]). Each missing field gets a default in
// [New]: see the fields.
//
// A state that a World or an edit sets (an instance `stopping`, an attachment `detaching`) stays until an API call or
// another edit changes it. Only transitions that an API call started end by themselves. Consequences of a state follow
// at once: a `terminated` instance keeps no interface.
type World struct {
	Region  string `json:"region,omitempty"`  // default eu-west-1; all Availability Zones belong to it
	Account string `json:"account,omitempty"` // 12 digits, default 123456789012
	Timing  Timing `json:"timing"`            // the duration of each action; for the default see there
	// TokenBuckets throttles calls as AWS does: each action has a token bucket, which all callers share. Default false:
	// nothing is throttled.
	TokenBuckets bool `json:"tokenBuckets,omitempty"`

	Instances  []Instance  `json:"instances,omitempty"`  // the EC2 instances
	Interfaces []Interface `json:"interfaces,omitempty"` // the network interfaces; primary ones are needed only if a field of theirs matters
	Volumes    []Volume    `json:"volumes,omitempty"`    // the EBS volumes; needed only if their keys matter
	Zones      []Zone      `json:"zones,omitempty"`      // the private hosted zones
	// AutoScalingGroups lists groups whose tags matter to a policy. An instance can name a group that is not listed.
	AutoScalingGroups []AutoScalingGroup `json:"autoScalingGroups,omitempty"`
	InstanceTypes     []InstanceType     `json:"instanceTypes,omitempty"` // added to the built-in table; a built-in name overrides the built-in type

	// DisruptedAZs has Availability Zones with a service disruption. DescribeInstances then fails if it names no
	// instance, or one in such a zone, and works if it names only others (API reference of DescribeInstances).
	DisruptedAZs []string `json:"disruptedAZs,omitempty"`

	// Policies limits what callers may do. Without any, all callers may do everything.
	Policies []Policy `json:"policies,omitempty"`
}

// Instance is one EC2 instance. ID and AZ are required.
type Instance struct {
	ID     string `json:"id"`               // i- and 8 or 17 hexadecimal digits
	Type   string `json:"type,omitempty"`   // default t3.medium; one of the built-in table or of instanceTypes
	AZ     string `json:"az"`               // its Availability Zone, like eu-west-1a
	VPC    string `json:"vpc,omitempty"`    // default: that of its primary interface, else vpc-0d0d0d0d0d0d0d0d0
	Subnet string `json:"subnet,omitempty"` // default: that of its primary interface, else one per VPC and zone
	State  string `json:"state,omitempty"`  // pending, running (default), stopping, stopped, shutting-down, terminated
	// StateReason is the reason for its state. A running instance has none. Default: `pending` for a pending instance, and
	// a call by its user for all others.
	StateReason StateReason `json:"stateReason,omitzero"`

	Lifecycle string `json:"lifecycle,omitempty"` // spot, scheduled, capacity-block …; default On-Demand
	// SpotStatus is the status code of its Spot request, default `fulfilled` for a Spot instance. With `none` the
	// instance names a request that EC2 no longer knows.
	SpotStatus string `json:"spotStatus,omitempty"`
	// SpotBehavior is the effect of an interruption: terminate (default), stop or hibernate.
	SpotBehavior string `json:"spotBehavior,omitempty"`
	// SpotType is the type of its Spot request: one-time (default if an interruption terminates it) or persistent
	// (default, and required, if an interruption stops or hibernates it).
	SpotType string `json:"spotType,omitempty"`
	// SpotUnnamed reports whether a persistent request that is open again no longer names this instance, which may
	// still run. AWS does not document whether it does.
	SpotUnnamed bool `json:"spotUnnamed,omitempty"`

	LaunchTime time.Time         `json:"launchTime,omitzero"` // default: an hour before the simulation starts
	Tags       map[string]string `json:"tags,omitempty"`      // key to value

	SystemStatus   string `json:"systemStatus,omitempty"`   // ok (default), impaired, initializing, insufficient-data
	InstanceStatus string `json:"instanceStatus,omitempty"` // likewise
	// ApplicationStatus is the result of its application checks, which can be not-applicable, too; empty if it has
	// none.
	ApplicationStatus string    `json:"applicationStatus,omitempty"`
	ImpairedSince     time.Time `json:"impairedSince,omitzero"` // shown with every impaired status

	HungGuest  bool `json:"hungGuest,omitempty"`  // a detach from it while it runs stays `detaching` until it is forced
	HungAttach bool `json:"hungAttach,omitempty"` // an attach to it stays `attaching`
	// RefuseAttach is the error code of every attach to it, such as InternalError. UnauthorizedOperation refuses a
	// DryRun, too.
	RefuseAttach string `json:"refuseAttach,omitempty"`
	RefuseDetach string `json:"refuseDetach,omitempty"` // the same for every detach from it

	// RefuseStart is the error code of every start of it, such as InsufficientInstanceCapacity. UnauthorizedOperation refuses
	// a DryRun, too.
	RefuseStart string `json:"refuseStart,omitempty"`
	// FailStart is the code of the state reason with which a start of it ends in `stopped`, after the call was accepted:
	// Server.InsufficientInstanceCapacity, Server.InternalError, Client.InternalError (a key that the caller may not use) or
	// Client.VolumeLimitExceeded; default: it ends in `running`.
	FailStart string `json:"failStart,omitempty"`
	HungStart bool   `json:"hungStart,omitempty"` // a start of it stays `pending`

	AutoScalingGroup string `json:"autoScalingGroup,omitempty"` // the name of its Auto Scaling group; default none
	LifecycleState   string `json:"lifecycleState,omitempty"`   // in its group: InService (default), Terminating:Wait …
	// LifecycleHook is the name of the hook that a `…:Wait` state waits for; if it is missing, any hook completes the
	// wait.
	LifecycleHook  string `json:"lifecycleHook,omitempty"`
	LifecycleToken string `json:"lifecycleToken,omitempty"` // the token of the hook's action; if it is missing, any token completes the wait
}

// StateReason is the reason for the state of an instance, in EC2's words.
type StateReason struct {
	Code    string `json:"code"`              // like Client.UserInitiatedShutdown
	Message string `json:"message,omitempty"` // default: made from the code
}

// Volume is one EBS volume. It is attached to an instance, and deleted when the instance is terminated.
type Volume struct {
	ID        string `json:"id"`                  // vol- and 8 or 17 hexadecimal digits
	Instance  string `json:"instance"`            // the id of an instance
	Encrypted bool   `json:"encrypted,omitempty"` // whether it is encrypted; default false
	// KMSKeyID is the ARN of the key that encrypts it; default: the AWS managed key of EBS if it is encrypted.
	KMSKeyID string `json:"kmsKeyID,omitempty"`
}

// Interface is one network interface. Every instance gets a primary interface (device index 0 on network card 0),
// unless the list has one that is attached there.
type Interface struct {
	ID     string `json:"id"`               // eni- and 8 or 17 hexadecimal digits
	AZ     string `json:"az,omitempty"`     // default: that of the instance it is attached to; else required
	VPC    string `json:"vpc,omitempty"`    // likewise, else vpc-0d0d0d0d0d0d0d0d0
	Subnet string `json:"subnet,omitempty"` // default: one per VPC and zone
	MAC    string `json:"mac,omitempty"`    // default: derived from the id
	// Type is the interface type: default `interface`; efa, efa-only, trunk, branch, nat_gateway …
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"` // any text
	Owner       string `json:"owner,omitempty"`       // an account id; default: the world's account

	PrivateIPs      []PrivateIP       `json:"privateIPs,omitempty"`      // default: one address; the first is primary unless another one is marked
	IPv6            []string          `json:"ipv6,omitempty"`            // addresses
	IPv4Prefixes    []string          `json:"ipv4Prefixes,omitempty"`    // like 10.0.1.16/28
	IPv6Prefixes    []string          `json:"ipv6Prefixes,omitempty"`    // like 2001:db8:0:1:1::/80
	SecurityGroups  []string          `json:"securityGroups,omitempty"`  // ids; default none
	SourceDestCheck *bool             `json:"sourceDestCheck,omitempty"` // default true
	Tags            map[string]string `json:"tags,omitempty"`            // key to value

	RequesterManaged bool `json:"requesterManaged,omitempty"` // an AWS service created it, and only that service may move it
	OperatorManaged  bool `json:"operatorManaged,omitempty"`  // a service provider manages it

	Attachment *Attachment `json:"attachment,omitempty"` // default: unattached
}

// PrivateIP is one private IPv4 address of an interface, with its Elastic IP address if it has one.
type PrivateIP struct {
	Address       string `json:"address"`                 // IPv4; unique within the VPC
	Primary       bool   `json:"primary,omitempty"`       // the interface's primary address; there is one
	ElasticIP     string `json:"elasticIP,omitempty"`     // the Elastic IP address; default none
	AllocationID  string `json:"allocationID,omitempty"`  // of the Elastic IP address; default: derived from it
	AssociationID string `json:"associationID,omitempty"` // likewise
}

// Attachment connects an interface to a device index of an instance. Each attach creates a new one, with a new ID.
type Attachment struct {
	ID                  string    `json:"id,omitempty"`                  // eni-attach- and 8 or 17 hexadecimal digits; default: derived from the interface
	Instance            string    `json:"instance,omitempty"`            // the id of an instance; none if a service uses the interface: then instanceOwner is amazon-aws
	InstanceOwner       string    `json:"instanceOwner,omitempty"`       // an account id; default: the world's account; an instance of another account need not be listed
	Status              string    `json:"status,omitempty"`              // attached (default), attaching, detaching
	DeviceIndex         int       `json:"deviceIndex"`                   // from 0, which is the primary interface; each index has one interface
	NetworkCard         int       `json:"networkCard,omitempty"`         // from 0, which is the default; most types have only one
	AttachTime          time.Time `json:"attachTime,omitzero"`           // when the attach was requested; default: the instance's launch
	DeleteOnTermination bool      `json:"deleteOnTermination,omitempty"` // whether the interface is deleted with its instance
}

// AutoScalingGroup is one Auto Scaling group. Name is required.
type AutoScalingGroup struct {
	Name string            `json:"name"`           // any
	Tags map[string]string `json:"tags,omitempty"` // key to value
}

// InstanceType is what DescribeInstanceTypes says about a type's network interfaces.
type InstanceType struct {
	Name              string `json:"name"`                 // like m5.large
	Hypervisor        string `json:"hypervisor,omitempty"` // nitro (default) or xen
	MaximumInterfaces int    `json:"maximumInterfaces"`    // on all network cards together
	// CardInterfaces has the limit of each network card, in order; default: one card with MaximumInterfaces.
	CardInterfaces   []int `json:"cardInterfaces,omitempty"`
	IPv4PerInterface int   `json:"ipv4PerInterface"` // addresses; a prefix counts as one
	IPv6PerInterface int   `json:"ipv6PerInterface"` // likewise
}
