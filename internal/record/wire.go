package record

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/inventory"
)

// listPage is how many record sets are asked for at once. A name has at most one simple one of each type,
// and there are fewer types than this: a name that needs a second page is not simple.
const listPage = 20

// listZones lists the private hosted zones that are associated with a VPC, whoever owns them. The SDK has
// no paginator for this call.
func (c *Checker) listZones(ctx context.Context, vpc string) ([]zone, error) {
	in := &route53.ListHostedZonesByVPCInput{VPCId: aws.String(vpc), VPCRegion: c.region}
	var zones []zone
	for {
		out, err := c.client.ListHostedZonesByVPC(ctx, in)
		if err != nil {
			return nil, translate(ctx, "ListHostedZonesByVPC", vpc, err)
		}
		for _, s := range out.HostedZoneSummaries {
			z := zone{ID: strings.TrimPrefix(aws.ToString(s.HostedZoneId), "/hostedzone/"), Name: normalizeName(aws.ToString(s.Name))}
			if s.Owner != nil {
				z.Account, z.Service = aws.ToString(s.Owner.OwningAccount), aws.ToString(s.Owner.OwningService)
			}
			zones = append(zones, z)
		}
		if aws.ToString(out.NextToken) == "" {
			return zones, nil
		}
		in.NextToken = out.NextToken
	}
}

// listName lists the record sets at one name (in normal form), with one call for a simple name, whatever
// types it has. Route 53 lists in the order of names and then types, of which A is the first, and does
// not stop where the name ends: what follows comes along, even if there is nothing at the name itself.
func (c *Checker) listName(ctx context.Context, zoneID, name string) ([]recordSet, error) {
	in := &route53.ListResourceRecordSetsInput{
		HostedZoneId:    aws.String(zoneID),
		StartRecordName: aws.String(name),
		StartRecordType: types.RRTypeA,
		MaxItems:        aws.Int32(listPage),
	}
	var sets []recordSet
	for {
		out, err := c.client.ListResourceRecordSets(ctx, in)
		if err != nil {
			return nil, translate(ctx, "ListResourceRecordSets", zoneID, err)
		}
		for i := range out.ResourceRecordSets {
			sets = append(sets, fromWire(&out.ResourceRecordSets[i]))
		}
		// After A and AAAA only a CNAME matters, and what is found not simple remains so.
		more := out.IsTruncated && normalizeName(aws.ToString(out.NextRecordName)) == name && string(out.NextRecordType) <= typeCNAME
		if !more || notSimple(name, sets) != "" {
			return sets, nil
		}
		in.StartRecordName, in.StartRecordType, in.StartRecordIdentifier = out.NextRecordName, out.NextRecordType, out.NextRecordIdentifier
	}
}

// fromWire takes a record set out of the SDK's type.
func fromWire(s *types.ResourceRecordSet) recordSet {
	set := recordSet{
		Name:   normalizeName(aws.ToString(s.Name)),
		Type:   string(s.Type),
		Policy: policyOf(s),
		TTL:    aws.ToInt64(s.TTL),
	}
	for _, v := range s.ResourceRecords {
		set.Values = append(set.Values, aws.ToString(v.Value))
	}
	return set
}

// policyOf says what makes a record set more than a simple one; empty if nothing does. In a private zone a
// health check goes with a routing policy only (Route 53 Developer Guide, "Considerations when working
// with a private hosted zone"), and what a traffic policy made can't be changed as a record.
func policyOf(s *types.ResourceRecordSet) string {
	switch {
	case s.AliasTarget != nil:
		return "alias"
	case s.TrafficPolicyInstanceId != nil:
		return "traffic policy"
	case s.Weight != nil:
		return "weighted"
	case s.Failover != "":
		return "failover"
	case s.Region != "":
		return "latency"
	case s.GeoLocation != nil:
		return "geolocation"
	case s.GeoProximityLocation != nil:
		return "geoproximity"
	case s.MultiValueAnswer != nil:
		return "multivalue answer"
	case s.CidrRoutingConfig != nil:
		return "IP-based"
	case s.SetIdentifier != nil:
		return "routing policy"
	case s.HealthCheckId != nil:
		return "health check"
	}
	return ""
}

// change sends one change batch, once. After a lost reply a repetition by the SDK would be refused,
// because the first try succeeded.
func (c *Checker) change(ctx context.Context, e inventory.Interface, zoneID string, changes []change) error {
	batch := &types.ChangeBatch{Comment: aws.String("eni-failover: addresses of " + e.ID)}
	for _, ch := range changes {
		batch.Changes = append(batch.Changes, toWire(ch))
	}
	_, err := c.client.ChangeResourceRecordSets(ctx,
		&route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(zoneID), ChangeBatch: batch},
		func(o *route53.Options) { o.RetryMaxAttempts = 1 })
	if err != nil {
		return translate(ctx, "ChangeResourceRecordSets", zoneID, err)
	}
	return nil
}

func toWire(ch change) types.Change {
	set := &types.ResourceRecordSet{
		Name: aws.String(ch.Set.Name),
		Type: types.RRType(ch.Set.Type),
		TTL:  aws.Int64(ch.Set.TTL),
	}
	for _, v := range ch.Set.Values {
		set.ResourceRecords = append(set.ResourceRecords, types.ResourceRecord{Value: aws.String(v)})
	}
	action := types.ChangeActionCreate
	if ch.Delete {
		action = types.ChangeActionDelete
	}
	return types.Change{Action: action, ResourceRecordSet: set}
}
