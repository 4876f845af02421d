package awssim

import (
	"fmt"
	"net/http"
)

// refusal is an API error.
type refusal struct {
	status  int
	code    string
	message string
}

// refuse returns a refusal with the usual HTTP status of its code.
func refuse(code, format string, args ...any) *refusal {
	return &refusal{status: statusOf(code), code: code, message: fmt.Sprintf(format, args...)}
}

// statusOf returns the HTTP status of an error code (error codes of the EC2 API, "server error codes"; the API
// reference of Route 53). Other codes are client errors, 400.
func statusOf(code string) int {
	switch code {
	case "DryRunOperation":
		return http.StatusPreconditionFailed
	case "AuthFailure":
		return http.StatusUnauthorized
	case "UnauthorizedOperation", "AccessDenied", "OptInRequired", "PendingVerification", "Blocked":
		return http.StatusForbidden
	case "NoSuchHostedZone", "NoSuchChange", "NoSuchHealthCheck":
		return http.StatusNotFound
	case "InternalError", "InternalFailure", "ServerInternal",
		"InsufficientInstanceCapacity": // as seen in https://github.com/nib-health-funds/hammertime/issues/29
		return http.StatusInternalServerError
	case "RequestLimitExceeded", "ServiceUnavailable", "Unavailable":
		return http.StatusServiceUnavailable
	default:
		return http.StatusBadRequest
	}
}
