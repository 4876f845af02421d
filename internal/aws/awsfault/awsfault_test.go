package awsfault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/route53"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
	"github.com/eni-failover/eni-failover/internal/awssim"
	"github.com/eni-failover/eni-failover/internal/fault"
	"github.com/eni-failover/eni-failover/internal/testing/simclient"
)

// services returns a call of each service by its name: each protocol has its own form of error documents.
func services(client *http.Client) map[string]func(context.Context) error {
	cfg := simclient.Config(client)
	return map[string]func(context.Context) error{
		"ec2": func(ctx context.Context) error {
			_, err := ec2.NewFromConfig(cfg).DescribeInstances(ctx, &ec2.DescribeInstancesInput{})
			return err
		},
		"route53": func(ctx context.Context) error {
			_, err := route53.NewFromConfig(cfg).ListHostedZonesByVPC(ctx, &route53.ListHostedZonesByVPCInput{
				VPCId: aws.String("vpc-0d0d0d0d0d0d0d0d0"), VPCRegion: "eu-west-1",
			})
			return err
		},
		"autoscaling": func(ctx context.Context) error {
			_, err := autoscaling.NewFromConfig(cfg).DescribeAutoScalingInstances(ctx, &autoscaling.DescribeAutoScalingInstancesInput{})
			return err
		},
	}
}

// forEachService runs a test for each service in fake time; call makes a call of the service that meets a fault.
func forEachService(t *testing.T, test func(t *testing.T, call func(context.Context, awssim.Fault) error)) {
	t.Helper()
	for _, name := range []string{"ec2", "route53", "autoscaling"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sim, err := awssim.New(awssim.World{})
				if err != nil {
					t.Fatal(err)
				}
				do := services(sim.Client())[name]
				test(t, func(ctx context.Context, f awssim.Fault) error {
					sim.Intercept(func(awssim.Call) awssim.Fault { return f })
					return do(ctx)
				})
			})
		})
	}
}

// other is a service without codes of its own.
const other awsfault.Service = "other"

func TestTranslate(t *testing.T) {
	tests := []struct {
		class  fault.Class
		status int // 0: the status that comes with the code
		codes  string
	}{
		{fault.Throttled, 0, "RequestLimitExceeded Throttling ThrottlingException ThrottledException EC2ThrottledException RequestThrottled RequestThrottledException TooManyRequestsException PriorRequestNotComplete TransactionInProgressException BandwidthLimitExceeded LimitExceededException SlowDown ProvisionedThroughputExceededException"},
		{fault.Throttled, http.StatusServiceUnavailable, "RequestLimitExceeded Throttling"},
		{fault.Throttled, http.StatusTooManyRequests, "Odd"},
		{fault.Unavailable, 0, "InternalError InternalFailure ServiceUnavailable RequestTimeout RequestTimeoutException"},
		{fault.Unavailable, http.StatusInternalServerError, "Odd"},
		{fault.Unavailable, http.StatusServiceUnavailable, "Odd"},
		{fault.Denied, 0, "UnauthorizedOperation AuthFailure AccessDenied AccessDeniedException OptInRequired Blocked PendingVerification InvalidClientTokenId SignatureDoesNotMatch IncompleteSignature RequestExpired InvalidSecurity.RequestHasExpired ExpiredToken ExpiredTokenException UnrecognizedClientException MissingAuthenticationToken"},
		{fault.Denied, http.StatusBadRequest, "AccessDenied ExpiredToken"},
		{fault.Denied, http.StatusForbidden, "Odd"},
		{fault.Denied, http.StatusUnauthorized, "Odd"},
		{fault.Invalid, 0, "ValidationError MissingParameter InvalidAction Odd"},
		{fault.Invalid, http.StatusNotFound, "Odd"},
		{fault.Invalid, http.StatusConflict, "Odd"},
	}
	forEachService(t, func(t *testing.T, call func(context.Context, awssim.Fault) error) {
		for _, test := range tests {
			for code := range strings.FieldsSeq(test.codes) {
				cause := call(t.Context(), awssim.Fault{Status: test.status, Code: code, Message: "no"})
				err := awsfault.Translate(other, "Describe", "i-1", cause)
				var f *fault.Error
				if !errors.As(err, &f) || f.Class != test.class || f.Code != code {
					t.Errorf("%s (%d): got %v, want %s", code, test.status, err, test.class)
					continue
				}
				if f.Call != "Describe" || f.On != "i-1" || f.RequestID == "" || !errors.Is(err, cause) {
					t.Errorf("%s: %+v", code, f)
				}
			}
		}
	})
}

// TestNoDocument has answers of a proxy, without an error document.
func TestNoDocument(t *testing.T) {
	tests := map[int]fault.Class{
		400: fault.Invalid, 401: fault.Denied, 403: fault.Denied, 404: fault.Invalid, 407: fault.Invalid, 413: fault.Invalid,
		429: fault.Throttled, 500: fault.Unavailable, 502: fault.Unavailable, 503: fault.Unavailable, 504: fault.Unavailable,
	}
	forEachService(t, func(t *testing.T, call func(context.Context, awssim.Fault) error) {
		for status, class := range tests {
			err := awsfault.Translate(other, "Describe", "i-1", call(t.Context(), awssim.Fault{Status: status}))
			if fault.ClassOf(err) != class || !strings.Contains(fault.CodeOf(err), fmt.Sprint(status)) {
				t.Errorf("%d: got %v, want %s", status, err, class)
			}
		}
	})
}

