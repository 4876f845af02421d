// Package awsfault translates the errors of SDK clients into the classes of package fault. The error codes that mean
// something here are all in codes.go.
package awsfault

import (
	"errors"
	"fmt"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// Translate makes a [*fault.Error] of the error that a service's client returned for a call about on. It returns nil
// for nil. The code decides, then the HTTP status: EC2 does not model its errors, so the SDK can't tell a client's
// fault from a server's.
func Translate(service Service, call, on string, err error) error {
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
	if ReplyLost(err) {
		f.Class, f.Cause = fault.Unavailable, causeOf(err)
		return f
	}
	if status >= http.StatusBadRequest && (f.Code == "" || f.Code == "UnknownError") {
		f.Code = fmt.Sprintf("HTTP status %d", status) // of a proxy in between, without an error document
	}
	if f.Class = classOf(service, f.Code, message); f.Class == fault.None {
		f.Class = classOfStatus(status)
	}
	if f.Class == fault.Unavailable && f.Code == "" {
		f.Cause = causeOf(err)
	}
	return f
}

// classOfStatus returns the class of an answer whose code means nothing here. A call without an answer may have
// arrived.
func classOfStatus(status int) fault.Class {
	switch {
	case status == http.StatusTooManyRequests:
		return fault.Throttled
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fault.Denied
	case status >= http.StatusBadRequest && status < http.StatusInternalServerError:
		return fault.Invalid
	}
	return fault.Unavailable
}
