package vpc

import (
	"errors"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// classOf translates EC2's error codes ("Error codes for the Amazon EC2 API"). EC2 does not model its
// errors, so the SDK can't tell a client's fault from a server's: the code decides, then the HTTP status.
func classOf(code, message string) fault.Class {
	switch code {
	case "RequestLimitExceeded", "Throttling", "ThrottlingException", "ThrottledException", "EC2ThrottledException",
		"RequestThrottled", "RequestThrottledException", "TooManyRequestsException", "SlowDown":
		return fault.Throttled
	case "InternalError", "InternalFailure", "ServerInternal", "ServiceUnavailable", "Unavailable",
		"RequestTimeout", "RequestTimeoutException":
		return fault.Unavailable
	case "UnauthorizedOperation", "AuthFailure", "AccessDenied", "AccessDeniedException", "OptInRequired", "Blocked",
		"PendingVerification", "InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature",
		"RequestExpired", "InvalidSecurity.RequestHasExpired", "ExpiredToken", "ExpiredTokenException",
		"UnrecognizedClientException", "MissingAuthenticationToken":
		return fault.Denied
	case "InvalidAttachmentID.NotFound", "InvalidNetworkInterfaceAttachmentId.NotFound", "InvalidAttachment.NotFound":
		return fault.Stale
	case "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterface.NotFound":
		return fault.Gone
	case "InvalidNetworkInterface.InUse", "IncorrectState", "InvalidState":
		return fault.Conflict
	case "AttachmentLimitExceeded":
		return fault.Full
	case "InvalidParameterValue":
		// The text is all that tells these apart: captured from EC2, quoted by several clients.
		switch {
		case strings.Contains(message, "already has an interface attached at device index"):
			return fault.IndexTaken
		case strings.Contains(message, "in use"):
			return fault.Conflict
		}
		return fault.Candidate
	case "IncorrectInstanceState", "InvalidInstanceID.NotFound", "InvalidInstanceID", "InvalidParameterCombination",
		"PrivateIpAddressLimitExceeded", "UnsupportedOperation", "Unsupported", "UnsupportedInstanceAttribute",
		"ResourceLimitExceeded", "NetworkInterfaceLimitExceeded":
		return fault.Candidate
	case "OperationNotPermitted", "DependencyViolation":
		return fault.Forbidden
	}
	return fault.None
}

// translate makes a [*fault.Error] of what the SDK returned for a call about on.
func translate(call, on string, err error) error {
	if err == nil {
		return nil
	}
	f := &fault.Error{Call: call, On: on, Class: fault.Unavailable, Err: err}
	status := 0
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status, f.RequestID = response.HTTPStatusCode(), response.ServiceRequestID()
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return f // no answer: it may have arrived
	}
	f.Code, f.Class = api.ErrorCode(), classOf(api.ErrorCode(), api.ErrorMessage())
	switch {
	case f.Class != fault.None:
	case status == 429:
		f.Class = fault.Throttled
	case status >= 500:
		f.Class = fault.Unavailable
	default:
		f.Class = fault.Invalid
	}
	return f
}

// translateDryRun is translate for a dry run, which EC2 always answers with an error: this code says that
// the call would have been allowed.
func translateDryRun(call, on string, err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "DryRunOperation" {
		return nil
	}
	if err == nil {
		return &fault.Error{Call: call, On: on, Class: fault.Invalid, Code: "NoDryRun", Err: errors.New("the dry run was answered like a real call")}
	}
	return translate(call, on, err)
}
