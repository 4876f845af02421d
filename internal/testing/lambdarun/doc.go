// Package lambdarun runs a built function the way Lambda does: the binary, Lambda's
// environment and nothing else, and the Runtime API on a loopback port. The sandbox runs the functions with it,
// and package lambdatest makes it a test's harness.
//
// It does not retry, throttle or freeze. It imports only the standard library, so that aws-lambda-go meets the
// documented protocol and not itself.
package lambdarun
