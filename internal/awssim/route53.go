package awssim

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim/iam"
)

// route53Operations returns the actions of decodeRoute53.
func route53Operations() []string {
	return []string{"ListHostedZonesByVPC", "ListResourceRecordSets", "ChangeResourceRecordSets", "GetChange"}
}

// decodeRoute53 reads a REST request. path follows the API version.
func decodeRoute53(method, path string, query url.Values, body []byte) *request {
	req := &request{service: serviceRoute53, protocol: protocolQuery, params: url.Values{"path": {path}}}
	maps.Copy(req.params, query)
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	route := method + " " + parts[0]
	if len(parts) == 3 {
		route += " " + parts[2]
	}
	switch {
	case route == "GET hostedzonesbyvpc" && len(parts) == 1:
		req.action, req.operation = "ListHostedZonesByVPC", operation{run: listHostedZonesByVPC}
	case route == "GET hostedzone rrset":
		req.action, req.operation = "ListResourceRecordSets", operation{run: listResourceRecordSets}
		req.zone = parts[1]
	case route == "POST hostedzone rrset":
		req.action, req.operation = "ChangeResourceRecordSets", operation{run: changeResourceRecordSets, mutating: true}
		req.zone = parts[1]
		if err := xml.Unmarshal(body, &req.batch); err != nil {
			req.operation.run = refusing(refuse("MalformedInput", "The request's body is not valid: %v", err)).run
		}
		for _, c := range req.batch.Changes {
			req.params.Add("change", c.summary())
		}
	case route == "GET change" && len(parts) == 2:
		req.action, req.operation = "GetChange", operation{run: getChange}
		req.change = parts[1]
	default:
		req.action = method + " " + path
		req.operation = refusing(notSimulated(serviceRoute53, req.action))
	}
	return req
}

// listHostedZonesByVPC answers ListHostedZonesByVPC. It also lists zones of other accounts and of AWS services, which
// usually cannot be read.
func listHostedZonesByVPC(e *exchange, out *xmlWriter) *refusal {
	vpc, refused := e.required("vpcid")
	if refused != nil {
		return refuse("InvalidInput", "vpcid is required")
	}
	size, refused := e.maxItems(100)
	if refused != nil {
		return refused
	}
	if refused := e.mayListZones(vpc); refused != nil {
		return refused
	}
	token := e.req.params.Get("nexttoken")
	zones := e.zonesOf(vpc, token)
	if token != "" && (len(zones) == 0 || zones[0].ID != token) {
		return refuse("InvalidPaginationToken", "The pagination token is not valid")
	}
	out.in("HostedZoneSummaries", func() {
		for _, z := range zones[:min(size, len(zones))] {
			out.in("HostedZoneSummary", func() { writeZone(out, z) })
		}
	})
	out.num("MaxItems", size)
	if len(zones) > size {
		out.text("NextToken", zones[size].ID)
	}
	return nil
}

// zonesOf returns the zones of a VPC in the order of ids, starting with an id.
func (e *exchange) zonesOf(vpc, from string) (zones []Zone) {
	if e.req.params.Get("vpcregion") != e.acc.Region {
		return nil
	}
	for _, z := range e.acc.Zones {
		if slices.Contains(z.VPCs, vpc) && z.ID >= from {
			zones = append(zones, z)
		}
	}
	slices.SortFunc(zones, func(x, y Zone) int { return strings.Compare(x.ID, y.ID) })
	return zones
}

func writeZone(x *xmlWriter, z Zone) {
	x.text("HostedZoneId", z.ID) // without the prefix /hostedzone/ of other actions
	x.text("Name", z.Name)
	x.in("Owner", func() {
		if z.OwningService != "" {
			x.text("OwningService", z.OwningService)
		} else {
			x.text("OwningAccount", z.Owner)
		}
	})
}

// maxItems returns the page size, reduced to the largest allowed.
func (e *exchange) maxItems(largest int) (int, *refusal) {
	text := e.req.params.Get("maxitems")
	if text == "" {
		return largest, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, refuse("InvalidInput", "maxitems %s: want a positive number", text)
	}
	return min(n, largest), nil
}

// route53Region is the region of Route 53's calls: the service is global and has one endpoint.
const route53Region = "us-east-1"

// mayListZones refuses a caller that may not list a VPC's zones, or may not describe VPCs (Service Authorization
// Reference, Route 53: dependent action ec2:DescribeVpcs).
func (e *exchange) mayListZones(vpc string) *refusal {
	keys := map[string][]string{
		// Route 53 guide, "Using IAM policy conditions for fine-grained access control".
		iam.Key("route53:VPCs"): {"VPCId=" + vpc + ",VPCRegion=" + e.req.params.Get("vpcregion")},
	}
	if refused := e.accessDenied("route53:ListHostedZonesByVPC", route53Region, anyResource(), keys); refused != nil {
		return refused
	}
	inRegion := map[string][]string{iam.Key("ec2:Region"): {e.acc.Region}}
	return e.accessDenied("ec2:DescribeVpcs", e.acc.Region, anyResource(), inRegion)
}

// mayUseZone refuses a caller that may not use the zone in the path, whether it exists or not.
func (e *exchange) mayUseZone(keys map[string][]string) *refusal {
	on := []resource{{arn: "arn:aws:route53:::hostedzone/" + e.req.zone}}
	return e.accessDenied("route53:"+e.req.action, route53Region, on, keys)
}

// ownZone returns the zone in the path, if it belongs to the account.
func (e *exchange) ownZone() (*Zone, *refusal) {
	for n := range e.acc.Zones {
		z := &e.acc.Zones[n]
		if z.ID != e.req.zone {
			continue
		}
		if z.Owner != e.acc.Account || z.OwningService != "" {
			return nil, refuse("AccessDenied", "User is not authorized to access this resource")
		}
		return z, nil
	}
	return nil, refuse("NoSuchHostedZone", "No hosted zone found with ID: %s", e.req.zone)
}

// getChange answers GetChange. A change is PENDING for Timing.Propagation.
func getChange(e *exchange, out *xmlWriter) *refusal {
	if refused := e.accessDenied("route53:GetChange", route53Region, []resource{{arn: "arn:aws:route53:::change/" + e.req.change}}, nil); refused != nil {
		return refused
	}
	submitted, found := e.sim.changes[e.req.change]
	if !found {
		return refuse("NoSuchChange", "Could not find resource with ID: %s", e.req.change)
	}
	e.writeChange(out, e.req.change, submitted)
	return nil
}

func (e *exchange) writeChange(out *xmlWriter, id string, submitted time.Time) {
	status := "INSYNC"
	if e.now.Sub(submitted) < time.Duration(e.acc.Timing.Propagation) {
		status = "PENDING"
	}
	out.in("ChangeInfo", func() {
		out.text("Id", "/change/"+id)
		out.text("Status", status)
		out.instant("SubmittedAt", submitted)
	})
}

// recordBatch returns the id of a new accepted batch.
func (e *exchange) recordBatch() string {
	id := fmt.Sprintf("C%013d", len(e.sim.changes)+1)
	e.sim.changes[id] = e.now
	return id
}
