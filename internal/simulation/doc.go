// Package simulation puts the whole function through accounts, histories and faults that are drawn from a
// seed, in simulated time, and checks after every API call and at the end that it kept its promises.
//
//	seed → scenario (scenario.go, account.go, history.go, faults.go) → run (run.go, happening.go, lambda.go)
//	     → violations (rules.go and the files that it calls), counts (tally.go), a hash of all that happened
//
// A run has the real handlers, the real SDK clients and the real wire protocols, against package awssim
// inside a testing/synctest bubble. Events are delivered as EventBridge and Lambda deliver them: late,
// doubled, out of order or not at all, each invocation with up to two retries, several at a time; the sweep comes
// on its schedule. After the last fault only sweeps and retries go on, and within a bound everything that
// can be served must be.
//
// The promises are written here a second time, by other means than the product's: what an invocation may do
// is judged by the states of the account that its own reads were shown (reads.go), by an eligibility rule
// that knows nothing of package plan (oracle.go), and by the wire log.
//
// Equal seeds give equal histories, to the byte: nothing reads a real clock or a global source of
// randomness, faults are drawn from a hash of the call that they hit, and no two invocations act at the same
// nanosecond. A failing seed is therefore a test case, and is shrunk by leaving out what it does not need
// (shrink.go).
package simulation
