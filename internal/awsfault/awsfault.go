// Package awsfault translates the errors of SDK clients into the classes of package fault. What all of
// AWS's services have in common is here; each edge adds the codes of its own service.
package awsfault

import (
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// Own classifies the error codes of one service, and says None of those that are not its own. The text of
// an error is no API; it is there for the codes that nothing else tells apart.
type Own func(code, message string) fault.Class

// Translate makes a [*fault.Error] of what a client returned for a call about on; nil of nil. The service's
// own codes come first, then those that all services have, then the HTTP status: EC2 does not model its
// errors, so the SDK can't tell a client's fault from a server's.
func Translate(call, on string, err error, own Own) error {
	if err == nil {
		return nil
	}
	f := &fault.Error{Call: call, On: on, Err: err}
	status, message := 0, ""
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		status, f.RequestID = response.HTTPStatusCode(), response.ServiceRequestID()
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		f.Code, message = api.ErrorCode(), api.ErrorMessage()
	}
	if status >= http.StatusBadRequest && (f.Code == "" || f.Code == "UnknownError") {
		f.Code = fmt.Sprintf("HTTP status %d", status) // of a proxy in between, without an error document
	}
	if f.Class = own(f.Code, message); f.Class == fault.None {
		f.Class = common(f.Code, status, err)
	}
	return f
}

// common classifies what any service may answer ("Common errors" in the services' API references). Without
// an answer the call may have arrived.
func common(code string, status int, err error) fault.Class {
	throttles := retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}
	switch {
	case throttles.IsErrorThrottle(err) == aws.TrueTernary, status == http.StatusTooManyRequests:
		return fault.Throttled
	case slices.Contains([]string{"InternalError", "InternalFailure", "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException"}, code):
		return fault.Unavailable
	case slices.Contains([]string{
		"UnauthorizedOperation", "AuthFailure", "AccessDenied", "AccessDeniedException", "OptInRequired", "Blocked",
		"PendingVerification", "InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature",
		"RequestExpired", "InvalidSecurity.RequestHasExpired", "ExpiredToken", "ExpiredTokenException",
		"UnrecognizedClientException", "MissingAuthenticationToken",
	}, code):
		return fault.Denied
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fault.Denied
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		return fault.Invalid
	}
	return fault.Unavailable
}
