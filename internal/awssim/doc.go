// Package awssim simulates one AWS account in one region: network interfaces, instances and their volumes, private
// hosted zones and the Auto Scaling view of instances. It serves the wire protocols of the real SDK clients: EC2 Query
// 2016-11-15, Route 53 REST-XML 2013-04-01, Auto Scaling Query 2011-01-01, and STS Query 2011-06-15 for
// GetCallerIdentity.
//
// A [World] is the account as plain data. [New] returns a [Sim] of it. A Sim is an http.Handler for use over loopback,
// and [Sim.RoundTripper] is an in-memory transport that answers in the caller's goroutine. The package uses no
// goroutine, and no timer except for a call's own latency. So its time is fake in a testing/synctest bubble, and
// minutes of detaching cost microseconds.
//
// A call is served in this order (serve.go):
//
//	decode            reads the service, the action and its parameters from the HTTP request
//	first half of the latency, until it is the call's turn (turns.go)
//	intercept         lets a test refuse, lose or delay the call
//	settle            makes the changes that are due, in the order of time (agenda.go)
//	token             throttles the call if its bucket is empty (tokens.go)
//	operation         finds what the call names, checks the permission (permit.go), answers a DryRun, checks the
//	                  rules and makes the change: all under one lock, at one instant
//	log               appends the call to the wire log ([Sim.Calls])
//	second half of the latency
//
// If a caller gives up in one of the halves, it hears so up to 100 µs later, at an instant of its own (turns.go).
//
// Each rule of AWS is documented beside the code that enforces it. Where AWS does not document a behaviour, the comment
// says what was chosen and why.
//
// The package never imports the AWS SDK. If both sides shared the serialisers, a misread protocol would be misread the
// same way twice. Only tests and the sandbox import the package.
package awssim
