// Package lambdatest builds a function and runs it the way Lambda does, for tests, in a process that ends with the test and with
// a log that a failure shows.
//
// It is for what only the binary can show: that main wires the parts together, that settings are read,
// what reaches the log, what type name an error gets, that a panic ends the process.
package lambdatest
