package awssim

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// changeResourceRecordSets answers ChangeResourceRecordSets. A batch is a transaction: all its changes are made or
// none, and the refusal names every fault.
func changeResourceRecordSets(e *exchange, out *xmlWriter) *refusal {
	if refused := e.mayUseZone(e.req.batch.keys()); refused != nil {
		return refused
	}
	z, refused := e.ownZone()
	if refused != nil {
		return refused
	}
	if refused := e.req.batch.withinLimits(); refused != nil {
		return refused
	}
	records := slices.Clone(z.Records)
	var wrong []string
	for _, c := range e.req.batch.Changes {
		var problems []string
		records, problems = c.apply(records, z.Name)
		wrong = append(wrong, problems...)
	}
	if len(wrong) > 0 {
		return refuse("InvalidChangeBatch", "[%s]", strings.Join(wrong, ", "))
	}
	z.Records = records
	e.writeChange(out, e.recordBatch(), e.now)
	return nil
}

// withinLimits checks the limits of a batch: 1,000 record elements and 32,000 characters of values. An UPSERT counts
// twice (Route 53 guide, "Quotas").
func (b changeBatch) withinLimits() *refusal {
	if len(b.Changes) == 0 {
		return refuse("InvalidInput", "The change batch has no changes")
	}
	elements, characters := 0, 0
	for _, c := range b.Changes {
		times := 1
		if c.Action == "UPSERT" {
			times = 2
		}
		for _, v := range c.Set.Values {
			elements += times
			characters += times * len(v)
		}
	}
	if elements > 1000 || characters > 32000 {
		return refuse("InvalidChangeBatch",
			"Number of records limit of 1000 or of characters limit of 32000 exceeded: %d and %d", elements, characters)
	}
	return nil
}

// apply makes one change to a zone's records, or returns its faults.
func (c recordChange) apply(records []Record, zone string) ([]Record, []string) {
	r, problems := c.record(zone)
	if len(problems) > 0 {
		return records, problems
	}
	fault := func(verb, why string) ([]Record, []string) {
		return records, []string{fmt.Sprintf("Tried to %s resource record set [name='%s', type='%s'%s] but %s",
			verb, r.Name, r.Type, setIdentifierText(r), why)}
	}
	at := slices.IndexFunc(records, func(other Record) bool { return other.key() == r.key() })
	switch c.Action {
	case "DELETE":
		if at < 0 {
			return fault("delete", "it was not found")
		}
		if !r.same(records[at]) {
			return fault("delete", "the values provided do not match the current values")
		}
		return slices.Delete(slices.Clone(records), at, at+1), nil
	case "CREATE":
		if at >= 0 {
			return fault("create", "it already exists")
		}
	case "UPSERT":
		if at >= 0 {
			records = slices.Delete(slices.Clone(records), at, at+1)
		}
	}
	if why := r.conflict(records); why != "" {
		return fault("create", why)
	}
	return append(slices.Clone(records), r), nil
}

func setIdentifierText(r Record) string {
	if r.SetIdentifier == "" {
		return ""
	}
	return fmt.Sprintf(", set identifier='%s'", r.SetIdentifier)
}

// same reports whether a DELETE matches the record exactly: all values, in any order, and all other fields.
func (r Record) same(current Record) bool {
	equal := func(x, y *int64) bool { return (x == nil) == (y == nil) && (x == nil || *x == *y) }
	alias := func(x *Alias) Alias {
		if x == nil {
			return Alias{}
		}
		return *x
	}
	return slices.Equal(slices.Sorted(slices.Values(r.Values)), slices.Sorted(slices.Values(current.Values))) &&
		r.TTL == current.TTL && equal(r.Weight, current.Weight) && r.Failover == current.Failover &&
		r.Region == current.Region && r.MultiValue == current.MultiValue &&
		r.HealthCheckID == current.HealthCheckID && alias(r.Alias) == alias(current.Alias)
}

// conflict says why a record cannot coexist with the others: a simple record is the only one with its name and type,
// and a CNAME is the only record with its name (RFC 1034).
func (r Record) conflict(others []Record) string {
	for _, other := range others {
		if other.Name != r.Name {
			continue
		}
		switch {
		case (other.Type == "CNAME") != (r.Type == "CNAME"):
			return "it conflicts with other records with the same DNS name, of type " + other.Type
		case other.Type == r.Type && (other.SetIdentifier == "" || r.SetIdentifier == ""):
			return "other RRSets exist with the same name and type, with or without a set identifier"
		}
	}
	return ""
}

const missingValues = "missing field 'ResourceRecords'" // the name in a request

// problems returns what is wrong with a record by itself, in a zone of this name.
func (r Record) problems(zone string) (problems []string) {
	add := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	name, err := normalName(r.Name)
	if err != nil {
		add("%v", err)
	} else if !inZone(name, zone) {
		add("RRSet with DNS name %s is not permitted in zone %s", name, zone)
	}
	if r.Type == "" || r.Type != strings.ToUpper(r.Type) {
		add("invalid type '%s'", r.Type)
	}
	if policies := r.policies(); (r.SetIdentifier != "") != (policies == 1) {
		add("a set identifier comes with one of weight, failover, region, multivalue, and only with it: there are %d", policies)
	}
	switch {
	case r.Alias != nil && (len(r.Values) > 0 || r.TTL != 0):
		add("an alias has neither TTL nor values")
	case r.Alias == nil && len(r.Values) == 0:
		add(missingValues)
	case r.TTL < 0 || r.TTL > 2147483647:
		add("invalid TTL %d", r.TTL)
	}
	return append(problems, r.valueProblems()...)
}

func (r Record) policies() (n int) {
	for _, is := range []bool{r.Weight != nil, r.Failover != "", r.Region != "", r.MultiValue} {
		if is {
			n++
		}
	}
	return n
}

func (r Record) valueProblems() (problems []string) {
	seen := map[string]bool{}
	for _, v := range r.Values {
		if seen[v] {
			problems = append(problems, fmt.Sprintf("Duplicate Resource Record: '%s'", v))
		}
		seen[v] = true
		address, err := netip.ParseAddr(v)
		if r.Type == "A" && (err != nil || !address.Is4()) || r.Type == "AAAA" && (err != nil || !address.Is6()) {
			problems = append(problems, fmt.Sprintf("Invalid Resource Record: '%s' is not a valid address of type %s", v, r.Type))
		}
	}
	return problems
}
