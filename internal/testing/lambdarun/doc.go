// Package lambdarun runs a built function the way Lambda does: the binary, with Lambda's environment only, and the
// Runtime API on a loopback port. The sandbox runs the functions with it, and so do tests, through package lambdatest.
//
// It does not retry, throttle or freeze. It imports only the standard library, so that aws-lambda-go is tested against
// the documented protocol and not against itself.
package lambdarun
