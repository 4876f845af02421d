// Package bench measures the functions as a whole: each benchmark builds them as they are deployed, runs them beside what they are
// compared with, in one run and by turns, and prints a table. `make bench` runs them with all others; alone:
//
//	go test -run='^$' -bench=ColdStart -benchtime=101x ./bench
//
// A ratio is a benchmark's to print, never a test's to check: it depends on the machine.
package bench
