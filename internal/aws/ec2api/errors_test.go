package ec2api_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/aws/ec2api"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
)

// call is one call of the client.
type call struct {
	name     string // the API's name of the operation
	on       string // the thing that its errors must name
	mutation bool
	look     bool // one attempt only
	// fallback names the calls that follow when EC2 is unavailable; see disrupted.go.
	fallback fallback
	do       func(context.Context, *ec2api.Client) error
}

type fallback string

const (
	byTags fallback = "tags" // DescribeTags, with its own attempts
	byID   fallback = "ids"  // both instances together, then each, with one attempt
)

func calls() []call {
	ids := []string{holder, standby}
	return []call{
		{name: "DetachNetworkInterface", on: holding, mutation: true, do: func(ctx context.Context, c *ec2api.Client) error {
			return c.Detach(ctx, holding, false)
		}},
		{name: "AttachNetworkInterface", on: service + " to " + standby, mutation: true, do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.Attach(ctx, service, standby, 1)
			return err
		}},
		{name: "CreateTags", on: service, mutation: true, do: func(ctx context.Context, c *ec2api.Client) error {
			return c.WriteLeftTag(ctx, service, inventory.LeftTag{Instance: holder, Time: time.Now()})
		}},
		{name: "CreateTags", on: service, mutation: true, do: func(ctx context.Context, c *ec2api.Client) error {
			return c.WriteReachedTag(ctx, service, holding)
		}},
		{name: "DescribeNetworkInterfaces", on: service, look: true, do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.InterfacesByID(ctx, []string{service})
			return err
		}},
		{name: "DescribeNetworkInterfaces", on: "eni-failover:group", do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.ManagedInterfaces(ctx)
			return err
		}},
		{name: "DescribeInstances", on: "db", fallback: byTags, do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.Members(ctx, []string{"db"})
			return err
		}},
		{name: "DescribeInstances", on: standby, fallback: byID, do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.FindInstances(ctx, ids)
			return err
		}},
		{name: "DescribeInstances", on: holder, fallback: byTags, do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.FindMember(ctx, holder)
			return err
		}},
		{name: "DescribeInstanceStatus", on: standby, do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.Health(ctx, ids)
			return err
		}},
		{name: "DescribeSpotInstanceRequests", on: holder, do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.SpotRequests(ctx, ids)
			return err
		}},
		{name: "DescribeInstanceTypes", on: "t3.small", do: func(ctx context.Context, c *ec2api.Client) error {
			_, err := c.Limits(ctx, []string{"t3.small"})
			return err
		}},
		{name: "DetachNetworkInterface", on: holding, do: func(ctx context.Context, c *ec2api.Client) error {
			return c.TryDetach(ctx, holding, true)
		}},
		{name: "AttachNetworkInterface", on: service, do: func(ctx context.Context, c *ec2api.Client) error {
			return c.TryAttach(ctx, service, standby, 1, true)
		}},
	}
}

// partly reports whether the error names both instances, in the order of their ids.
func (c call) partly(err error) bool {
	var p *ec2api.PartialError
	return c.fallback == byID && errors.As(err, &p) && slices.Equal(p.IDs, []string{holder, standby})
}

func TestErrorCodes(t *testing.T) {
	tests := []struct {
		class fault.Class
		codes string
	}{
		{fault.Throttled, "RequestLimitExceeded Throttling ThrottlingException EC2ThrottledException ThrottledException RequestThrottled TooManyRequestsException"},
		{fault.Unavailable, "InternalError InternalFailure ServerInternal ServiceUnavailable Unavailable RequestTimeout"},
		{fault.Denied, "UnauthorizedOperation AuthFailure OptInRequired Blocked PendingVerification AccessDenied RequestExpired IncompleteSignature InvalidClientTokenId SignatureDoesNotMatch InvalidSecurity.RequestHasExpired"},
		{fault.Stale, "InvalidAttachmentID.NotFound InvalidNetworkInterfaceAttachmentId.NotFound"},
		{fault.Gone, "InvalidNetworkInterfaceID.NotFound"},
		{fault.Conflict, "IncorrectState InvalidState"},
		{fault.InUse, "InvalidNetworkInterface.InUse"},
		{fault.Full, "AttachmentLimitExceeded"},
		{fault.Candidate, "IncorrectInstanceState InvalidInstanceID.NotFound InvalidParameterCombination PrivateIpAddressLimitExceeded UnsupportedOperation Unsupported ResourceLimitExceeded NetworkInterfaceLimitExceeded InvalidParameterValue InsufficientInstanceCapacity"},
		{fault.Forbidden, "OperationNotPermitted DependencyViolation"},
		{fault.Invalid, "MissingParameter InvalidParameter UnknownParameter InvalidInstanceID.Malformed InvalidNetworkInterfaceAttachmentId.Malformed FilterLimitExceeded SomethingNew"},
	}
	for _, c := range calls() {
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			sim, client := simulate(t, holderAndStandby())
			for _, test := range tests {
				for code := range strings.FieldsSeq(test.codes) {
					sim.Intercept(faultOnAll(awssim.Fault{Code: code, Message: "no"}))
					err := c.do(t.Context(), client)
					var f *fault.Error
					switch {
					case !errors.As(err, &f) || fault.ClassOf(err) != test.class || fault.CodeOf(err) != code:
						t.Errorf("%s: got %v, want %s", code, err, test.class)
					case f.Call != c.name || f.RequestID == "" || !strings.Contains(f.On, c.on) && !c.partly(err):
						t.Errorf("%s: call %q, on %q, request %q", code, f.Call, f.On, f.RequestID)
					}
				}
			}
		})
	}
}

