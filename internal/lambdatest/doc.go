// Package lambdatest runs a built function the way Lambda does, for tests: the binary with the
// deployment's flags, Lambda's environment and nothing else, and the Runtime API on a loopback port.
//
// It is for what only the binary can show: that main wires the parts together, that settings are read,
// what reaches the log, what type name an error gets, that a panic ends the process. It does not retry,
// throttle or freeze, and it imports only the standard library, so that aws-lambda-go is tested against
// the documented protocol and not against itself.
package lambdatest
