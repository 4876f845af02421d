package vpc_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/inventory"
	"github.com/eni-failover/eni-failover/internal/vpc"
)

// call is one call of the client.
type call struct {
	name     string // the API's name of it
	on       string // what its errors must name
	mutation bool
	look     bool // asks once only
	do       func(context.Context, *vpc.Client) error
}

func calls() []call {
	ids := []string{holder, standby}
	return []call{
		{name: "DetachNetworkInterface", on: holding, mutation: true, do: func(ctx context.Context, c *vpc.Client) error {
			return c.Detach(ctx, holding, false)
		}},
		{name: "AttachNetworkInterface", on: service + " to " + standby, mutation: true, do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Attach(ctx, service, standby, 1)
			return err
		}},
		{name: "CreateTags", on: service, mutation: true, do: func(ctx context.Context, c *vpc.Client) error {
			return c.Mark(ctx, service, inventory.Left{Instance: holder, Time: time.Now()})
		}},
		{name: "DescribeNetworkInterfaces", on: service, look: true, do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Look(ctx, []string{service})
			return err
		}},
		{name: "DescribeNetworkInterfaces", on: "eni-failover:group", do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Managed(ctx)
			return err
		}},
		{name: "DescribeInstances", on: "db", do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Members(ctx, []string{"db"})
			return err
		}},
		{name: "DescribeInstances", on: standby, do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Instances(ctx, ids)
			return err
		}},
		{name: "DescribeInstances", on: holder, do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Member(ctx, holder)
			return err
		}},
		{name: "DescribeInstanceStatus", on: standby, do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Health(ctx, ids)
			return err
		}},
		{name: "DescribeSpotInstanceRequests", on: holder, do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Interruptions(ctx, ids)
			return err
		}},
		{name: "DescribeInstanceTypes", on: "t3.small", do: func(ctx context.Context, c *vpc.Client) error {
			_, err := c.Limits(ctx, []string{"t3.small"})
			return err
		}},
		{name: "DetachNetworkInterface", on: holding, do: func(ctx context.Context, c *vpc.Client) error {
			return c.TryDetach(ctx, holding, true)
		}},
		{name: "AttachNetworkInterface", on: service, do: func(ctx context.Context, c *vpc.Client) error {
			return c.TryAttach(ctx, service, standby, 1, true)
		}},
	}
}

// TestDryRunsWithoutRetry leave the buckets to real moves.
func TestDryRunsWithoutRetry(t *testing.T) {
	bubble(t, "throttled", func(t *testing.T) {
		sim, client := simulate(t, pair())
		sim.Intercept(always(awssim.Fault{Code: "RequestLimitExceeded"}))
		for n, err := range []error{client.TryDetach(t.Context(), holding, false), client.TryAttach(t.Context(), service, standby, 1, false)} {
			if fault.ClassOf(err) != fault.Throttled || len(sim.Calls()) != 2 {
				t.Errorf("%d: %v after %d calls", n, err, len(sim.Calls()))
			}
		}
	})
}

// attempts is how often a call is to be tried while EC2 says that it may be repeated.
func (c call) attempts() int {
	if c.mutation || c.look {
		return 1
	}
	return 6
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
		{fault.Conflict, "IncorrectState InvalidState InvalidNetworkInterface.InUse"},
		{fault.Full, "AttachmentLimitExceeded"},
		{fault.Candidate, "IncorrectInstanceState InvalidInstanceID.NotFound InvalidParameterCombination PrivateIpAddressLimitExceeded UnsupportedOperation Unsupported ResourceLimitExceeded NetworkInterfaceLimitExceeded InvalidParameterValue"},
		{fault.Forbidden, "OperationNotPermitted DependencyViolation"},
		{fault.Invalid, "MissingParameter InvalidParameter UnknownParameter InvalidInstanceID.Malformed InvalidNetworkInterfaceAttachmentId.Malformed FilterLimitExceeded SomethingNew"},
	}
	for _, c := range calls() {
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			sim, client := simulate(t, pair())
			for _, test := range tests {
				for code := range strings.FieldsSeq(test.codes) {
					sim.Intercept(always(awssim.Fault{Code: code, Message: "no"}))
					err := c.do(t.Context(), client)
					var f *fault.Error
					switch {
					case !errors.As(err, &f) || fault.ClassOf(err) != test.class || fault.CodeOf(err) != code:
						t.Errorf("%s: got %v, want %s", code, err, test.class)
					case f.Call != c.name || !strings.Contains(f.On, c.on) || f.RequestID == "":
						t.Errorf("%s: call %q, on %q, request %q", code, f.Call, f.On, f.RequestID)
					}
				}
			}
		})
	}
}

