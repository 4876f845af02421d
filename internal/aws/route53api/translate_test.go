package route53api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/route53/types"
	"github.com/google/go-cmp/cmp"

	"github.com/eni-failover/eni-failover/internal/record"
)

func TestToSetTellsSimpleRecordsFromOthers(t *testing.T) {
	tests := []struct {
		want string
		set  types.ResourceRecordSet
	}{
		{"", types.ResourceRecordSet{}},
		{"alias", types.ResourceRecordSet{AliasTarget: &types.AliasTarget{}}},
		{"weighted", types.ResourceRecordSet{Weight: aws.Int64(0), SetIdentifier: aws.String("x")}},
		{"failover", types.ResourceRecordSet{Failover: types.ResourceRecordSetFailoverPrimary, HealthCheckId: aws.String("x")}},
		{"latency", types.ResourceRecordSet{Region: types.ResourceRecordSetRegionEuWest1}},
		{"geolocation", types.ResourceRecordSet{GeoLocation: &types.GeoLocation{}}},
		{"geoproximity", types.ResourceRecordSet{GeoProximityLocation: &types.GeoProximityLocation{}}},
		{"multivalue answer", types.ResourceRecordSet{MultiValueAnswer: aws.Bool(true)}},
		{"IP-based", types.ResourceRecordSet{CidrRoutingConfig: &types.CidrRoutingConfig{}}},
		{"traffic policy", types.ResourceRecordSet{TrafficPolicyInstanceId: aws.String("x")}},
		{"health check", types.ResourceRecordSet{HealthCheckId: aws.String("x")}},
		{"routing policy", types.ResourceRecordSet{SetIdentifier: aws.String("x")}}, // a policy that this code does not know
	}
	for _, tt := range tests {
		tt.set.Name, tt.set.Type, tt.set.TTL = aws.String("DB.corp.internal"), types.RRTypeA, aws.Int64(30)
		tt.set.ResourceRecords = []types.ResourceRecord{{Value: aws.String("10.0.0.5")}}
		want := record.Set{Name: testName, Type: "A", Policy: tt.want, TTL: 30, Values: []string{"10.0.0.5"}}
		if diff := cmp.Diff(want, toSet(&tt.set)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.want, diff)
		}
	}
}

// failing is a transport that fails each request with one error.
type failing struct{ err error }

// RoundTrip fails.
func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestTheClientsTimeoutIsNotTheContextsEnd(t *testing.T) {
	for _, err := range []error{
		errors.New("connection refused"),
		fmt.Errorf("client timeout: %w", context.DeadlineExceeded),
	} {
		synctest.Test(t, func(t *testing.T) {
			checker := checkerOn(failing{err})
			r := wantOne(t, checker.Check(t.Context(), eni("10.0.0.5", "db.corp.internal"), nil), record.Unverified)
			if r.Cause != record.CauseUnavailable {
				t.Errorf("cause %q of %v, want %q", r.Cause, err, record.CauseUnavailable)
			}
			wantDetail(t, r, "no usable answer: route53:ListHostedZonesByVPC")
		})
	}
}
