package record

import (
	"context"
	"errors"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
	"github.com/eni-failover/eni-failover/internal/fault"
)

// outOfTimeError is the failure of a call that the caller's context cut off or did not let begin.
type outOfTimeError struct{}

// Error says it for a person.
func (outOfTimeError) Error() string { return "out of time" }

// translate makes one of our failures of an error of the SDK: outOfTimeError, or a fault that Route 53's code
// classifies, else its HTTP status.
func translate(ctx context.Context, call, on string, err error) error {
	// An HTTP client's own timeout also counts as context.DeadlineExceeded: only ctx itself can tell.
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return outOfTimeError{}
	}
	return awsfault.Translate(awsfault.Route53, call, on, err)
}

// causeOf says what a failure to read means for a result.
func causeOf(err error) Cause {
	if isOutOfTime(err) {
		return CauseOutOfTime
	}
	switch fault.ClassOf(err) {
	case fault.None:
		return ""
	case fault.Throttled:
		return CauseThrottled
	case fault.Denied:
		return CauseDenied
	case fault.Unavailable:
		return CauseUnavailable
	case fault.Gone, fault.Stale, fault.Conflict, fault.InUse, fault.Full, fault.IndexTaken, fault.Candidate, fault.Forbidden, fault.Invalid:
	}
	return CauseRefused
}

func isOutOfTime(err error) bool {
	_, ok := errors.AsType[outOfTimeError](err)
	return ok
}

// explain says in a few words why a call failed. The SDK's own text is long and full of request ids.
func explain(err error) string {
	if isOutOfTime(err) {
		return err.Error()
	}
	call, code := "", ""
	if f, ok := errors.AsType[*fault.Error](err); ok {
		call = " route53:" + f.Call
		if f.Code != "" {
			code = " (" + f.Code + ")"
		}
	}
	switch causeOf(err) {
	case CauseThrottled:
		return "throttled:" + call + code
	case CauseDenied:
		return "denied:" + call + code
	case CauseRefused:
		return "refused:" + call + code
	case CauseUnavailable, CauseOutOfTime, CauseForeignZone, CauseAmbiguousZone:
	}
	return "no usable answer:" + call + code
}
