package awssim

import "time"

// World is the simulated account as plain data. It can be written as JSON (see [ParseWorld]). Whatever
// is left out gets a default when a Sim is made from it: see the fields.
//
// A state that a World or an edit sets (an instance `stopping`, an attachment `detaching`) stays until
// an API call or another edit changes it; only what the API has set in motion moves on by itself. What
// follows from a state follows at once: an instance that is `terminated` keeps no interface.
type World struct {
	Region  string `json:"region,omitempty"`  // default eu-west-1; all Availability Zones are its
	Account string `json:"account,omitempty"` // 12 digits, default 123456789012
	Timing  Timing `json:"timing"`            // how long things take; default: see there
	// TokenBuckets throttles calls as AWS does: each action has a bucket of tokens, for all callers
	// together. Default false: nothing is throttled.
	TokenBuckets bool `json:"tokenBuckets,omitempty"`

	Instances  []Instance  `json:"instances,omitempty"`  // the EC2 instances
	Interfaces []Interface `json:"interfaces,omitempty"` // the network interfaces; primary ones only if they matter
	Zones      []Zone      `json:"zones,omitempty"`      // the private hosted zones
	// AutoScalingGroups need to be listed only for their tags, which policies can be about: an instance
	// names its group by itself.
	AutoScalingGroups []AutoScalingGroup `json:"autoScalingGroups,omitempty"`
	InstanceTypes     []InstanceType     `json:"instanceTypes,omitempty"` // added to the built-in table, or overriding it

	// DisruptedAZs are Availability Zones with a service disruption: DescribeInstances fails when it
	// names no instance, or one that is in such a zone (the API's own documentation of
	// DescribeInstances says so), and works when it names only others.
	DisruptedAZs []string `json:"disruptedAZs,omitempty"`

	// Policies limit what callers may do. Without any, everybody may do everything.
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

	Lifecycle string `json:"lifecycle,omitempty"` // spot, scheduled, capacity-block …; default On-Demand
	// SpotStatus is the status code of its Spot request: default `fulfilled` for a Spot instance;
	// `none`: the instance names a request that EC2 does not know any more.
	SpotStatus string `json:"spotStatus,omitempty"`
	// SpotBehavior is what an interruption does: terminate (default), stop or hibernate.
	SpotBehavior string `json:"spotBehavior,omitempty"`
	// SpotType is the type of its Spot request: one-time (default, if an interruption terminates it) or
	// persistent (default, and needed, if one stops or hibernates it).
	SpotType string `json:"spotType,omitempty"`
	// SpotUnnamed is whether a persistent request that is open again no longer names this instance, which may
	// still run. AWS does not say whether it does.
	SpotUnnamed bool `json:"spotUnnamed,omitempty"`

	LaunchTime time.Time         `json:"launchTime,omitzero"` // default: an hour before the simulation starts
	Tags       map[string]string `json:"tags,omitempty"`      // key to value

	SystemStatus   string `json:"systemStatus,omitempty"`   // ok (default), impaired, initializing, insufficient-data
	InstanceStatus string `json:"instanceStatus,omitempty"` // likewise
	// ApplicationStatus is the result of its application checks; "" is: it has none. It may be not-applicable, too.
	ApplicationStatus string    `json:"applicationStatus,omitempty"`
	ImpairedSince     time.Time `json:"impairedSince,omitzero"` // shown with every status that is impaired

	HungGuest  bool `json:"hungGuest,omitempty"`  // a detach from it, while it runs, stays `detaching` until it is forced
	HungAttach bool `json:"hungAttach,omitempty"` // an attach to it stays `attaching`
	// RefuseAttach is the error code that every attach to it gets, such as InternalError. UnauthorizedOperation
	// refuses a DryRun, too.
	RefuseAttach string `json:"refuseAttach,omitempty"`
	RefuseDetach string `json:"refuseDetach,omitempty"` // the same for every detach from it

	AutoScalingGroup string `json:"autoScalingGroup,omitempty"` // the name of its Auto Scaling group; default none
	LifecycleState   string `json:"lifecycleState,omitempty"`   // in its group: InService (default), Terminating:Wait …
	// LifecycleHook is the name of the hook that a `…:Wait` state waits for; left out, any hook completes it.
	LifecycleHook  string `json:"lifecycleHook,omitempty"`
	LifecycleToken string `json:"lifecycleToken,omitempty"` // that of the hook's action; left out, any token does
}

