// Package bench measures the functions as a whole: each benchmark builds them as they are deployed, runs them and the
// reference by turns, and prints a table. `make bench` runs it with all other benchmarks; alone:
//
//	go test -run='^$' -bench=ColdStart -benchtime=101x ./bench
//
// A ratio depends on the machine, so a benchmark prints it and no test checks it.
package bench
