// Package lambdatest is package lambdarun for tests: it builds a function, and runs it in a process that ends with the
// test. If the test fails, it shows the process's log.
//
// It is for tests that need the binary: main wires the parts together, settings are read, the log has the right lines,
// errors have the right type names, a panic ends the process.
package lambdatest
