package awsfault

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// Service is a service that the functions call.
type Service string

// The services, by the names under which their requests are signed.
const (
	EC2         Service = "ec2"
	Route53     Service = "route53"
	AutoScaling Service = "autoscaling"
	EventBridge Service = "events"
)

// classOf returns the class of an error code, or None for a code that means nothing here. A code that one service
// has for itself comes first. What a caller does about a class is its own decision:
//
//	throttled    ask again, later and less often
//	unavailable  a read: ask again; a change: look whether it was made
//	stale, gone, conflict, in-use  look again
//	index-taken  the next device index
//	full, candidate        the next candidate
//	denied, forbidden, invalid  give up, if a look shows that it is still needed; an attach: the next candidate
//
// Sources: "Error codes for the Amazon EC2 API"; Route 53 and Auto Scaling API references, "Common errors" and
// the operations' own.
func classOf(service Service, code, message string) fault.Class {
	class := fault.None
	switch service {
	case EC2:
		class = ec2Class(code, message)
	case Route53:
		class = route53Class(code)
	case AutoScaling:
		class = autoScalingClass(code)
	case EventBridge: // its codes are the common ones
	}
	if class == fault.None {
		class = commonClass(code)
	}
	return class
}

func ec2Class(code, message string) fault.Class {
	switch code {
	case "InvalidParameterValue":
		return invalidParameterClass(message)
	case "InvalidAttachmentID.NotFound", "InvalidNetworkInterfaceAttachmentId.NotFound", "InvalidAttachment.NotFound":
		return fault.Stale
	case "InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterface.NotFound":
		return fault.Gone
	case "InvalidNetworkInterface.InUse":
		return fault.InUse
	case "IncorrectState", "InvalidState":
		return fault.Conflict
	case "AttachmentLimitExceeded":
		return fault.Full
	case "IncorrectInstanceState", "InvalidInstanceID.NotFound", "InvalidInstanceID",
		"InvalidParameterCombination", "PrivateIpAddressLimitExceeded", "UnsupportedOperation", "Unsupported",
		"UnsupportedInstanceAttribute", "ResourceLimitExceeded", "NetworkInterfaceLimitExceeded",
		"InsufficientInstanceCapacity": // seen with HTTP status 500, like an outage
		return fault.Candidate
	case "OperationNotPermitted", "DependencyViolation":
		return fault.Forbidden
	case "ServerInternal", "Unavailable":
		return fault.Unavailable
	}
	return fault.None
}

// invalidParameterClass reads the text of an error, because EC2 has one code for several causes. The text is not
// part of the API: if it changes, the error counts against the candidate.
func invalidParameterClass(message string) fault.Class {
	switch {
	case strings.Contains(message, "already has an interface attached at device index"):
		return fault.IndexTaken
	case strings.Contains(message, "in use"):
		return fault.InUse
	}
	return fault.Candidate
}

func route53Class(code string) fault.Class {
	switch code {
	case "NoSuchHostedZone":
		return fault.Gone
	case "InvalidChangeBatch": // the SDK's code for both documents in which Route 53 refuses a batch
		return fault.Conflict
	}
	return fault.None
}

func autoScalingClass(code string) fault.Class {
	if code == "ResourceContention" {
		return fault.Conflict
	}
	return fault.None
}

// commonClass returns the class of a code that all services have.
func commonClass(code string) fault.Class {
	if _, throttled := retry.DefaultThrottleErrorCodes[code]; throttled {
		return fault.Throttled
	}
	switch code {
	case "InternalError", "InternalFailure", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException":
		return fault.Unavailable
	case "UnauthorizedOperation", "AuthFailure", "AccessDenied", "AccessDeniedException", "OptInRequired", "Blocked",
		"PendingVerification", "InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature",
		"RequestExpired", "InvalidSecurity.RequestHasExpired", "ExpiredToken", "ExpiredTokenException",
		"UnrecognizedClientException", "MissingAuthenticationToken":
		return fault.Denied
	}
	return fault.None
}
