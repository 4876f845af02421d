package awssim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// changeBatch is the body of ChangeResourceRecordSets.
type changeBatch struct {
	Changes []recordChange `xml:"ChangeBatch>Changes>Change"`
}

// recordChange is one change of a batch.
type recordChange struct {
	Action string  `xml:"Action"` // CREATE, DELETE, UPSERT
	Set    wireSet `xml:"ResourceRecordSet"`
}

// wireSet is a resource record set in a request.
type wireSet struct {
	Name             string
	Type             string
	SetIdentifier    string
	Weight           *int64
	Region           string
	Failover         string
	MultiValueAnswer bool
	TTL              *int64
	Values           []string `xml:"ResourceRecords>ResourceRecord>Value"`
	AliasTarget      *wireAlias
	HealthCheckID    string    `xml:"HealthCheckId"`
	GeoLocation      *struct{} // not supported by the simulator
	CidrRouting      *struct{} `xml:"CidrRoutingConfig"`
	GeoProximity     *struct{} `xml:"GeoProximityLocation"`
}

type wireAlias struct {
	HostedZoneID         string `xml:"HostedZoneId"`
	DNSName              string
	EvaluateTargetHealth bool
}

// record returns the record of a change in normal form, with its faults.
func (c recordChange) record(zone string) (Record, []string) {
	r := Record{
		Name: c.Set.Name, Type: c.Set.Type, SetIdentifier: c.Set.SetIdentifier, Weight: c.Set.Weight,
		Region: c.Set.Region, Failover: c.Set.Failover, MultiValue: c.Set.MultiValueAnswer,
		Values: c.Set.Values, HealthCheckID: c.Set.HealthCheckID,
	}
	if c.Set.TTL != nil {
		r.TTL = *c.Set.TTL
	}
	if a := c.Set.AliasTarget; a != nil {
		r.Alias = &Alias{Zone: a.HostedZoneID, Name: a.DNSName, EvaluateTargetHealth: a.EvaluateTargetHealth}
	}
	problems := r.problems(zone)
	if c.Set.AliasTarget == nil && c.Set.TTL == nil {
		problems = append(problems, "missing field 'TTL'")
	}
	if c.Set.GeoLocation != nil || c.Set.CidrRouting != nil || c.Set.GeoProximity != nil {
		problems = append(problems, "this routing policy is not simulated")
	}
	if !slices.Contains([]string{"CREATE", "DELETE", "UPSERT"}, c.Action) {
		problems = append(problems, fmt.Sprintf("invalid action '%s'", c.Action))
	}
	if name, err := normalName(r.Name); err == nil { // an invalid name is among the faults
		r.Name = name
	}
	return r, problems
}

// keys returns the condition keys of a batch. Names are in normal form without the trailing dot (Route 53 guide, "Using
// IAM policy conditions for fine-grained access control").
func (b changeBatch) keys() map[string][]string {
	keys := map[string][]string{}
	add := func(name, value string) {
		if key := iam.Key("route53:ChangeResourceRecordSets" + name); !slices.Contains(keys[key], value) {
			keys[key] = append(keys[key], value)
		}
	}
	for _, c := range b.Changes {
		name, err := normalName(c.Set.Name)
		if err != nil {
			name = c.Set.Name // the batch is refused as invalid after the permission check
		}
		add("NormalizedRecordNames", strings.TrimSuffix(name, "."))
		add("RecordTypes", strings.ToUpper(c.Set.Type))
		add("Actions", strings.ToUpper(c.Action))
	}
	return keys
}

// summary returns the change in one line, for the wire log.
func (c recordChange) summary() string {
	return strings.Join(append([]string{c.Action, c.Set.Name, c.Set.Type}, c.Set.Values...), " ")
}
