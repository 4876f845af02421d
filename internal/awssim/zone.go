package awssim

// Zone is one private hosted zone. ID and Name are required. Every zone has the SOA and NS records that Route 53 keeps
// at its apex.
type Zone struct {
	ID   string   `json:"id"`             // begins with Z
	Name string   `json:"name"`           // like corp.internal
	VPCs []string `json:"vpcs,omitempty"` // the VPCs that use it, in the world's region
	// Owner is the account that owns the zone; default: the world's account. Another account's zone is listed for the
	// VPC, but cannot be read: AccessDenied.
	Owner string `json:"owner,omitempty"`
	// OwningService is the AWS service that owns the zone instead (efs.amazonaws.com).
	OwningService string   `json:"owningService,omitempty"`
	Records       []Record `json:"records,omitempty"` // without SOA and NS
}

// Record is one resource record set. Names are kept in Route 53's form: lower case, with the trailing dot, unusual
// characters as \ooo.
type Record struct {
	Name   string   `json:"name"`             // like db.corp.internal, in the zone
	Type   string   `json:"type"`             // A, AAAA, CNAME …
	TTL    int64    `json:"ttl,omitempty"`    // seconds; an alias has none
	Values []string `json:"values,omitempty"` // like 10.0.1.10; required, unless it is an alias

	// SetIdentifier distinguishes the records of a routing policy, and requires one of the policy's own fields. A
	// simple record has none of these.
	SetIdentifier string `json:"setIdentifier,omitempty"`
	Weight        *int64 `json:"weight,omitempty"`     // weighted routing
	Failover      string `json:"failover,omitempty"`   // PRIMARY or SECONDARY
	Region        string `json:"region,omitempty"`     // latency routing
	MultiValue    bool   `json:"multiValue,omitempty"` // multivalue answer routing

	HealthCheckID string `json:"healthCheckID,omitempty"` // any
	Alias         *Alias `json:"alias,omitempty"`         // instead of values
}

// Alias is the target of an alias record.
type Alias struct {
	Zone                 string `json:"zone"`                           // the id of the target's zone
	Name                 string `json:"name"`                           // the target's name
	EvaluateTargetHealth bool   `json:"evaluateTargetHealth,omitempty"` // whether the target's health counts
}
