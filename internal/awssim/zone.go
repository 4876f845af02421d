package awssim

// Zone is one private hosted zone. ID and Name are required. The SOA and NS records that Route 53
// keeps at the apex of every zone are there by themselves.
type Zone struct {
	ID   string   `json:"id"`             // begins with Z
	Name string   `json:"name"`           // like corp.internal
	VPCs []string `json:"vpcs,omitempty"` // the VPCs it is associated with, in the world's region
	// Owner is the account that owns it, default the world's. Another account's zone is listed for the VPC,
	// but cannot be read: AccessDenied.
	Owner string `json:"owner,omitempty"`
	// OwningService names an AWS service that owns the zone instead (efs.amazonaws.com).
	OwningService string   `json:"owningService,omitempty"`
	Records       []Record `json:"records,omitempty"` // without SOA and NS
}

// Record is one resource record set. Names are kept as Route 53 returns them: lower case, with the
// trailing dot, unusual characters as \ooo.
type Record struct {
	Name   string   `json:"name"`             // like db.corp.internal, in the zone
	Type   string   `json:"type"`             // A, AAAA, CNAME …
	TTL    int64    `json:"ttl,omitempty"`    // seconds; an alias has none
	Values []string `json:"values,omitempty"` // like 10.0.1.10; required, unless it is an alias

	// SetIdentifier tells apart the records of a routing policy, and one of the policy's own fields
	// comes with it. A simple record has none of these.
	SetIdentifier string `json:"setIdentifier,omitempty"`
	Weight        *int64 `json:"weight,omitempty"`     // weighted routing
	Failover      string `json:"failover,omitempty"`   // PRIMARY or SECONDARY
	Region        string `json:"region,omitempty"`     // latency routing
	MultiValue    bool   `json:"multiValue,omitempty"` // multivalue answer routing

	HealthCheckID string `json:"healthCheckID,omitempty"` // any
	Alias         *Alias `json:"alias,omitempty"`         // in place of values
}

// Alias is the target of an alias record.
type Alias struct {
	Zone                 string `json:"zone"`                           // the id of the zone that the target is in
	Name                 string `json:"name"`                           // of the target
	EvaluateTargetHealth bool   `json:"evaluateTargetHealth,omitempty"` // whether the target's health counts
}
