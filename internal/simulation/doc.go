// Package simulation runs the whole function through accounts, histories and faults that are drawn from a seed, in
// simulated time. It checks after every API call, after every report and at the end that the function kept its
// promises.
//
//	seed → scenario (scenario.go, account.go, history.go, faults.go) → run (run.go, happening.go, lambda.go)
//	     → violations (rules.go and the files that it calls), counts (tally.go), a hash of all that happened
//
// A run has the real handlers, the real SDK clients and the real wire protocols, against package awssim in a
// testing/synctest bubble. Events arrive as EventBridge and Lambda deliver them: late, twice, out of order or never;
// each invocation has up to two retries, and several run at a time. The sweep runs on its schedule. After the last fault
// only sweeps and retries continue, and within a limit each interface with an eligible standby must be served.
//
// In some scenarios the probe is part of it (drawprobe.go, application.go): what the function puts on the bus starts a run
// of the real prober, whose questions the account answers (bus.go, prober.go), and its verdicts come back as events.
//
// The promises are written a second time here, by other means than in the product. An invocation is judged by the
// states of the account that its own reads were shown (reads.go), by an eligibility rule that does not use package plan
// (oracle.go), and by the wire log.
//
// Equal seeds give equal histories, to the byte: no code reads a real clock or a global source of random numbers, a
// fault is drawn from a hash of its call, and no two invocations act at the same nanosecond. A failing seed is therefore
// a test case. Shrinking leaves out what it does not need (shrink.go).
package simulation
