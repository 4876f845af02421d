package route53api

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
	"github.com/eni-failover/eni-failover/internal/record"
)

// translate makes a [record.OutOfTimeError] or a [*fault.Error] of what the SDK returned for a call about on.
func translate(ctx context.Context, call, on string, err error) error {
	// An HTTP client's own timeout also counts as context.DeadlineExceeded: only ctx itself can tell.
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return record.OutOfTimeError{}
	}
	return awsfault.Translate(awsfault.Route53, call, on, err)
}

func toZone(s types.HostedZoneSummary) record.Zone {
	z := record.Zone{ID: strings.TrimPrefix(aws.ToString(s.HostedZoneId), "/hostedzone/"), Name: record.Normalize(aws.ToString(s.Name))}
	if s.Owner != nil {
		z.Account, z.Service = aws.ToString(s.Owner.OwningAccount), aws.ToString(s.Owner.OwningService)
	}
	return z
}

func toSet(s *types.ResourceRecordSet) record.Set {
	set := record.Set{
		Name:   record.Normalize(aws.ToString(s.Name)),
		Type:   string(s.Type),
		Policy: toPolicy(s),
		TTL:    aws.ToInt64(s.TTL),
	}
	for _, v := range s.ResourceRecords {
		set.Values = append(set.Values, aws.ToString(v.Value))
	}
	return set
}

// toPolicy names what makes a record set more than a simple one; empty if nothing does. In a private zone a health
// check goes with a routing policy only (Route 53 Developer Guide, "Considerations when working with a private
// hosted zone"), and a record that a traffic policy made can't be changed as a record.
func toPolicy(s *types.ResourceRecordSet) string {
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

func fromChange(ch record.Change) types.Change {
	set := &types.ResourceRecordSet{
		Name: aws.String(string(ch.Set.Name)),
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