// TestErrorTexts has the one code whose text decides. Other projects captured the texts from EC2.
func TestErrorTexts(t *testing.T) {
	tests := []struct {
		message string
		want    fault.Class
	}{
		{"Instance 'i-1' already has an interface attached at device index '1'.", fault.IndexTaken},
		{"Interface: [eni-1] in use.", fault.InUse},
		{"Value (x) for parameter y is invalid.", fault.Candidate},
		{"", fault.Candidate},
	}
	bubble(t, "InvalidParameterValue", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		for _, test := range tests {
			sim.Intercept(faultOnAll(awssim.Fault{Code: "InvalidParameterValue", Message: test.message}))
			if _, err := client.Attach(t.Context(), service, standby, 1); fault.ClassOf(err) != test.want {
				t.Errorf("%q: got %v, want %s", test.message, err, test.want)
			}
		}
	})
}

// TestStatuses has answers with an unknown code or none, as a proxy gives them.
func TestStatuses(t *testing.T) {
	tests := []struct {
		fault awssim.Fault
		want  fault.Class
	}{
		{awssim.Fault{Status: 500}, fault.Unavailable},
		{awssim.Fault{Status: 502}, fault.Unavailable},
		{awssim.Fault{Status: 503}, fault.Unavailable},
		{awssim.Fault{Status: 504}, fault.Unavailable},
		{awssim.Fault{Status: 500, Code: "Odd"}, fault.Unavailable},
		{awssim.Fault{Status: 500, Code: "InsufficientInstanceCapacity"}, fault.Candidate},
		{awssim.Fault{Status: 429, Code: "Odd"}, fault.Throttled},
		{awssim.Fault{Status: 429}, fault.Throttled},
		{awssim.Fault{Status: 403, Code: "Odd"}, fault.Denied},
		{awssim.Fault{Status: 404}, fault.Invalid},
		{awssim.Fault{Drop: true}, fault.Unavailable},
		{awssim.Fault{LoseReply: true}, fault.Unavailable},
	}
	for _, c := range calls() {
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			for _, test := range tests {
				sim, client := simulate(t, holderAndStandby())
				if c.name == "AttachNetworkInterface" {
					sim.Edit(func(w *awssim.World) { w.Interfaces[0].AZ, w.Interfaces[0].Attachment = zoneA, nil })
				}
				sim.Intercept(faultOnAll(test.fault))
				if err := c.do(t.Context(), client); fault.ClassOf(err) != test.want {
					t.Errorf("%+v: got %v, want %s", test.fault, err, test.want)
				}
			}
		})
	}
}

func TestErrorMessage(t *testing.T) {
	bubble(t, "answered", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		sim.Intercept(faultOnAll(awssim.Fault{Code: "UnauthorizedOperation", Message: "secrets"}))
		err := client.Detach(t.Context(), holding, false)
		if want := "DetachNetworkInterface of " + holding + ": denied (UnauthorizedOperation, request 00000001-0000-4000-8000-000000000001)"; err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	})
	bubble(t, "not answered", func(t *testing.T) {
		sim, client := simulate(t, holderAndStandby())
		sim.Intercept(faultOnAll(awssim.Fault{Drop: true}))
		err := client.Detach(t.Context(), holding, false)
		if want := "DetachNetworkInterface of " + holding + ": unavailable (awssim: request dropped: unexpected EOF)"; err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	})
}

// TestPartialErrorAboutMany: the error names the first few instances, since each report during a disruption shows it.
func TestPartialErrorAboutMany(t *testing.T) {
	ids := slices.Repeat([]string{"i-0a1b2c3d4e5f60001"}, 1000)
	err := &ec2api.PartialError{IDs: ids, Err: &fault.Error{Call: "DescribeInstances", On: strings.Join(ids, " "), Class: fault.Unavailable}}
	if got := err.Error(); len(got) > 400 || strings.Count(got, "and 995 more") != 2 {
		t.Errorf("%d bytes: %s", len(got), got[:min(len(got), 600)])
	}
}
