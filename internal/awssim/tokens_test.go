package awssim_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// TestTokenBuckets empties each bucket, and counts the tokens after a second and after a long time.
func TestTokenBuckets(t *testing.T) {
	describe := func(in ec2.DescribeNetworkInterfacesInput) func(context.Context, *region) error {
		return func(ctx context.Context, r *region) error {
			_, err := r.ec2.DescribeNetworkInterfaces(ctx, &in)
			return err
		}
	}
	detach := func(dry bool) func(context.Context, *region) error {
		return func(ctx context.Context, r *region) error {
			_, err := r.ec2.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{
				AttachmentId: aws.String("eni-attach-0ffffffffffffffff"), DryRun: &dry,
			})
			return err
		}
	}
	tests := []struct {
		name            string
		call            func(context.Context, *region) error
		size, perSecond int
		code            string
		status          int
	}{
		{"filtered", describe(ec2.DescribeNetworkInterfacesInput{Filters: filtersOf("tag-key=x")}), 100, 20, "RequestLimitExceeded", 503},
		{"paginated", describe(ec2.DescribeNetworkInterfacesInput{MaxResults: aws.Int32(5)}), 100, 20, "RequestLimitExceeded", 503},
		{"unfiltered", describe(ec2.DescribeNetworkInterfacesInput{}), 50, 10, "RequestLimitExceeded", 503},
		{"by id", describe(ec2.DescribeNetworkInterfacesInput{NetworkInterfaceIds: []string{service}}), 50, 10, "RequestLimitExceeded", 503},
		{"types", func(ctx context.Context, r *region) error {
			_, err := r.ec2.DescribeInstanceTypes(ctx, &ec2.DescribeInstanceTypesInput{InstanceTypes: []types.InstanceType{"t3.nano"}})
			return err
		}, 100, 20, "RequestLimitExceeded", 503},
		{"detach", detach(false), 50, 5, "RequestLimitExceeded", 503},
		{"dry run", detach(true), 50, 5, "RequestLimitExceeded", 503},
		{"attach", func(ctx context.Context, r *region) error {
			_, err := r.attach(ctx, service, standby, 0)
			return err
		}, 50, 5, "RequestLimitExceeded", 503},
		{"start", func(ctx context.Context, r *region) error {
			_, err := r.ec2.StartInstances(ctx, &ec2.StartInstancesInput{InstanceIds: []string{holder}})
			return err
		}, 5, 2, "RequestLimitExceeded", 503},
		{"volumes", func(ctx context.Context, r *region) error {
			_, err := r.ec2.DescribeVolumes(ctx, &ec2.DescribeVolumesInput{})
			return err
		}, 50, 10, "RequestLimitExceeded", 503},
		{"tag", func(ctx context.Context, r *region) error {
			_, err := r.ec2.CreateTags(ctx, &ec2.CreateTagsInput{Resources: []string{service}, Tags: []types.Tag{{Key: new("k")}}})
			return err
		}, 100, 10, "RequestLimitExceeded", 503},
		{"Route 53", func(ctx context.Context, r *region) error {
			_, err := r.route53.ListResourceRecordSets(ctx, &route53.ListResourceRecordSetsInput{HostedZoneId: new("Z1")})
			return err
		}, 5, 5, "Throttling", 400},
		{"Auto Scaling", func(ctx context.Context, r *region) error {
			_, err := r.autoscaling.DescribeAutoScalingInstances(ctx, &autoscaling.DescribeAutoScalingInstancesInput{})
			return err
		}, 100, 20, "Throttling", 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := pairWithoutLatency()
				w.TokenBuckets = true
				r := newRegion(t, w)
				// spend makes calls until one is throttled, and counts the others.
				spend := func() (accepted int) {
					for accepted < 1000 {
						err := test.call(t.Context(), r)
						if code(err) != "RequestLimitExceeded" && code(err) != "Throttling" {
							accepted++
							continue
						}
						var response *awshttp.ResponseError
						if code(err) != test.code || !errors.As(err, &response) || response.HTTPStatusCode() != test.status {
							t.Errorf("throttled: %v", err)
						}
						break
					}
					return accepted
				}
				if got := spend(); got != test.size {
					t.Errorf("%d at once, want %d", got, test.size)
				}
				time.Sleep(time.Second/time.Duration(test.perSecond) - 1)
				if got := spend(); got != 0 {
					t.Errorf("%d before a token has come", got)
				}
				time.Sleep(time.Nanosecond)
				if got := spend(); got != 1 {
					t.Errorf("%d when a token has come", got)
				}
				time.Sleep(time.Second)
				if got := spend(); got != test.perSecond {
					t.Errorf("%d after a second, want %d", got, test.perSecond)
				}
				time.Sleep(time.Hour)
				if got := spend(); got != test.size {
					t.Errorf("%d after an hour, want %d", got, test.size)
				}
			})
		})
	}
}

// TestBucketsAreShared checks that all calls of an action share a bucket, for all callers and results, and that other
// actions have their own.
func TestBucketsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.TokenBuckets = true
		r := newRegion(t, w)
		if err := r.Policy("AKIDOTHER"); err != nil {
			t.Fatal(err)
		}
		other := func(o *ec2.Options) {
			o.Credentials = simclient.Credentials("AKIDOTHER")
		}
		detach := ec2.DetachNetworkInterfaceInput{AttachmentId: new("eni-attach-0ffffffffffffffff")}
		for range 25 {
			_, mine := r.ec2.DetachNetworkInterface(t.Context(), &detach)
			_, theirs := r.ec2.DetachNetworkInterface(t.Context(), &detach, other)
			if code(mine) != "InvalidAttachmentID.NotFound" || code(theirs) != "UnauthorizedOperation" {
				t.Fatalf("got %v and %v", mine, theirs)
			}
		}
		if err := r.detach(t.Context(), attachmentNow(t, r), false); code(err) != "RequestLimitExceeded" {
			t.Errorf("the 51st: %v", err)
		}
		if i, _ := r.Interface(service); i.Attachment.Status != "attached" {
			t.Errorf("a throttled call took effect: %+v", i.Attachment)
		}
		if _, err := r.attach(t.Context(), service, standby, 1); code(err) != "InvalidNetworkInterface.InUse" {
			t.Errorf("another action: %v", err)
		}
	})
}

// TestUnfilteredBucket checks that filtered reads go on when unfiltered ones are throttled.
func TestUnfilteredBucket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := pairWithoutLatency()
		w.TokenBuckets = true
		r := newRegion(t, w)
		for n := range 100 {
			_, everything := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{})
			if throttled := code(everything) == "RequestLimitExceeded"; throttled != (n >= 50) {
				t.Errorf("look %d at everything: %v", n+1, everything)
			}
			if _, err := r.ec2.DescribeInstances(t.Context(), &ec2.DescribeInstancesInput{Filters: filtersOf("vpc-id=x")}); err != nil {
				t.Errorf("look %d with a filter: %v", n+1, err)
			}
		}
	})
}

// TestNoBuckets makes more calls than any bucket has tokens, in a world without buckets.
func TestNoBuckets(t *testing.T) {
	r := newRegion(t, unattachedPair())
	for range 150 {
		if _, err := r.ec2.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{}); err != nil {
			t.Fatal(err)
		}
	}
}