// TestErrorTexts has the one code whose text has to be read: captured from EC2 by other projects.
func TestErrorTexts(t *testing.T) {
	tests := []struct {
		message string
		want    fault.Class
	}{
		{"Instance 'i-1' already has an interface attached at device index '1'.", fault.IndexTaken},
		{"Interface: [eni-1] in use.", fault.Conflict},
		{"Value (x) for parameter y is invalid.", fault.Candidate},
		{"", fault.Candidate},
	}
	bubble(t, "InvalidParameterValue", func(t *testing.T) {
		sim, client := simulate(t, pair())
		for _, test := range tests {
			sim.Intercept(always(awssim.Fault{Code: "InvalidParameterValue", Message: test.message}))
			if _, err := client.Attach(t.Context(), service, standby, 1); fault.ClassOf(err) != test.want {
				t.Errorf("%q: got %v, want %s", test.message, err, test.want)
			}
		}
	})
}

// TestStatuses has answers whose code says nothing, or that have none, as a proxy in between gives them.
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
				sim, client := simulate(t, pair())
				if c.name == "AttachNetworkInterface" {
					sim.Edit(func(w *awssim.World) { w.Interfaces[0].AZ, w.Interfaces[0].Attachment = zoneA, nil })
				}
				sim.Intercept(always(test.fault))
				if err := c.do(t.Context(), client); fault.ClassOf(err) != test.want {
					t.Errorf("%+v: got %v, want %s", test.fault, err, test.want)
				}
			}
		})
	}
}

func TestAttempts(t *testing.T) {
	faults := map[string]awssim.Fault{
		"throttled":   {Code: "RequestLimitExceeded"},
		"throttled 2": {Code: "EC2ThrottledException"},
		"server":      {Code: "InternalError"},
		"unavailable": {Code: "Unavailable"},
		"status":      {Status: 502},
		"dropped":     {Drop: true},
	}
	for _, c := range calls() {
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			for name, f := range faults {
				sim, client := simulate(t, pair())
				sim.Intercept(always(f))
				start := time.Now()
				if err := c.do(t.Context(), client); err == nil {
					t.Errorf("%s: no error", name)
				}
				if got := len(sim.Calls()); got != c.attempts() {
					t.Errorf("%s: %d attempts, want %d", name, got, c.attempts())
				}
				if took := time.Since(start); took > 4*time.Second {
					t.Errorf("%s: took %s", name, took)
				}
			}
		})
	}
}

// TestReadsOutlastThrottles lets the first five attempts of a read fail.
func TestReadsOutlastThrottles(t *testing.T) {
	for _, c := range calls() {
		if c.mutation || c.look {
			continue
		}
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			sim, client := simulate(t, pair())
			for _, f := range []awssim.Fault{{Code: "RequestLimitExceeded"}, {Code: "Unavailable"}, {Drop: true}} {
				sim.Intercept(times(5, f))
				if err := c.do(t.Context(), client); err != nil {
					t.Errorf("%+v: %v", f, err)
				}
			}
		})
	}
}

// TestNoRepeatOfLostReply is why a change has one attempt: a second one would be refused though the first
// took effect.
func TestNoRepeatOfLostReply(t *testing.T) {
	for _, c := range calls() {
		if !c.mutation {
			continue
		}
		bubble(t, c.name, func(t *testing.T) {
			sim, client := simulate(t, pair())
			if c.name == "AttachNetworkInterface" {
				sim.Edit(func(w *awssim.World) { w.Interfaces[0].AZ, w.Interfaces[0].Attachment = zoneA, nil })
			}
			sim.Intercept(times(1, awssim.Fault{LoseReply: true}))
			err := c.do(t.Context(), client)
			if fault.ClassOf(err) != fault.Unavailable || fault.CodeOf(err) != "" || len(sim.Calls()) != 1 {
				t.Errorf("%v after %v", err, sim.Calls())
			}
		})
	}
}

// TestHangingCalls gives up changes and looks after ten seconds, and everything at the context's end.
func TestHangingCalls(t *testing.T) {
	for _, c := range calls() {
		bubble(t, c.name+" of "+c.on, func(t *testing.T) {
			sim, client := simulate(t, pair())
			sim.Intercept(always(awssim.Fault{Delay: time.Hour}))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			start := time.Now()
			err := c.do(ctx, client)
			if fault.ClassOf(err) != fault.Unavailable {
				t.Errorf("got %v", err)
			}
			want := time.Minute
			if c.mutation || c.look {
				want = 10 * time.Second
			}
			if took := time.Since(start); took > want {
				t.Errorf("took %s", took)
			}
		})
	}
}

func TestErrorMessage(t *testing.T) {
	bubble(t, "answered", func(t *testing.T) {
		sim, client := simulate(t, pair())
		sim.Intercept(always(awssim.Fault{Code: "UnauthorizedOperation", Message: "secrets"}))
		err := client.Detach(t.Context(), holding, false)
		if want := "DetachNetworkInterface of " + holding + ": denied (UnauthorizedOperation, request 00000001-0000-4000-8000-000000000001)"; err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	})
	bubble(t, "not answered", func(t *testing.T) {
		sim, client := simulate(t, pair())
		sim.Intercept(always(awssim.Fault{Drop: true}))
		err := client.Detach(t.Context(), holding, false)
		if want := "DetachNetworkInterface of " + holding + ": unavailable (no answer)"; err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	})
}
