package vpc

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/awsfault"
	"github.com/eni-failover/eni-failover/internal/fault"
)

// classOf classifies EC2's own error codes ("Error codes for the Amazon EC2 API").
func classOf(code, message string) fault.Class {
	switch code {
	case "ServerInternal", "Unavailable":
		return fault.Unavailable
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
func translate(call, on string, err error) error { return awsfault.Translate(call, on, err, classOf) }

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