// TestNoAnswer has calls that may have arrived or not.
func TestNoAnswer(t *testing.T) {
	forEachService(t, func(t *testing.T, call func(context.Context, awssim.Fault) error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		over, end := context.WithCancel(t.Context())
		end()
		for name, cause := range map[string]error{
			"request lost":         call(t.Context(), awssim.Fault{Drop: true}),
			"reply lost":           call(t.Context(), awssim.Fault{LoseReply: true}),
			"every attempt hangs":  call(t.Context(), awssim.Fault{Delay: time.Hour}),
			"the time ends":        call(ctx, awssim.Fault{Delay: time.Hour}),
			"the time is over":     call(over, awssim.Fault{}),
			"not from a client":    io.ErrUnexpectedEOF,
			"translated elsewhere": &fault.Error{Call: "Other", Class: fault.Gone},
		} {
			err := awsfault.Translate(other, "Describe", "i-1", cause)
			var f *fault.Error
			if !errors.As(err, &f) || f.Class != fault.Unavailable || f.Code != "" || f.RequestID != "" || !errors.Is(err, cause) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestNoError(t *testing.T) {
	if err := awsfault.Translate(awsfault.EC2, "Describe", "i-1", nil); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestOwnCodes has codes of one service: for another service they mean nothing.
func TestOwnCodes(t *testing.T) {
	forEachService(t, func(t *testing.T, call func(context.Context, awssim.Fault) error) {
		tests := []struct {
			service       awsfault.Service
			code, message string
			class         fault.Class
		}{
			{awsfault.EC2, "InvalidParameterValue", "Instance 'i-1' already has an interface attached at device index '1'.", fault.IndexTaken},
			{awsfault.EC2, "InvalidParameterValue", "Interface: [eni-1] in use.", fault.InUse},
			{awsfault.EC2, "InvalidParameterValue", "no", fault.Candidate},
			{awsfault.EC2, "InvalidAttachmentID.NotFound", "no", fault.Stale},
			{awsfault.EC2, "OperationNotPermitted", "no", fault.Forbidden},
			{awsfault.EC2, "Unavailable", "no", fault.Unavailable},
			{awsfault.Route53, "NoSuchHostedZone", "no", fault.Gone},
			{awsfault.Route53, "InvalidChangeBatch", "no", fault.Conflict},
			{awsfault.AutoScaling, "ResourceContention", "no", fault.Conflict},
			{awsfault.Lambda, "ResourceNotFoundException", "no", fault.Gone},
			{awsfault.Lambda, "ResourceConflictException", "no", fault.Conflict},
			{awsfault.Lambda, "ServiceException", "no", fault.Unavailable},
		}
		for _, test := range tests {
			cause := call(t.Context(), awssim.Fault{Status: http.StatusBadRequest, Code: test.code, Message: test.message})
			if err := awsfault.Translate(test.service, "Describe", "i-1", cause); fault.ClassOf(err) != test.class {
				t.Errorf("%s: got %v, want %s", test.service, err, test.class)
			}
			if err := awsfault.Translate(other, "Describe", "i-1", cause); fault.ClassOf(err) != fault.Invalid {
				t.Errorf("elsewhere: got %v, want invalid", err)
			}
		}
	})
}

// TestRefusedStart has the codes of a start that was refused for one instance. Another instance may start, whatever the HTTP
// status: a lack of capacity comes with that of an outage.
func TestRefusedStart(t *testing.T) {
	codes := "InsufficientInstanceCapacity InsufficientHostCapacity InsufficientCapacityOnHost ReservationCapacityExceeded InstanceLimitExceeded " +
		"VcpuLimitExceeded MaxSpotInstanceCountExceeded IncorrectSpotRequestState IncorrectInstanceState UnsupportedOperation Unsupported " +
		"VolumeInUse InvalidVolume.NotFound InvalidHostID.NotFound InvalidInstanceID.NotFound"
	forEachService(t, func(t *testing.T, call func(context.Context, awssim.Fault) error) {
		for code := range strings.FieldsSeq(codes) {
			cause := call(t.Context(), awssim.Fault{Status: http.StatusInternalServerError, Code: code, Message: "no"})
			for service, want := range map[awsfault.Service]fault.Class{awsfault.EC2: fault.Candidate, other: fault.Unavailable} {
				err := awsfault.Translate(service, "StartInstances", "i-1", cause)
				if fault.ClassOf(err) != want || fault.CodeOf(err) != code {
					t.Errorf("%s: got %v, want %s", service, err, want)
				}
			}
		}
	})
}

// TestStatusOfCapacity: the simulator answers a lack of capacity with the status that was seen.
func TestStatusOfCapacity(t *testing.T) {
	forEachService(t, func(t *testing.T, call func(context.Context, awssim.Fault) error) {
		cause := call(t.Context(), awssim.Fault{Code: "InsufficientInstanceCapacity", Message: "no"})
		if response, ok := errors.AsType[*awshttp.ResponseError](cause); !ok || response.HTTPStatusCode() != http.StatusInternalServerError {
			t.Errorf("answered %v, want status 500", cause)
		}
	})
}

// TestResponse: the translated error still has the HTTP response.
func TestResponse(t *testing.T) {
	forEachService(t, func(t *testing.T, call func(context.Context, awssim.Fault) error) {
		err := awsfault.Translate(other, "Describe", "i-1", call(t.Context(), awssim.Fault{Code: "AccessDenied"}))
		var response *awshttp.ResponseError
		if !errors.As(err, &response) || response.HTTPStatusCode() != http.StatusForbidden {
			t.Errorf("got %v", err)
		}
		want := "Describe of i-1: denied (AccessDenied, request " + response.ServiceRequestID() + ")"
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
	})
}
