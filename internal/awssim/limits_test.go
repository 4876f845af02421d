package awssim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/eni-failover/eni-failover/internal/awssim"
)

// TestPageSizes reads each list in pages of the sizes at and beyond its limits, with and without ids.
func TestPageSizes(t *testing.T) {
	r := newRegion(t, unattachedPair())
	ctx := t.Context()
	lists := []struct {
		name    string
		call    func(size int32, ids []string) error
		ids     []string
		largest int32
		withIDs string // the result of a page with ids
	}{
		{"interfaces", func(size int32, ids []string) error {
			_, err := r.ec2.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{MaxResults: &size, NetworkInterfaceIds: ids})
			return err
		}, []string{service}, 1000, "InvalidParameterCombination"},
		{"instances", func(size int32, ids []string) error {
			_, err := r.ec2.DescribeInstances(ctx, &ec2.DescribeInstancesInput{MaxResults: &size, InstanceIds: ids})
			return err
		}, []string{holder}, 1000, "InvalidParameterCombination"},
		{"status", func(size int32, ids []string) error {
			_, err := r.ec2.DescribeInstanceStatus(ctx, &ec2.DescribeInstanceStatusInput{MaxResults: &size, InstanceIds: ids})
			return err
		}, []string{holder}, 1000, "InvalidParameterCombination"},
		{"types", func(size int32, ids []string) error {
			in := &ec2.DescribeInstanceTypesInput{MaxResults: &size}
			for _, id := range ids {
				in.InstanceTypes = append(in.InstanceTypes, types.InstanceType(id))
			}
			_, err := r.ec2.DescribeInstanceTypes(ctx, in)
			return err
		}, []string{"t3.nano"}, 100, ""},
		{"tags", func(size int32, _ []string) error {
			_, err := r.ec2.DescribeTags(ctx, &ec2.DescribeTagsInput{MaxResults: &size})
			return err
		}, nil, 1000, ""},
		{"Spot requests", func(size int32, _ []string) error {
			_, err := r.ec2.DescribeSpotInstanceRequests(ctx, &ec2.DescribeSpotInstanceRequestsInput{MaxResults: &size})
			return err
		}, nil, 1000, ""},
		{"VPCs", func(size int32, _ []string) error {
			_, err := r.ec2.DescribeVpcs(ctx, &ec2.DescribeVpcsInput{MaxResults: &size})
			return err
		}, nil, 1000, ""},
		{"subnets", func(size int32, _ []string) error {
			_, err := r.ec2.DescribeSubnets(ctx, &ec2.DescribeSubnetsInput{MaxResults: &size})
			return err
		}, nil, 1000, ""},
	}
	for _, list := range lists {
		for size, want := range map[int32]string{
			4: "InvalidParameterValue", 5: "", list.largest: "", list.largest + 1: "InvalidParameterValue",
		} {
			if err := list.call(size, nil); code(err) != want {
				t.Errorf("%s, %d a page: %v, want %q", list.name, size, err, want)
			}
		}
		if err := list.call(5, list.ids); code(err) != list.withIDs {
			t.Errorf("%s by ids: %v, want %q", list.name, err, list.withIDs)
		}
	}
}

func TestTotalFilterValues(t *testing.T) {
	r := newRegion(t, unattachedPair())
	values := func(n int) (list []string) {
		for len(list) < n {
			list = append(list, fmt.Sprintf("eni-%08x", len(list)))
		}
		return list
	}
	for n, want := range map[int]string{100: "", 101: "FilterLimitExceeded"} { // the other filter has 100
		_, err := r.ec2.DescribeNetworkInterfaces(t.Context(), &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{
			{Name: new("network-interface-id"), Values: values(n)}, {Name: new("vpc-id"), Values: values(100)},
		}})
		if code(err) != want {
			t.Errorf("%d values in all: %v, want %q", n+100, err, want)
		}
	}
}

func TestTagLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("ü", n) } // the limits count characters, not bytes
	tests := []struct {
		name string
		tags []types.Tag
		id   string
		want string
	}{
		{"longest", []types.Tag{{Key: new(long(128)), Value: new(long(256))}}, service, ""},
		{"key too long", []types.Tag{{Key: new(long(129))}}, service, "InvalidParameterValue"},
		{"value too long", []types.Tag{{Key: new("k"), Value: new(long(257))}}, service, "InvalidParameterValue"},
		{"no key", []types.Tag{{Key: new(""), Value: new("x")}}, service, "InvalidParameterValue"},
		{"AWS's own", []types.Tag{{Key: new("AWS:x")}}, service, "InvalidParameterValue"},
		{"twice", []types.Tag{{Key: new("k"), Value: new("1")}, {Key: new("k"), Value: new("2")}}, service, "InvalidParameterValue"},
		{"another account's", []types.Tag{{Key: new("k")}}, "eni-theirs", "AuthFailure"},
		{"requester-managed", []types.Tag{{Key: new("k")}}, "eni-managed", ""}, // tagging is allowed
	}
	for _, test := range tests {
		w := unattachedPair()
		w.Interfaces = append(w.Interfaces, awssim.Interface{ID: "eni-theirs", AZ: zoneA, Owner: "210987654321"},
			awssim.Interface{ID: "eni-managed", AZ: zoneA, RequesterManaged: true})
		r := newRegion(t, w)
		before, _ := r.Interface(service)
		_, err := r.ec2.CreateTags(t.Context(), &ec2.CreateTagsInput{Resources: []string{service, test.id}, Tags: test.tags})
		if code(err) != test.want {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
		if after, _ := r.Interface(service); (len(after.Tags) != len(before.Tags)) != (test.want == "") {
			t.Errorf("%s: tags %v", test.name, after.Tags) // either all resources are tagged or none
		}
	}
}

