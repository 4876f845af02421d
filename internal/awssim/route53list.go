package awssim

import (
	"slices"
	"strconv"
	"strings"
)

// recordKey identifies a record set within a zone.
type recordKey struct{ name, kind, set string }

func (r Record) key() recordKey { return recordKey{r.Name, r.Type, r.SetIdentifier} }

// compare orders record sets as Route 53 lists them: by the name's labels in reverse order, then by type, then by set
// identifier.
func (k recordKey) compare(other recordKey) int {
	if d := strings.Compare(sortKey(k.name), sortKey(other.name)); d != 0 {
		return d
	}
	if d := strings.Compare(k.kind, other.kind); d != 0 {
		return d
	}
	return strings.Compare(k.set, other.set)
}

// listResourceRecordSets answers ListResourceRecordSets. The list begins with the first record set at or after the
// start, which need not exist. It shows changes at once, pending or not.
func listResourceRecordSets(e *exchange, out *xmlWriter) *refusal {
	if refused := e.mayUseZone(nil); refused != nil {
		return refused
	}
	z, refused := e.ownZone()
	if refused != nil {
		return refused
	}
	start, refused := e.startRecord()
	if refused != nil {
		return refused
	}
	size, refused := e.maxItems(300)
	if refused != nil {
		return refused
	}
	var records []Record
	for _, r := range z.Records {
		if start == (recordKey{}) || r.key().compare(start) >= 0 {
			records = append(records, r)
		}
	}
	slices.SortFunc(records, func(x, y Record) int { return x.key().compare(y.key()) })
	out.in("ResourceRecordSets", func() {
		for _, r := range records[:min(size, len(records))] {
			out.in("ResourceRecordSet", func() { r.write(out) })
		}
	})
	out.num("MaxItems", size)
	out.flag("IsTruncated", len(records) > size)
	if len(records) > size {
		next := records[size]
		out.text("NextRecordName", next.Name)
		out.text("NextRecordType", next.Type)
		out.opt("NextRecordIdentifier", next.SetIdentifier)
	}
	return nil
}

// startRecord returns the start of the list.
func (e *exchange) startRecord() (recordKey, *refusal) {
	start := recordKey{e.req.params.Get("name"), e.req.params.Get("type"), e.req.params.Get("identifier")}
	switch {
	case start == (recordKey{}):
		return start, nil
	case start.name == "":
		return start, refuse("InvalidInput", "Type or identifier specified without a name")
	case start.set != "" && start.kind == "":
		return start, refuse("InvalidInput", "Identifier specified without a type")
	}
	name, err := normalName(start.name)
	if err != nil {
		return start, refuse("InvalidInput", "Invalid start record name: %v", err)
	}
	start.name = name
	return start, nil
}

func (r Record) write(x *xmlWriter) {
	x.text("Name", r.Name)
	x.text("Type", r.Type)
	x.opt("SetIdentifier", r.SetIdentifier)
	if r.Weight != nil {
		x.text("Weight", strconv.FormatInt(*r.Weight, 10))
	}
	x.opt("Region", r.Region)
	x.opt("Failover", r.Failover)
	if r.MultiValue {
		x.flag("MultiValueAnswer", true)
	}
	if r.Alias != nil {
		x.in("AliasTarget", func() {
			x.text("HostedZoneId", r.Alias.Zone)
			x.text("DNSName", r.Alias.Name)
			x.flag("EvaluateTargetHealth", r.Alias.EvaluateTargetHealth)
		})
	} else {
		x.text("TTL", strconv.FormatInt(r.TTL, 10))
		x.in("ResourceRecords", func() {
			for _, v := range r.Values {
				x.in("ResourceRecord", func() { x.text("Value", v) })
			}
		})
	}
	x.opt("HealthCheckId", r.HealthCheckID)
}
