package ec2api

import (
	"errors"

	"github.com/aws/smithy-go"

	"github.com/eni-failover/eni-failover/internal/aws/awsfault"
	"github.com/eni-failover/eni-failover/internal/fault"
)

// translate makes a [*fault.Error] of the error that the SDK returned for a call about on.
func translate(call, on string, err error) error {
	return awsfault.Translate(awsfault.EC2, call, on, err)
}

// translateDryRun is translate for a dry run. EC2 always answers it with an error; the code DryRunOperation means that
// it would have allowed the call (EC2 API reference, "DryRun").
func translateDryRun(call, on string, err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "DryRunOperation" {
		return nil
	}
	if err == nil {
		return &fault.Error{Call: call, On: on, Class: fault.Invalid, Code: "NoDryRun", Err: errors.New("the dry run was answered like a real call")}
	}
	return translate(call, on, err)
}