// TestDryRuns makes each changing call as a DryRun. The answer is that it is permitted, and nothing changes, even where
// the call itself would be refused.
func TestDryRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRegion(t, pairWithoutLatency())
		ctx, dry, ids := t.Context(), new(true), []string{holder}
		attachment := attachmentNow(t, r)
		account := func() string {
			text, err := json.Marshal(r.World())
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		before := account()
		tags := []types.Tag{{Key: new("aws:x")}}
		calls := map[string]func() error{
			"attach": func() error {
				_, err := r.ec2.AttachNetworkInterface(ctx, &ec2.AttachNetworkInterfaceInput{DryRun: dry, NetworkInterfaceId: new(service), InstanceId: new(standby), DeviceIndex: new(int32(0))})
				return err
			},
			"detach": func() error {
				_, err := r.ec2.DetachNetworkInterface(ctx, &ec2.DetachNetworkInterfaceInput{DryRun: dry, AttachmentId: &attachment, Force: dry})
				return err
			},
			"tag": func() error {
				_, err := r.ec2.CreateTags(ctx, &ec2.CreateTagsInput{DryRun: dry, Resources: ids, Tags: tags})
				return err
			},
			"untag": func() error {
				_, err := r.ec2.DeleteTags(ctx, &ec2.DeleteTagsInput{DryRun: dry, Resources: ids})
				return err
			},
			"start": func() error {
				_, err := r.ec2.StartInstances(ctx, &ec2.StartInstancesInput{DryRun: dry, InstanceIds: ids})
				return err
			},
			"stop": func() error {
				_, err := r.ec2.StopInstances(ctx, &ec2.StopInstancesInput{DryRun: dry, InstanceIds: ids})
				return err
			},
			"terminate": func() error {
				_, err := r.ec2.TerminateInstances(ctx, &ec2.TerminateInstancesInput{DryRun: dry, InstanceIds: ids})
				return err
			},
		}
		for name, call := range calls {
			err := call()
			var response *awshttp.ResponseError
			if code(err) != "DryRunOperation" || !errors.As(err, &response) || response.HTTPStatusCode() != 412 {
				t.Errorf("%s: %v", name, err)
			}
		}
		time.Sleep(time.Hour)
		if after := account(); after != before {
			t.Errorf("before %s\nafter %s", before, after)
		}
	})
}

// TestStateChanges makes each state-changing call in each instance state. A call that is refused for one instance
// changes none.
func TestStateChanges(t *testing.T) {
	// The immediate result: a state, or an error code.
	const incorrect = "IncorrectInstanceState"
	tests := map[string]struct{ start, stop, terminate string }{
		"pending":       {"pending", incorrect, "shutting-down"},
		"running":       {"running", "stopping", "shutting-down"},
		"stopping":      {incorrect, "stopping", "shutting-down"},
		"stopped":       {"pending", "stopped", "shutting-down"},
		"shutting-down": {incorrect, incorrect, "shutting-down"},
		"terminated":    {incorrect, incorrect, "terminated"},
	}
	for state, want := range tests {
		for name, call := range map[string]func(r *region, ids []string) error{
			want.start + " by start": func(r *region, ids []string) error {
				_, err := r.ec2.StartInstances(t.Context(), &ec2.StartInstancesInput{InstanceIds: ids})
				return err
			},
			want.stop + " by stop": func(r *region, ids []string) error {
				_, err := r.ec2.StopInstances(t.Context(), &ec2.StopInstancesInput{InstanceIds: ids})
				return err
			},
			want.terminate + " by terminate": func(r *region, ids []string) error {
				_, err := r.ec2.TerminateInstances(t.Context(), &ec2.TerminateInstancesInput{InstanceIds: ids})
				return err
			},
		} {
			w := unattachedPair()
			w.Timing.Stop, w.Timing.Start, w.Timing.Terminate = awssim.Duration(time.Hour), awssim.Duration(time.Hour), awssim.Duration(time.Hour)
			w.Instances[0].State = state
			r := newRegion(t, w)
			err := call(r, []string{standby, holder})
			got := code(err)
			if got == "" {
				got = stateOf(r, holder)
			} else if stateOf(r, holder) != state || stateOf(r, standby) != "running" {
				t.Errorf("%s, %s: refused, and now %s and %s", state, name, stateOf(r, holder), stateOf(r, standby))
			}
			if !strings.HasPrefix(name, got+" ") {
				t.Errorf("%s, to be %s: %s (%v)", state, name, got, err)
			}
		}
	}
}
