package record

import (
	"errors"

	"github.com/eni-failover/eni-failover/internal/fault"
)

// OutOfTimeError is the failure of a call that the caller's context cut off or did not let begin.
type OutOfTimeError struct{}

func (OutOfTimeError) Error() string { return "out of time" }

func isOutOfTime(err error) bool {
	_, ok := errors.AsType[OutOfTimeError](err)
	return ok
}

// causeOf returns the cause that a failed read gives a result.
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
