package awsfault

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// Service is a service that the functions and the commands call.
type Service string

// The services, by the names under which their requests are signed.
const (
	EC2         Service = "ec2"
	Route53     Service = "route53"
	AutoScaling Service = "autoscaling"
	EventBridge Service = "events"
	Lambda      Service = "lambda"
	Logs        Service = "logs"
)

// classOf returns the class of an error code, or None for a code that means nothing here. A code that one service
// has for itself comes first. What a caller does about a class is its own decision:
//
//	throttled    ask again, later and less often
//	unavailable  a read: ask again; a change: look whether it was made
//	stale, gone, conflict, in-use  another look
//	index-taken  the next device index
//	full, candidate        the next candidate
//	denied, forbidden, invalid  give up, if a look shows that it is still needed; an attach: the next candidate
//
// Sources: "Error codes for the Amazon EC2 API"; Route 53, Auto Scaling, EventBridge, Lambda and CloudWatch Logs API references,
// "Common errors" and the operations' own.
func classOf(service Service, code, message string) fault.Class {
	class := fault.None
	switch service {
	case EC2:
		class = ec2Class(code, message)
	case Route53:
		class = route53Class(code)
	case AutoScaling:
		class = autoScalingClass(code)
	case EventBridge:
		class = eventBridgeClass(code)
	case Lambda:
		class = lambdaClass(code)
	case Logs:
		class = logsClass(code)
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
		"UnsupportedInstanceAttribute", "ResourceLimitExceeded", "NetworkInterfaceLimitExceeded":
		return fault.Candidate
	case "OperationNotPermitted", "DependencyViolation":
		return fault.Forbidden
	case "ServerInternal", "Unavailable":
		return fault.Unavailable
	}
	return startClass(code)
}

// startClass returns the class of a code with which EC2 refuses to start an instance: another instance may start. The code
// decides even where it comes with the status of an outage, as InsufficientInstanceCapacity does (hammertime issue 29).
func startClass(code string) fault.Class {
	switch code {
	case "InsufficientInstanceCapacity", "InsufficientHostCapacity", "InsufficientCapacityOnHost", "ReservationCapacityExceeded":
		return fault.Candidate // no capacity
	case "InstanceLimitExceeded", "VcpuLimitExceeded", "MaxSpotInstanceCountExceeded":
		return fault.Candidate // the quota of the account
	case "IncorrectSpotRequestState":
		return fault.Candidate // only EC2 restarts it ("Stop and start a Spot Instance" in the EC2 User Guide)
	case "VolumeInUse", "InvalidVolume.NotFound", "InvalidHostID.NotFound":
		return fault.Candidate // a thing that the instance needs
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

func eventBridgeClass(code string) fault.Class {
	if code == "InternalException" {
		return fault.Unavailable
	}
	return fault.None
}

func lambdaClass(code string) fault.Class {
	switch code {
	case "ResourceNotFoundException":
		return fault.Gone
	case "ResourceConflictException":
		return fault.Conflict
	case "ServiceException":
		return fault.Unavailable
	}
	return fault.None
}

func logsClass(code string) fault.Class {
	switch code {
	case "ResourceNotFoundException":
		return fault.Gone
	case "ServiceUnavailableException":
		return fault.Unavailable
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
