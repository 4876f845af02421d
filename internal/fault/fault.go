// Package fault names the ways in which a call to AWS can fail, as far as a caller acts differently on
// them. The packages at the edge translate every error into one of these classes, once; all other packages
// switch on the class, never on codes or texts.
//
// It is apart from package awsfault, which translates, because the planner and the state machine of a move must
// not import the SDK, not even through another package.
package fault

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/eni-failover/eni-failover/internal/textfmt"
)

// Class is a way to fail.
type Class string

// The classes. The zero value stands for success.
const (
	None Class = ""
	// Throttled: the call was refused for its rate. Nothing happened; ask again later, less often.
	Throttled Class = "throttled"
	// Unavailable: no answer, or a server's error. A change that was asked for may have been made.
	Unavailable Class = "unavailable"
	// Denied: the role, or a policy above it, does not allow the call.
	Denied Class = "denied"
	// Gone: the thing that the call is about does not exist, or cannot be seen yet.
	Gone Class = "gone"
	// Stale: the attachment that the call names does not exist any more; another invocation was first.
	Stale Class = "stale"
	// Conflict: the thing is in transition. The caller has to look again.
	Conflict Class = "conflict"
	// InUse: the interface is in use, whichever instance asks for it. The caller has to look again.
	InUse Class = "in-use"
	// Full: the instance has no slot left.
	Full Class = "full"
	// IndexTaken: the device index is occupied.
	IndexTaken Class = "index-taken"
	// Candidate: the instance can't take the interface, for its state, type or place, or EC2 has no capacity to
	// start it.
	Candidate Class = "candidate"
	// Forbidden: EC2's rules forbid the change whatever the role allows.
	Forbidden Class = "forbidden"
	// Invalid: any other refusal.
	Invalid Class = "invalid"
)

// Error is a failed call.
type Error struct {
	// Call is the API's name of the operation. On is what the call was about; several things have spaces between.
	Call, On string
	Class    Class
	// Code is AWS's error code; empty if there was no answer.
	Code string
	// Cause says why there was no answer, on one line; empty if there was an answer or the reason is not known.
	Cause string
	// RequestID identifies the call for AWS Support.
	RequestID string
	// Err is the error as it came from the SDK.
	Err error
}

// maxNamed limits the things of a call that its error names.
const maxNamed = 5

func (e *Error) Error() string {
	what := e.Code
	if what == "" {
		what = cmp.Or(e.Cause, "no answer")
	}
	if e.RequestID != "" {
		what += ", request " + e.RequestID
	}
	return fmt.Sprintf("%s of %s: %s (%s)", e.Call, textfmt.List(strings.Fields(e.On), " ", maxNamed), e.Class, what)
}

func (e *Error) Unwrap() error { return e.Err }

// ClassOf returns the class of an error: None for nil, Unavailable for an error that no edge translated.
func ClassOf(err error) Class {
	if err == nil {
		return None
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Class
	}
	return Unavailable
}

// Unanswered reports whether an error is that of a call without any answer, from AWS or from a proxy.
func Unanswered(err error) bool {
	f, ok := errors.AsType[*Error](err)
	return ok && f.Class == Unavailable && f.Code == ""
}

// CodeOf returns AWS's error code, empty if there is none.
func CodeOf(err error) string {
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Code
	}
	return ""
}
