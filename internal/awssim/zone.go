package awssim

// Zone is one private hosted zone. ID and Name are required. The SOA and NS records that Route 53
// keeps at the apex of every zone are there by themselves.
type Zone struct {
	ID   string   `json:"id"`
	Name string   `json:"name"`
	VPCs []string `json:"vpcs,omitempty"` // the VPCs it is associated with, in the world's region
	// Owner is the account that owns it, default ours. Another account's zone is listed for the VPC,
	// but cannot be read: AccessDenied.
	Owner string `json:"owner,omitempty"`
	// OwningService names an AWS service that owns the zone instead (efs.amazonaws.com).
	OwningService string   `json:"owningService,omitempty"`
	Records       []Record `json:"records,omitempty"`
}

// Record is one resource record set. Names are kept as Route 53 returns them: lower case, with the
// trailing dot, unusual characters as \ooo.
type Record struct {
	Name   string   `json:"name"`
	Type   string   `json:"type"`
	TTL    int64    `json:"ttl,omitempty"` // seconds; an alias has none
	Values []string `json:"values,omitempty"`

	// SetIdentifier tells apart the records of a routing policy, and one of the policy's own fields
	// comes with it. A simple record has none of these.
	SetIdentifier string `json:"setIdentifier,omitempty"`
	Weight        *int64 `json:"weight,omitempty"`
	Failover      string `json:"failover,omitempty"` // PRIMARY or SECONDARY
	Region        string `json:"region,omitempty"`   // latency routing
	MultiValue    bool   `json:"multiValue,omitempty"`

	HealthCheckID string `json:"healthCheckID,omitempty"`
	Alias         *Alias `json:"alias,omitempty"`
}

// Alias is the target of an alias record.
type Alias struct {
	Zone                 string `json:"zone"`
	Name                 string `json:"name"`
	EvaluateTargetHealth bool   `json:"evaluateTargetHealth,omitempty"`
}