// Interface is one network interface. Every instance gets a primary interface (device index 0 on
// network card 0) by itself, unless one is listed that is attached there.
type Interface struct {
	ID     string `json:"id"`               // eni- and 8 or 17 hexadecimal digits
	AZ     string `json:"az,omitempty"`     // default: that of the instance it is attached to; else required
	VPC    string `json:"vpc,omitempty"`    // likewise, else vpc-0d0d0d0d0d0d0d0d0
	Subnet string `json:"subnet,omitempty"` // default: one per VPC and zone
	MAC    string `json:"mac,omitempty"`    // default: one made from the id
	// Type is the interface type: default `interface`; efa, efa-only, trunk, branch, nat_gateway …
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"` // any text
	Owner       string `json:"owner,omitempty"`       // account, default the world's

	PrivateIPs      []PrivateIP       `json:"privateIPs,omitempty"`      // the first is primary unless one says so; default: one address
	IPv6            []string          `json:"ipv6,omitempty"`            // addresses
	IPv4Prefixes    []string          `json:"ipv4Prefixes,omitempty"`    // like 10.0.1.16/28
	IPv6Prefixes    []string          `json:"ipv6Prefixes,omitempty"`    // like 2001:db8:0:1:1::/80
	SecurityGroups  []string          `json:"securityGroups,omitempty"`  // ids; default none
	SourceDestCheck *bool             `json:"sourceDestCheck,omitempty"` // default true
	Tags            map[string]string `json:"tags,omitempty"`            // key to value

	RequesterManaged bool `json:"requesterManaged,omitempty"` // an AWS service made it, and nobody else may move it
	OperatorManaged  bool `json:"operatorManaged,omitempty"`  // a service provider manages it

	Attachment *Attachment `json:"attachment,omitempty"` // default: it is attached to no instance
}

// PrivateIP is one private IPv4 address of an interface, with the Elastic IP address that is
// associated with it, if any.
type PrivateIP struct {
	Address       string `json:"address"`                 // IPv4; no other interface of the VPC has it
	Primary       bool   `json:"primary,omitempty"`       // the interface's primary address; one is
	ElasticIP     string `json:"elasticIP,omitempty"`     // the Elastic IP address; default none
	AllocationID  string `json:"allocationID,omitempty"`  // of the Elastic IP address; default: one made from it
	AssociationID string `json:"associationID,omitempty"` // likewise
}

// Attachment ties an interface to a device index of an instance. Each attach makes a new one, with a
// new ID.
type Attachment struct {
	ID                  string    `json:"id,omitempty"`                  // eni-attach- and 8 or 17 hexadecimal digits; default: one made from the interface
	Instance            string    `json:"instance"`                      // the id of one in instances
	InstanceOwner       string    `json:"instanceOwner,omitempty"`       // account, default the world's; the instance of another account need not be listed
	Status              string    `json:"status,omitempty"`              // attached (default), attaching, detaching
	DeviceIndex         int       `json:"deviceIndex"`                   // from 0, which is the primary interface's; one interface on each
	NetworkCard         int       `json:"networkCard,omitempty"`         // from 0, the default; most types have that one only
	AttachTime          time.Time `json:"attachTime,omitzero"`           // when it was asked for; default: the instance's launch
	DeleteOnTermination bool      `json:"deleteOnTermination,omitempty"` // whether it is deleted with its instance
}

// AutoScalingGroup is one Auto Scaling group. Name is required.
type AutoScalingGroup struct {
	Name string            `json:"name"`           // any
	Tags map[string]string `json:"tags,omitempty"` // key to value
}

// InstanceType is what DescribeInstanceTypes says about a type, as far as network interfaces go.
type InstanceType struct {
	Name              string `json:"name"`                 // like m5.large
	Hypervisor        string `json:"hypervisor,omitempty"` // nitro (default) or xen
	MaximumInterfaces int    `json:"maximumInterfaces"`    // on all network cards together
	// CardInterfaces is the limit of each network card, in order; default: one card that takes all.
	CardInterfaces   []int `json:"cardInterfaces,omitempty"`
	IPv4PerInterface int   `json:"ipv4PerInterface"` // addresses; a prefix counts as one
	IPv6PerInterface int   `json:"ipv6PerInterface"` // likewise
}
