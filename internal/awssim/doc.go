// Package awssim is a simulated AWS region: one account's network interfaces, instances, private
// hosted zones and Auto Scaling views, behind the wire protocols that the real SDK clients speak (EC2
// Query 2016-11-15, Route 53 REST-XML 2013-04-01, Auto Scaling Query 2011-01-01, STS Query 2011-06-15 for the
// question who is calling).
//
// A [World] is the account as plain data. [New] turns it into a [Sim], which is an http.Handler for
// loopback use and, by [Sim.RoundTripper], an in-memory transport that answers in the caller's
// goroutine. Inside a testing/synctest bubble its time is therefore fake, and minutes of detaching
// cost microseconds: the package uses no timer beyond a call's own latency, and no goroutine.
//
// How a call is served, in order (serve.go):
//
//	decode            the service, the action and its parameters from the HTTP request
//	first half of the latency, until it is the call's turn (turns.go)
//	Intercept         a test's chance to refuse, lose or delay this call
//	settle            what became due since the last look takes effect, in time order (agenda.go)
//	token             the call is throttled if its bucket is empty (tokens.go)
//	operation         names are resolved, permission (permit.go) and DryRun answered, the rules judged,
//	                  the effect made: all under one lock, at one instant
//	log               the call goes into the wire log ([Sim.Calls])
//	second half of the latency
//
// A caller that gives up in either half is told up to 100 µs later, at an instant of its own (turns.go).
//
// What the simulator knows of AWS is written beside the rule that enforces it. Where AWS does not
// document a behaviour, the comment says what was chosen and why.
//
// It never imports the AWS SDK: if both sides shared the serialisers, a misread protocol would agree
// with itself. It is imported by tests and by the sandbox only.
package awssim
