package awsfault

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// Service is one of the services that are called here.
type Service string

// The services, by the names under which their requests are signed.
const (
	EC2         Service = "ec2"
	Route53     Service = "route53"
	AutoScaling Service = "autoscaling"
	EventBridge Service = "events"
)

// row classifies error codes. An empty service stands for all of them. Where a code alone does not tell
// things apart, the row is for errors whose text has says in it: that is no API, and only done where EC2
// leaves no other way.
type row struct {
	service Service
	says    string
	class   fault.Class
	codes   []string
}

// table is what every error code means to a caller; the first row that matches counts. What is to be done
// about a class is the callers' own:
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
func table() []row {
	return []row{
		{EC2, "already has an interface attached at device index", fault.IndexTaken, []string{"InvalidParameterValue"}},
		{EC2, "in use", fault.InUse, []string{"InvalidParameterValue"}},
		{EC2, "", fault.Stale, []string{
			"InvalidAttachmentID.NotFound", "InvalidNetworkInterfaceAttachmentId.NotFound", "InvalidAttachment.NotFound",
		}},
		{EC2, "", fault.Gone, []string{"InvalidNetworkInterfaceID.NotFound", "InvalidNetworkInterface.NotFound"}},
		{EC2, "", fault.InUse, []string{"InvalidNetworkInterface.InUse"}},
		{EC2, "", fault.Conflict, []string{"IncorrectState", "InvalidState"}},
		{EC2, "", fault.Full, []string{"AttachmentLimitExceeded"}},
		{EC2, "", fault.Candidate, []string{
			"InvalidParameterValue", "IncorrectInstanceState", "InvalidInstanceID.NotFound", "InvalidInstanceID",
			"InvalidParameterCombination", "PrivateIpAddressLimitExceeded", "UnsupportedOperation", "Unsupported",
			"UnsupportedInstanceAttribute", "ResourceLimitExceeded", "NetworkInterfaceLimitExceeded",
			"InsufficientInstanceCapacity", // seen with HTTP status 500, like an outage
		}},
		{EC2, "", fault.Forbidden, []string{"OperationNotPermitted", "DependencyViolation"}},
		{EC2, "", fault.Unavailable, []string{"ServerInternal", "Unavailable"}},

		{Route53, "", fault.Gone, []string{"NoSuchHostedZone"}},
		{Route53, "", fault.Conflict, []string{"InvalidChangeBatch"}}, // which the SDK makes of either wire shape

		{AutoScaling, "", fault.Conflict, []string{"ResourceContention"}},

		// The codes that the SDK's retryer slows down for, of all services.
		{"", "", fault.Throttled, slices.Collect(maps.Keys(retry.DefaultThrottleErrorCodes))},
		{"", "", fault.Unavailable, []string{
			"InternalError", "InternalFailure", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException",
		}},
		{"", "", fault.Denied, []string{
			"UnauthorizedOperation", "AuthFailure", "AccessDenied", "AccessDeniedException", "OptInRequired", "Blocked",
			"PendingVerification", "InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature",
			"RequestExpired", "InvalidSecurity.RequestHasExpired", "ExpiredToken", "ExpiredTokenException",
			"UnrecognizedClientException", "MissingAuthenticationToken",
		}},
	}
}

// classOf looks a code up; None if the table does not have it.
func classOf(service Service, code, message string) fault.Class {
	for _, r := range table() {
		if (r.service == "" || r.service == service) && slices.Contains(r.codes, code) && strings.Contains(message, r.says) {
			return r.class
		}
	}
	return fault.None
}
