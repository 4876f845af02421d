package route53api

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/record"
)

const (
	// namePage limits the record sets in the answer about one name. A name has at most one simple set of each type, and
	// there are fewer types than this: a name that needs a second page is not simple.
	namePage = 20
	// maxPage is the largest page that Route 53 gives (Route 53 API reference, ListResourceRecordSets).
	maxPage = 300
)

// listZones lists the private hosted zones that are associated with a VPC, of all owners. The SDK has no paginator
// for this call.
func (c *Checker) listZones(ctx context.Context, vpc string) ([]record.Zone, error) {
	in := &route53.ListHostedZonesByVPCInput{VPCId: aws.String(vpc), VPCRegion: c.region}
	var zones []record.Zone
	for {
		out, err := c.client.ListHostedZonesByVPC(ctx, in)
		if err != nil {
			return nil, translate(ctx, "ListHostedZonesByVPC", vpc, err)
		}
		for _, s := range out.HostedZoneSummaries {
			zones = append(zones, toZone(s))
		}
		if aws.ToString(out.NextToken) == "" {
			return zones, nil
		}
		in.NextToken = out.NextToken
	}
}

// position is a place in a zone's listing: a name, a type, and the identifier of a set with a routing policy.
type position struct {
	name       string
	recordType types.RRType
	identifier *string
}

// listFrom returns the position of the first record set that matters at a name: Route 53 lists the sets of a name in the
// order of their types, of which A is the first.
func listFrom(name record.Name) position {
	return position{name: string(name), recordType: types.RRTypeA}
}

// listing is a part of a zone's listing.
type listing struct {
	sets []record.Set
	// next is the position at which the listing goes on, and nextName its name in normal form; empty at the end of the
	// zone.
	next     position
	nextName record.Name
}

// list lists the record sets of a zone from a position on. Route 53 does not stop where a name ends: the sets that
// follow come along, even if there is none at the name itself.
func (c *Checker) list(ctx context.Context, zoneID string, from position, size int32) (listing, error) {
	out, err := c.client.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{
		HostedZoneId:    aws.String(zoneID),
		StartRecordName: aws.String(from.name), StartRecordType: from.recordType, StartRecordIdentifier: from.identifier,
		MaxItems: aws.Int32(size),
	})
	if err != nil {
		return listing{}, translate(ctx, "ListResourceRecordSets", zoneID, err)
	}
	var l listing
	for i := range out.ResourceRecordSets {
		l.sets = append(l.sets, toSet(&out.ResourceRecordSets[i]))
	}
	if out.IsTruncated {
		l.next = position{aws.ToString(out.NextRecordName), out.NextRecordType, out.NextRecordIdentifier}
		l.nextName = record.Normalize(l.next.name)
	}
	return l, nil
}

// listName lists the record sets at one name, with one call if the name is simple, whatever types it has.
func (c *Checker) listName(ctx context.Context, zoneID string, q record.Question) ([]record.Set, error) {
	var sets []record.Set
	for from := listFrom(q.Name); ; {
		l, err := c.list(ctx, zoneID, from, namePage)
		if err != nil {
			return nil, err
		}
		sets = append(sets, l.sets...)
		if l.nextName == "" || q.Decided(sets, l.nextName, string(l.next.recordType)) {
			return sets, nil
		}
		from = l.next
	}
}

// change sends one change batch, once. The SDK must not repeat it after a lost answer: the repetition would be
// refused, because the first try succeeded.
func (c *Checker) change(ctx context.Context, zoneID string, q record.Question, changes []record.Change) error {
	batch := &types.ChangeBatch{Comment: aws.String("eni-failover: addresses of " + q.Interface.ID)}
	for _, ch := range changes {
		batch.Changes = append(batch.Changes, fromChange(ch))
	}
	_, err := c.client.ChangeResourceRecordSets(ctx,
		&route53.ChangeResourceRecordSetsInput{HostedZoneId: aws.String(zoneID), ChangeBatch: batch},
		func(o *route53.Options) { o.RetryMaxAttempts = 1 })
	if err != nil {
		return translate(ctx, "ChangeResourceRecordSets", zoneID, err)
	}
	return nil
}
